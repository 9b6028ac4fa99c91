"""Plan → text, by templates that hold facts and no decisions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from zohohub_gen.packaged import packaged

if TYPE_CHECKING:
    from zohohub_gen.plan import PackagePlan


def render(plan: PackagePlan) -> dict[str, str]:
    """The files of the package by path inside its folder."""
    environment = Environment(
        loader=FileSystemLoader(packaged("templates")),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        # Python source, not HTML; plan.py has made every value safe to print.
        autoescape=False,  # noqa: S701
    )
    module_template = environment.get_template("module.py.j2")
    files = {f"{module.file}.py": module_template.render(module=module) for module in plan.modules}
    former_template = environment.get_template("former.py.j2")
    files |= {f"{each.file}.py": former_template.render(former=each) for each in plan.former.files}
    files["client.py"] = environment.get_template("client.py.j2").render(package=plan)
    files["__init__.py"] = environment.get_template("init.py.j2").render(package=plan)
    files["py.typed"] = ""
    return files
