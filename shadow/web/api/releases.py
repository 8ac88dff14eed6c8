"""Releases and their verdicts, and what these rest on."""

import re
from collections.abc import Callable, Sequence
from dataclasses import asdict
from enum import StrEnum
from functools import partial
from typing import Annotated

from fastapi import Path, Query, Request
from starlette.responses import Response

from shadow.model import Accepted, Finding, Role, Ruled
from shadow.report.health import health_document
from shadow.report.json import (
    Json,
    accepted_document,
    accounting_document,
    endpoint_document,
    finding_document,
    ruled_document,
)
from shadow.web.access.routes import routes_for
from shadow.web.api import PREFIX
from shadow.web.api.paging import Limit, Offset, json_response, page_of
from shadow.web.api.schemas import (
    ACCOUNTING,
    ENDPOINT,
    FINDING,
    HEALTH,
    OF_VERDICT,
    RELEASE,
    VERDICT,
    object_of,
    page_schema,
    responses,
)
from shadow.web.context import web_of
from shadow.web.judging import Judged

routes = routes_for(Role.READ, f"{PREFIX}/releases", is_strict=True)

ReleaseName = Annotated[
    str, Path(pattern=r"^[A-Za-z0-9._+-]{1,64}$", description="Name of the release.")
]

MOST_WAIT_SECONDS = 60
"""How long an answer may wait for a verdict that is conclusive."""

Wait = Annotated[
    str,
    Query(
        pattern=r"^[0-9]{1,2}s?$",
        description=f"How long to wait while INCONCLUSIVE, at most {MOST_WAIT_SECONDS}s: 30s.",
    ),
]


class Sort(StrEnum):
    """Which differences of a release."""

    FINDING = "finding"
    SUSPECT = "suspect"
    ACCEPTED = "accepted"
    NOISE = "noise"
    EXCUSED = "excused"


@routes.get("", summary="List the releases", responses=responses(page_schema(RELEASE)))
def releases(request: Request, limit: Limit = 100, offset: Offset = 0) -> Response:
    """All releases of the store, the one that was changed last first."""
    rows = web_of(request).reader.releases()
    return page_of(request, rows, limit, offset, asdict)


@routes.get(
    "/{release}/verdict",
    summary="Say whether the release may go on",
    responses={
        **responses(VERDICT, 404),
        304: {"description": "It is still the verdict that If-None-Match names."},
    },
)
async def verdict(request: Request, release: ReleaseName, wait: Wait = "0s") -> Response:
    """The verdict as of now, at most a second or as long as it takes to judge ago.

    It is stored, as the gate stores what it prints. With `wait`, an answer comes as soon as the
    verdict is PASS or FAIL, or when the time is over. Ask again with the ETag as If-None-Match.
    """
    seconds = min(int(wait.removesuffix("s")), MOST_WAIT_SECONDS)
    board = web_of(request).verdicts
    judged = await board.conclusive(release, seconds)
    headers = {"etag": f'"{judged.record.id}"', "cache-control": "private, no-cache"}
    if judged.record.id in re.findall(r'"([^"]*)"', request.headers.get("if-none-match", "")):
        return Response(status_code=304, headers=headers)
    text = judged.stored_text if await board.kept(judged) else judged.text
    return Response(text, headers=headers, media_type="application/json")


@routes.get(
    "/{release}/findings",
    summary="List what differs",
    responses=responses(page_schema(FINDING, **OF_VERDICT), 404),
)
async def findings(
    request: Request,
    release: ReleaseName,
    sort: Annotated[Sort, Query(description="Which of them.")] = Sort.FINDING,
    endpoint: Annotated[
        str | None, Query(max_length=2_000, description="Only those of this endpoint.")
    ] = None,
    limit: Limit = 100,
    offset: Offset = 0,
) -> Response:
    """Differences of one sort, the one with the strongest evidence first.

    `total` counts those that are listed here; the verdict's `totals` count them all.
    """
    judged = await web_of(request).verdicts.current(release)
    if sort is Sort.ACCEPTED:
        accepted = [each for each in judged.verdict.accepted if _is_at(each.finding, endpoint)]
        show: Callable[[Accepted], Json] = partial(accepted_document, examples=judged.examples)
        return page_of(request, accepted, limit, offset, show, **_of(judged))
    if sort is Sort.EXCUSED:
        verdict = judged.verdict
        excused = [
            *(each for each in verdict.ruled if _is_at(each.finding, endpoint)),
            *(each for each in verdict.excused if _is_at(each, endpoint)),
        ]
        return page_of(request, excused, limit, offset, partial(_excused, judged), **_of(judged))
    found = [each for each in _of_sort(judged, sort) if _is_at(each, endpoint)]
    return page_of(request, found, limit, offset, partial(_document, judged), **_of(judged))


@routes.get(
    "/{release}/endpoints",
    summary="List the endpoints",
    responses=responses(page_schema(ENDPOINT, **OF_VERDICT), 404),
)
async def endpoints(
    request: Request, release: ReleaseName, limit: Limit = 100, offset: Offset = 0
) -> Response:
    """What is decided about each endpoint, and how much was compared."""
    judged = await web_of(request).verdicts.current(release)
    found = judged.verdict.endpoints
    return page_of(request, found, limit, offset, endpoint_document, **_of(judged))


@routes.get(
    "/{release}/accounting",
    summary="Say where every captured exchange went",
    responses=responses(object_of(accounting=ACCOUNTING, **OF_VERDICT), 404),
)
async def accounting(request: Request, release: ReleaseName) -> Response:
    """How many exchanges were captured, and how each of them ended."""
    judged = await web_of(request).verdicts.current(release)
    said = accounting_document(judged.verdict.accounting)
    return json_response({"accounting": said, **_of(judged)})


@routes.get(
    "/{release}/health",
    summary="Say how the candidate stood over time",
    responses=responses(page_schema(HEALTH), 404),
)
def health(
    request: Request, release: ReleaseName, limit: Limit = 1_000, offset: Offset = 0
) -> Response:
    """The periods in which the candidate was to be asked, the earliest first.

    They are longer the older the release is, and never more than 241.
    """
    web = web_of(request)
    web.reader.require(release)
    series = web.review.health(release)
    periods = tuple(series.periods.items())
    return page_of(
        request,
        periods,
        limit,
        offset,
        lambda period: health_document(period[0], series.seconds, period[1]),
    )


def _of(judged: Judged) -> dict[str, Json]:
    """What a part of a verdict is a part of."""
    return {"verdict": judged.record.id, "decided_at": judged.verdict.decided_at}


def _of_sort(judged: Judged, sort: Sort) -> Sequence[Finding]:
    verdict = judged.verdict
    lists = {
        Sort.FINDING: verdict.findings,
        Sort.SUSPECT: verdict.suspects,
        Sort.NOISE: verdict.noise,
    }
    return lists[sort]


def _is_at(finding: Finding, endpoint: str | None) -> bool:
    return endpoint is None or str(finding.signature.endpoint) == endpoint


def _document(judged: Judged, finding: Finding) -> Json:
    return finding_document(finding, judged.examples.get(finding.signature))


def _excused(judged: Judged, excused: Ruled | Finding) -> Json:
    if isinstance(excused, Ruled):
        return ruled_document(excused, judged.examples)
    return _document(judged, excused)
