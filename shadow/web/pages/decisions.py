"""What was decided about a release, and its sign-off."""

import asyncio
import time
from urllib.parse import quote

from fastapi import Request
from starlette.responses import RedirectResponse, Response

from shadow.commands.deciding import signing_off
from shadow.model import Role, SignOff, Verdict
from shadow.store.reader import StoreReader
from shadow.web.access.forms import form_of
from shadow.web.access.routes import routes_for
from shadow.web.context import web_of
from shadow.web.judging import Judged
from shadow.web.pages.asked import number_asked
from shadow.web.pages.deciders import decider_of, signer_of, why_undecided
from shadow.web.pages.release import chrome, judging
from shadow.web.view.log import act_views

routes = routes_for(Role.READ, "/releases/{release}")
deciding_routes = routes_for(Role.APPROVE, "/releases/{release}")

_ACTS = 50


@routes.get("/decisions", include_in_schema=False)
async def decisions(request: Request, release: str) -> Response:
    """Show what people decided about it, the last first."""
    web = web_of(request)
    is_done = request.query_params.get("done") == "signed-off"
    judged = await (web.verdicts.current(release) if is_done else web.verdicts.shown(release))
    if judged is None:
        return judging(request, release)
    return await _shown(request, judged, is_done=is_done)


@deciding_routes.post("/sign-off", include_in_schema=False)
async def sign_off(request: Request, release: str) -> Response:
    """Sign it off, on PASS or against the verdict."""
    web = web_of(request)
    form = await form_of(request)

    def decide(verdict: Verdict, _reader: StoreReader) -> SignOff:
        is_override = form.get("override", "") == "yes"
        return signing_off(verdict, signer_of(request, form), time.time(), override=is_override)

    if (undecided := await why_undecided(web, release, decide)) is not None:
        judged, status, problem = undecided
        return await _shown(request, judged, status=status, problem=problem)
    return RedirectResponse(f"/releases/{quote(release, safe='')}/decisions?done=signed-off", 303)


async def _shown(
    request: Request,
    judged: Judged,
    *,
    status: int = 200,
    is_done: bool = False,
    problem: str = "",
) -> Response:
    web, release = web_of(request), judged.verdict.release
    asked = number_asked(request, "before")
    before = asked if asked > 1 else None
    entries = await asyncio.to_thread(web.review.acts, _ACTS + 1, before, release)
    return web.renderer.page(
        request,
        "decisions.html",
        status,
        release=chrome(judged, "decisions"),
        acts=act_views(entries[:_ACTS], time.time(), is_admin=True),
        older=entries[_ACTS - 1].number if len(entries) > _ACTS else None,
        is_done=is_done,
        problem=problem,
        decider=decider_of(request),
    )
