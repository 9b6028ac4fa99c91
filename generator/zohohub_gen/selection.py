"""Which modules and fields the package holds: the globs that users choose them by."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from difflib import get_close_matches
from fnmatch import fnmatchcase

from zohohub_gen.choices import Choices
from zohohub_gen.diagnostics import ConfigurationError, Diagnostic
from zohohub_gen.ir import Field, Module, Schema, Subform


@dataclass(frozen=True, slots=True)
class FieldGlobs:
    """The globs of api_names that concern the fields of one module."""

    only: tuple[str, ...] = ()
    """What it is to have; none: every field."""
    without: tuple[str, ...] = ()
    """What it is not to have."""

    def leave_out(self, api_name: str) -> bool:
        """Whether the globs, taken alone, leave this field out."""
        return bool(self.only and not _matches(api_name, self.only)) or _matches(
            api_name, self.without
        )


def field_globs(choices: Choices, module: str) -> FieldGlobs:
    """The globs that concern a module; one that no glob of ``fields`` is about has all its own."""
    return FieldGlobs(
        tuple(_of_module(choices.fields, module)), tuple(_of_module(choices.exclude_fields, module))
    )


def narrow(schema: Schema, choices: Choices) -> tuple[Schema, list[Diagnostic]]:
    """The part of the schema that the choices leave in, and what could not be left out."""
    diagnostics: list[Diagnostic] = []
    whole = {module.api_name: module for module in schema.modules}
    selected = [name for name in whole if not choices.modules or _matches(name, choices.modules)]
    selected = [name for name in selected if not _matches(name, choices.exclude_modules)]
    narrowed: dict[str, Module] = {}
    while selected:
        name = selected.pop()
        module = narrowed[name] = _narrow_module(whole[name], choices, diagnostics)
        # The rows of its subforms come with a module, unless they are left out by name.
        rows = {item.type.module for item in module.fields if isinstance(item.type, Subform)}
        selected += [
            row
            for row in rows.intersection(whole) - narrowed.keys() - set(selected)
            if not _matches(row, choices.exclude_modules)
        ]
    modules = tuple(narrowed[name] for name in whole if name in narrowed)
    return replace(schema, modules=modules), sorted(diagnostics)


def needed_to_create(module: Module, item: Field) -> bool:
    """Whether a new record needs the field.  Rows stand inside their parent and do not name it."""
    return item.required and not (module.is_subform and item.api_name == "Parent_Id")


def _narrow_module(module: Module, choices: Choices, diagnostics: list[Diagnostic]) -> Module:
    globs = field_globs(choices, module.api_name)
    if not globs.only and not globs.without:
        return module
    kept: list[Field] = []
    for item in module.fields:
        place = f"{module.api_name}.{item.api_name}"
        if item.api_name == "id" or not globs.leave_out(item.api_name):
            kept.append(item)
        elif needed_to_create(module, item) and (module.creatable or module.is_subform):
            kept.append(item)
            text = "is mandatory and stays: without it no record could be created"
            diagnostics.append(Diagnostic(place, text))
        elif layouts := _layouts_that_require(module, item):
            text = (
                f"is left out, and mandatory in layout {' and '.join(layouts)}: Zoho refuses new "
                "records of such a layout without it"
            )
            diagnostics.append(Diagnostic(place, text))
    return replace(module, fields=tuple(kept))


def _layouts_that_require(module: Module, item: Field) -> list[str]:
    if not item.creatable or not module.creatable:
        return []
    return [
        layout.name
        for layout in module.layouts
        if layout.active and (own := layout.fields.get(item.api_name)) and own.required
    ]


def _matches(api_name: str, globs: Iterable[str]) -> bool:
    return any(fnmatchcase(api_name, glob) for glob in globs)


def _of_module(globs: Iterable[str], module: str) -> Iterator[str]:
    """What stands behind the dot in the globs whose module this is."""
    for glob in globs:
        of_module, _, of_field = glob.partition(".")
        if fnmatchcase(module, of_module):
            yield of_field


# --- Globs that match nothing -------------------------------------------------------------------


def check_globs(schema: Schema, choices: Choices) -> None:
    """Raise `ConfigurationError` for a glob that matches nothing, and where no module is left."""
    _check_module_globs(schema, choices)
    _check_field_globs(schema, choices)
    if schema.modules and not narrow(schema, choices)[0].modules:
        raise ConfigurationError("exclude_modules leaves no module: take a glob out of it")


def _check_module_globs(schema: Schema, choices: Choices) -> None:
    known = [module.api_name for module in schema.modules]
    for glob in (*choices.modules, *choices.exclude_modules):
        if not any(fnmatchcase(api_name, glob) for api_name in known):
            raise ConfigurationError(
                f"no module of the metadata is called {glob!r}{_hint(_near(glob, known))}"
            )


def _check_field_globs(schema: Schema, choices: Choices) -> None:
    for glob in (*choices.fields, *choices.exclude_fields):
        of_module, _, of_field = glob.partition(".")
        modules = [each for each in schema.modules if fnmatchcase(each.api_name, of_module)]
        known = {item.api_name for each in modules for item in each.fields}
        if any(fnmatchcase(api_name, of_field) for api_name in known):
            continue
        if modules:
            near = [f"{of_module}.{each}" for each in _near(of_field, known)]
        else:
            names = [module.api_name for module in schema.modules]
            near = [f"{each}.{of_field}" for each in _near(of_module, names)]
        raise ConfigurationError(f"no field of the metadata is called {glob!r}{_hint(near)}")


def _near(given: str, known: Iterable[str]) -> list[str]:
    return get_close_matches(given, sorted(known), n=1)


def _hint(near: list[str]) -> str:
    return f"; did you mean {near[0]!r}?" if near else ""
