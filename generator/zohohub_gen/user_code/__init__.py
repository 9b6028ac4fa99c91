"""Programs that use the bindings: what their names refer to, found by the ast alone.

sources → bindings → scopes → inference → references; words and types are what these speak of.
"""
