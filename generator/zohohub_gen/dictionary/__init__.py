"""The data dictionary of an org: what ``zohohub-gen docs`` writes.

``facts`` says what there is to say, ``diagram`` and ``grouping`` where it stands in a picture,
``html`` and ``markdown`` how it reads, ``files`` what is on disk.
"""
