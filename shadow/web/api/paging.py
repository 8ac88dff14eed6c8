"""Long lists in pages: `limit` and `offset`, and where the other pages are."""

from collections.abc import Callable, Sequence
from typing import Annotated
from urllib.parse import urlencode

import orjson
from fastapi import Query, Request
from starlette.responses import Response

from shadow.report.json import Json

MOST_ON_A_PAGE = 1_000
_MOST_OFFSET = 1_000_000

Limit = Annotated[
    int, Query(ge=1, le=MOST_ON_A_PAGE, description="How many entries the page has at most.")
]
Offset = Annotated[
    int, Query(ge=0, le=_MOST_OFFSET, description="How many entries come before the page.")
]


def page_of[T](
    request: Request,
    entries: Sequence[T],
    limit: int,
    offset: int,
    document: Callable[[T], Json],
    **more: Json,
) -> Response:
    """Answer with a page of a list; the Link header names the first, the next and the one before.

    `more` stands beside the list.
    """
    body: dict[str, Json] = {
        "items": [document(entry) for entry in entries[offset : offset + limit]],
        "total": len(entries),
        **more,
    }
    starts = {"first": 0}
    if offset > 0:
        starts["prev"] = max(0, min(offset, len(entries)) - limit)
    if offset + limit < len(entries):
        starts["next"] = offset + limit
    links = [f'<{_address(request, limit, start)}>; rel="{name}"' for name, start in starts.items()]
    return json_response(body, {"link": ", ".join(links)})


def json_response(body: Json, headers: dict[str, str] | None = None, status: int = 200) -> Response:
    """Answer with JSON."""
    return Response(orjson.dumps(body), status, headers, media_type="application/json")


def _address(request: Request, limit: int, offset: int) -> str:
    kept = [each for each in request.query_params.multi_items() if each[0] not in _OWN]
    query = urlencode([*kept, ("limit", limit), ("offset", offset)])
    return f"{request.url.path}?{query}"


_OWN = frozenset({"limit", "offset"})
