"""Pages from templates: everything in them is escaped, unless a template's own text."""

from functools import cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import override

from fastapi import Request
from jinja2 import ChoiceLoader, Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from shadow.report.html.environment import style, templates
from shadow.report.view.marks import SAID
from shadow.web.access.caller import caller_of

STATIC = Path(__file__).parent / "static"
"""The folder of style sheets and scripts."""

REPORT_STYLE = "report.css"
"""What the style sheet is called that pages share with reports."""

_TEMPLATES = Path(__file__).parent / "templates"
_DIGITS = 12
_FOR_GOOD = "public, max-age=31536000, immutable"


class Assets(StaticFiles):
    """The files of `STATIC`: kept by browsers for as long as their address is the same."""

    def __init__(self) -> None:
        super().__init__(directory=STATIC)

    @override
    async def get_response(self, path: str, scope: Scope) -> Response:
        """Serve a file."""
        response = await super().get_response(path, scope)
        is_named = scope.get("query_string", b"").startswith(b"v=")
        response.headers["cache-control"] = _FOR_GOOD if is_named else "no-cache"
        return response


class Renderer:
    """Renders templates of `shadow/web/templates`."""

    def __init__(self) -> None:
        self._environment = Environment(
            loader=ChoiceLoader([FileSystemLoader(_TEMPLATES), templates()]),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self._environment.globals.update(
            asset=_asset, mark_said=SAID, shadow_version=version("shadow-verify")
        )

    def page(
        self, request: Request, template: str, status: int = 200, /, **values: object
    ) -> HTMLResponse:
        """Render a page; every template finds `caller`, None where nobody has signed in."""
        caller = caller_of(request)
        page = self._environment.get_template(template)
        text = page.render(caller=caller, path=request.url.path, **values)
        return HTMLResponse(text, status)


@cache
def _asset(name: str) -> str:
    """The address of a file of `static`, or of the reports' style, which changes as that does."""
    if name == REPORT_STYLE:
        return f"/assets/{name}?v={_digest(style().encode())}"
    return f"/static/{name}?v={_digest((STATIC / name).read_bytes())}"


def _digest(content: bytes) -> str:
    return sha256(content).hexdigest()[:_DIGITS]
