"""What holds for all releases: rules, the audit log, the settings in force."""

import asyncio
import time
from datetime import UTC, datetime

from fastapi import Request
from starlette.responses import RedirectResponse, Response

from shadow.model import Role
from shadow.store.audit import AuditLog
from shadow.verdict.kept_rules import standing_rules
from shadow.web.access.caller import caller_of
from shadow.web.access.forms import form_of
from shadow.web.access.routes import routes_for
from shadow.web.context import web_of
from shadow.web.pages.asked import number_asked, page_asked
from shadow.web.pages.deciders import decider_of
from shadow.web.pages.rule_making import withdraw_rule
from shadow.web.view.finding import kept_rule_view
from shadow.web.view.in_force import groups_in_force
from shadow.web.view.log import act_views
from shadow.web.view.pager import page_of
from shadow.web.view.rules import gone_rules, rule_views

routes = routes_for(Role.READ)
deciding_routes = routes_for(Role.APPROVE)

LATEST_RELEASES = 10
"""In so many releases it is looked at whether rules matched."""

MOST_CHECKED = 20_000
"""Up to so many entries of the audit log are checked each time that it is shown."""

_ACTS = 50
_MOST_GONE = 50


@routes.get("/rules", include_in_schema=False)
async def rules(request: Request) -> Response:
    """Show the rules in force, those that need somebody first, and those that the store keeps."""
    web, now = web_of(request), time.time()
    kept = standing_rules(await asyncio.to_thread(web.reader.kept_rules))
    releases = (await asyncio.to_thread(web.reader.releases))[:LATEST_RELEASES]
    names = tuple(row.name for row in releases)
    matches = await asyncio.to_thread(web.review.rule_matches, names)
    in_force = web.settings.rules
    views = rule_views(in_force, matches, releases, now, datetime.now(UTC).date())
    page = page_of(views, page_asked(request))
    gone = gone_rules(in_force, matches)
    return web.renderer.page(
        request,
        "rules.html",
        page=page,
        kept=[kept_rule_view(rule, now) for rule in reversed(kept)],
        is_done=request.query_params.get("done") == "withdrawn",
        decider=decider_of(request),
        gone=gone[:_MOST_GONE],
        more_gone=max(0, len(gone) - _MOST_GONE),
        releases=len(releases),
    )


@deciding_routes.post("/rules/withdraw", include_in_schema=False)
async def withdraw(request: Request) -> Response:
    """Keep a rule no longer, in no release."""
    form = await form_of(request)
    await withdraw_rule(request, form)
    return RedirectResponse("/rules?done=withdrawn", 303)


@routes.get("/audit", include_in_schema=False)
async def audit(request: Request) -> Response:
    """Show what was decided, the last first, and whether the log is as it was written."""
    web = web_of(request)
    asked = number_asked(request, "before")
    before = asked if asked > 1 else None
    entries = await asyncio.to_thread(web.review.acts, _ACTS + 1, before)
    many = await asyncio.to_thread(web.review.acts_in_all)
    is_checked = many <= MOST_CHECKED
    broken = await asyncio.to_thread(AuditLog(web.store).broken_at) if is_checked else None
    caller = caller_of(request)
    return web.renderer.page(
        request,
        "audit.html",
        acts=act_views(
            entries[:_ACTS],
            time.time(),
            is_admin=caller is not None and caller.role is Role.ADMIN,
        ),
        older=entries[_ACTS - 1].number if len(entries) > _ACTS else None,
        is_latest=before is None,
        many=many,
        is_checked=is_checked,
        broken=broken,
    )


@routes.get("/settings", include_in_schema=False)
def settings(request: Request) -> Response:
    """Show the settings in force, without secrets."""
    web = web_of(request)
    return web.renderer.page(request, "settings.html", groups=groups_in_force(web.settings))
