"""A release: its verdict, what differs, and what stands behind it."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import Request
from starlette.responses import Response

from shadow.model import Role
from shadow.report.moments import Moment, moment_in
from shadow.report.view.health import health_view
from shadow.report.view.lists import (
    accepted_rows,
    accounting_view,
    excused_rows,
    noise_said,
    notice_rows,
    place_rows,
    timed_endpoints,
)
from shadow.report.view.page import VerdictView, verdict_view
from shadow.web.access.routes import routes_for
from shadow.web.context import Web, web_of
from shadow.web.judging import Judged
from shadow.web.pages.asked import page_asked
from shadow.web.view.ages import Age, age
from shadow.web.view.overview import brief_groups, briefs_of, groups_of
from shadow.web.view.pager import page_of
from shadow.web.view.progress import progress_of
from shadow.web.view.story import story_of

routes = routes_for(Role.READ, "/releases/{release}")

_GROUPS = 25
_MOST_SUSPECTS = 25
_MOST_MOMENTS = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Chrome:
    """What every page of a release shows: the verdict, and how many of what there are."""

    name: str
    verdict: VerdictView
    judged: Age
    tab: str
    totals: Mapping[str, int]


@routes.get("", include_in_schema=False)
async def overview(request: Request, release: str) -> Response:
    """Show the verdict and the findings, by what brings them together."""
    web = web_of(request)
    judged = await web.verdicts.shown(release)
    if judged is None:
        return judging(request, release)
    verdict = judged.verdict
    groups = groups_of(verdict)
    page = page_of(groups, page_asked(request), _GROUPS)
    before = sum(len(findings) for findings, _ in groups[: max(page.first - 1, 0)])
    row = await asyncio.to_thread(web.reader.release, release)
    bugs = await asyncio.to_thread(web.review.bugs, release)
    health = await asyncio.to_thread(web.review.health, release)
    return web.renderer.page(
        request,
        "release.html",
        release=chrome(judged, "findings"),
        page=page,
        groups=brief_groups(page.entries, before + 1, verdict, judged.examples, bugs),
        suspects=briefs_of(verdict.suspects[:_MOST_SUSPECTS], verdict, judged.examples),
        accepted=accepted_rows(verdict.accepted, noise_known=verdict.noise_known),
        accounting=accounting_view(verdict.accounting),
        progress_made=progress_of(
            verdict, web.settings.policy.to_policy(), row.updated_at - row.created_at
        ),
        noise_said=noise_said(verdict),
        health=health_view(health),
        traffic=(age(row.created_at, time.time()), age(row.updated_at, time.time())),
    )


@routes.get("/latency", include_in_schema=False)
async def latency(request: Request, release: str) -> Response:
    """Show how long the endpoints' answers took, the slowest candidate first."""
    web = web_of(request)
    judged = await web.verdicts.shown(release)
    if judged is None:
        return judging(request, release)
    return web.renderer.page(
        request,
        "latency.html",
        release=chrome(judged, "latency"),
        timed=timed_endpoints(judged.verdict.endpoints),
    )


@routes.get("/noise", include_in_schema=False)
async def noise(request: Request, release: str) -> Response:
    """Show what differs by nature, and what rules excuse."""
    web = web_of(request)
    judged = await web.verdicts.shown(release)
    if judged is None:
        return judging(request, release)
    verdict = judged.verdict
    known = verdict.noise_known
    return web.renderer.page(
        request,
        "noise.html",
        release=chrome(judged, "noise"),
        noise_said=noise_said(verdict),
        noise=place_rows(verdict.noise, noise_known=known),
        excused=excused_rows(verdict),
        notices=notice_rows(verdict.rule_notices),
    )


@routes.get("/history", include_in_schema=False)
async def history(request: Request, release: str) -> Response:
    """Show the release as its stored verdicts saw it."""
    web = web_of(request)
    judged = await web.verdicts.shown(release)
    if judged is None:
        return judging(request, release)
    moments = await asyncio.to_thread(moments_of, web, release, _MOST_MOMENTS)
    return web.renderer.page(
        request,
        "history.html",
        release=chrome(judged, "history"),
        story=story_of(moments, time.time()),
        most=_MOST_MOMENTS,
    )


def judging(request: Request, release: str) -> Response:
    """Say that the verdict takes a moment; the page asks again by itself."""
    return web_of(request).renderer.page(request, "judging.html", 202, release_name=release)


def chrome(judged: Judged, tab: str) -> Chrome:
    """Return what the page `tab` of a release shows around its own."""
    verdict, totals = judged.verdict, judged.totals
    return Chrome(
        name=verdict.release,
        verdict=verdict_view(verdict),
        judged=age(verdict.decided_at, time.time()),
        tab=tab,
        totals={
            "findings": totals.findings,
            "suspects": totals.suspects,
            "accepted": len(verdict.accepted),
            "noise": totals.noise,
            "excused": totals.excused,
            "endpoints": len(verdict.endpoints),
        },
    )


def moments_of(web: Web, release: str, most: int) -> tuple[Moment, ...]:
    """Read the last stored verdicts of a release that can be read, the latest first; blocks."""
    rows = web.review.verdicts(release, most)
    contents = web.review.contents(tuple(row.id for row in rows))
    read = (moment_in(contents[row.id]) for row in rows if row.id in contents)
    return tuple(moment for moment in read if moment is not None)
