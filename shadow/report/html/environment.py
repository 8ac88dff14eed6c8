"""Where templates come from, and how they are filled: everything is escaped."""

from functools import cache
from importlib.resources import files

from jinja2 import BaseLoader, Environment, PackageLoader, StrictUndefined

from shadow.report.view.marks import SAID


def templates() -> BaseLoader:
    """Return the loader of the components, for whoever has templates of their own beside them."""
    return PackageLoader("shadow.report.html", "templates")


@cache
def environment() -> Environment:
    """Return the environment of reports; whatever a template writes is escaped."""
    made = Environment(
        loader=templates(),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals["mark_said"] = SAID
    return made


@cache
def style() -> str:
    """Return the style sheet of the components."""
    return files("shadow.report.html").joinpath("style.css").read_text(encoding="utf-8")
