"""`shadow endpoints infer`: the templates of the paths in a log."""

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml
from rich.markup import escape
from rich.table import Table

from shadow.diff.endpoints.infer import OTHER, Templates, Visit
from shadow.diff.endpoints.openapi import routes_in
from shadow.diff.endpoints.router import NOT_FOUND, EndpointRouter
from shadow.diff.endpoints.segments import is_typed
from shadow.errors import UsageError
from shadow.model import Request
from shadow.report.plain import visible
from shadow.terminal import Terminal

_MOST_LINES = 1_000_000
_LONGEST_LINE = 8_192
_LONGEST_FILE = 64 * 1024 * 1024
_MOST_COMPLAINTS = 20
_MOST_SHOWN = 200
_LONGEST_SHOWN = 100


@dataclass(frozen=True, slots=True)
class _Line:
    number: int
    visit: Visit


def infer(file: Path, openapi: Path | None, form: str, out: Terminal, err: Terminal) -> None:
    """Print the template of each line, or a table of all templates.

    Lines are `METHOD path [status [shape]]`; those that are not are told of and left out. Raises
    UsageError for a file that cannot be read or has no such line.
    """
    lines = list(_read(file, err))
    if not lines:
        raise UsageError(f"{file} has no line such as: GET /items/17 200")
    template_of = _namer([line.visit for line in lines], openapi)
    if form == "json":
        for line in lines:
            visit = line.visit
            told = {"method": visit.method, "path": visit.path, "template": template_of(visit)}
            out.document(json.dumps(told, ensure_ascii=True) + "\n")
        return
    _show(lines, template_of, out)


def _namer(visits: list[Visit], openapi: Path | None) -> Callable[[Visit], str]:
    inferred = Templates(visits)
    if openapi is None:
        return inferred.of
    router = _router(openapi)

    def named(visit: Visit) -> str:
        request = Request(method=visit.method, target=visit.path, headers=())
        configured = router.configured(request)
        return configured.template if configured else inferred.of(visit)

    return named


def _router(openapi: Path) -> EndpointRouter:
    try:
        with openapi.open("rb") as stream:
            document = yaml.load(stream.read(_LONGEST_FILE), _Loader)  # noqa: S506 - a safe one
        return EndpointRouter(templates=routes_in(document))
    except OSError as error:
        raise UsageError(f"cannot read {openapi}: {error.strerror}") from None
    except yaml.YAMLError:
        raise UsageError(f"{openapi} is neither JSON nor YAML") from None
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{openapi} {error}") from None


_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def _read(file: Path, err: Terminal) -> Iterator[_Line]:
    complaints = 0
    for number, text in enumerate(_lines(file), 1):
        if number > _MOST_LINES:
            err.news(f"only the first {_MOST_LINES:,} lines are read")
            return
        if not text.strip() or text.startswith("#"):
            continue
        visit = _visit(text)
        if visit is not None:
            yield _Line(number, visit)
            continue
        complaints += 1
        if complaints <= _MOST_COMPLAINTS:
            shown = escape(visible(text, _LONGEST_SHOWN))
            err.news(f"line {number} is not METHOD path \\[status]: {shown}")
    if complaints > _MOST_COMPLAINTS:
        err.news(f"… and {complaints - _MOST_COMPLAINTS:,} more such lines")


def _lines(file: Path) -> Iterator[str]:
    try:
        stream = sys.stdin.buffer if str(file) == "-" else file.open("rb")
        with stream:
            while line := stream.readline(_LONGEST_LINE):
                yield line.decode("utf-8", "backslashreplace").strip("\r\n\ufeff")
    except OSError as error:
        raise UsageError(f"cannot read {file}: {error.strerror}") from None


def _visit(text: str) -> Visit | None:
    method, *rest = text.split()
    if not 1 <= len(rest) <= 3 or not method.isalpha() or not rest[0].startswith("/"):
        return None
    status = rest[1] if len(rest) > 1 else ""
    if status and not (status.isdecimal() and len(status) == 3):
        return None
    return Visit(
        method=method.upper(),
        path=rest[0],
        status=int(status) if status else None,
        shape=rest[2] if len(rest) > 2 else "",
    )


def _show(lines: list[_Line], template_of: Callable[[Visit], str], out: Terminal) -> None:
    named = [(line.visit.method, template_of(line.visit), line.visit.path) for line in lines]
    counts = Counter((method, template) for method, template, _ in named)
    examples = {(method, template): path for method, template, path in reversed(named)}
    table = Table("Requests", "Endpoint", "For example")
    for (method, template), number in counts.most_common(_MOST_SHOWN):
        path = escape(visible(examples[method, template], _LONGEST_SHOWN))
        table.add_row(f"{number:,}", escape(f"{method} {template}"), path)
    out.print(table)
    proposed = [
        f"{method} {template}"
        for method, template in sorted(counts)
        if "{name}" in template and is_typed(template) and template not in {OTHER, NOT_FOUND}
    ]
    if proposed:
        out.news("Names are parameters here only if shadow.yaml says so:\n\nendpoints:")
        for line in proposed:
            out.news(f"  - {escape(line)}")
