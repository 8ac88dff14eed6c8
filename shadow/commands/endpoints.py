"""`shadow endpoints infer`: the templates of the paths in a log."""

import json
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from itertools import batched
from pathlib import Path

from rich.markup import escape
from rich.table import Table

from shadow.commands.access_logs import visits_in
from shadow.diff.endpoints.infer import Templates, Visit
from shadow.diff.endpoints.router import NOT_FOUND, EndpointRouter
from shadow.errors import UsageError
from shadow.model import OTHER, Request
from shadow.report.plain import visible
from shadow.settings.openapi_file import routes_of
from shadow.terminal import Terminal

_MOST_SHOWN = 200
_LONGEST_SHOWN = 100
_MOST_COMPLAINTS = 20
_LINES_AT_ONCE = 1_000
_REMEMBERED = 65_536


def infer(file: Path, openapi: Path | None, form: str, out: Terminal, err: Terminal) -> None:
    """Print the template of each line, or a table of all templates.

    Lines are `METHOD path [status [shape]]`; those that are not are told of and left out. Raises
    UsageError for a file that cannot be read or has no such line.
    """
    visits = list(visits_in(file, err))
    if not visits:
        raise UsageError(f"{file} has no line such as: GET /items/17 200")
    router = None if openapi is None else _router_of(openapi, err)
    namer = _Namer(Templates(visits), router)
    if form == "json":
        for some in batched(visits, _LINES_AT_ONCE):
            out.document("".join(_told(visit, namer.of(visit)) for visit in some))
        return
    _show(visits, namer, out)


def _router_of(openapi: Path, err: Terminal) -> EndpointRouter:
    """A router of the routes of a document; those that cannot be matched are told of."""
    described = routes_of(openapi)
    for route in described.left_out[:_MOST_COMPLAINTS]:
        shown = escape(visible(route, _LONGEST_SHOWN))
        err.news(f"{shown} is left out: it cannot be matched")
    if (more := len(described.left_out) - _MOST_COMPLAINTS) > 0:
        err.news(f"… and {more:,} more such routes")
    return EndpointRouter(templates=described.routes)


def _told(visit: Visit, template: str) -> str:
    told = {"method": visit.method, "path": visit.path, "template": template}
    return json.dumps(told, ensure_ascii=True) + "\n"


@dataclass(frozen=True, slots=True)
class _Namer:
    """Names visits by the routes of a document, if there is one, and else by all visits."""

    templates: Templates
    router: EndpointRouter | None

    def of(self, visit: Visit) -> str:
        return self._configured(visit) or self.templates.of(visit)

    def proposes(self, visit: Visit) -> bool:
        """Whether a worker needs the template in its settings."""
        return self.templates.is_learned(visit) and self._configured(visit) is None

    def _configured(self, visit: Visit) -> str | None:
        return _configured(self.router, visit.method, visit.path) if self.router else None


@lru_cache(maxsize=_REMEMBERED)
def _configured(router: EndpointRouter, method: str, path: str) -> str | None:
    """The route of a document that fits."""
    target = path.encode("utf-8", "replace").decode("latin-1")
    endpoint = router.configured(Request(method=method, target=target, headers=()))
    return None if endpoint is None else endpoint.template


def _show(visits: list[Visit], namer: _Namer, out: Terminal) -> None:
    named = [(visit.method, namer.of(visit), visit.path) for visit in visits]
    counts = Counter((method, template) for method, template, _ in named)
    examples = {(method, template): path for method, template, path in reversed(named)}
    table = Table("Requests", "Endpoint", "For example")
    for (method, template), number in counts.most_common(_MOST_SHOWN):
        path = escape(visible(examples[method, template], _LONGEST_SHOWN))
        table.add_row(f"{number:,}", escape(f"{method} {template}"), path)
    out.print(table)
    proposed = {
        f"{visit.method} {template}"
        for visit, (_, template, _) in zip(visits, named, strict=True)
        if template not in {OTHER, NOT_FOUND} and namer.proposes(visit)
    }
    if proposed:
        out.news("These are parameters here only if shadow.yaml says so:\n\nendpoints:")
        for line in sorted(proposed):
            out.news(f"  - {escape(line)}")
