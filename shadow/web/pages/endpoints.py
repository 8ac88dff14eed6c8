"""The endpoints of a release, and one of them."""

import asyncio
from urllib.parse import urlencode

from fastapi import Request
from starlette.responses import Response

from shadow.errors import NotFoundError
from shadow.model import Decision, Role
from shadow.report.view.lists import excused_rows, place_rows
from shadow.web.access.routes import routes_for
from shadow.web.context import web_of
from shadow.web.pages.asked import page_asked
from shadow.web.pages.release import chrome, judging
from shadow.web.view.endpoints import (
    endpoint_lines,
    endpoint_named,
    endpoint_page,
    endpoints_of,
    findings_at,
)
from shadow.web.view.overview import briefs_of
from shadow.web.view.pager import page_of

routes = routes_for(Role.READ, "/releases/{release}/endpoints")

_MAX_WORDS = 200
_MOST_FINDINGS = 50


@routes.get("", include_in_schema=False)
async def endpoints(request: Request, release: str) -> Response:
    """List them, those that fail first."""
    web = web_of(request)
    judged = await web.verdicts.shown(release)
    if judged is None:
        return judging(request, release)
    words = request.query_params.get("words", "")[:_MAX_WORDS]
    asked = request.query_params.get("decision", "")
    decision = asked if asked in [*Decision] else ""
    chosen = endpoints_of(judged.verdict, words, decision)
    page = page_of(chosen, page_asked(request))
    return web.renderer.page(
        request,
        "endpoints.html",
        release=chrome(judged, "endpoints"),
        page=page,
        lines=endpoint_lines(page.entries, judged.verdict),
        words=words,
        decision=decision,
        decisions=tuple(Decision),
        query=urlencode({"words": words, "decision": decision}, errors="replace"),
    )


@routes.get("/{key}", include_in_schema=False)
async def endpoint(request: Request, release: str, key: str) -> Response:
    """Show what is known of one."""
    web = web_of(request)
    judged = await web.verdicts.shown(release)
    if judged is None:
        return judging(request, release)
    verdict = judged.verdict
    summary = await asyncio.to_thread(endpoint_named, verdict, key)
    if summary is None:
        raise NotFoundError(f"release {release} has no such endpoint")
    times = await asyncio.to_thread(web.review.latency, release, summary.endpoint)
    findings = findings_at(verdict.findings, summary.endpoint)
    suspects = findings_at(verdict.suspects, summary.endpoint)
    known = verdict.noise_known
    return web.renderer.page(
        request,
        "endpoint.html",
        release=chrome(judged, "endpoints"),
        page=endpoint_page(verdict, summary, times),
        findings=briefs_of(findings[:_MOST_FINDINGS], verdict, judged.examples),
        more_findings=max(0, len(findings) - _MOST_FINDINGS),
        suspects=briefs_of(suspects[:_MOST_FINDINGS], verdict, judged.examples),
        more_suspects=max(0, len(suspects) - _MOST_FINDINGS),
        noise=place_rows(findings_at(verdict.noise, summary.endpoint), noise_known=known),
        excused=excused_rows(verdict, summary.endpoint),
    )
