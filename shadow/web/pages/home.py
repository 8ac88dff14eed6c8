"""Where people arrive: the releases."""

import asyncio
import time

from fastapi import Request
from starlette.responses import Response

from shadow.errors import NotFoundError, UnavailableError
from shadow.model import Role
from shadow.web.access.routes import routes_for
from shadow.web.context import Web, web_of
from shadow.web.judging import Judged
from shadow.web.pages.asked import page_asked
from shadow.web.view.pager import page_of
from shadow.web.view.releases import release_view

routes = routes_for(Role.READ)

_PATIENCE_SECONDS = 0.2
_ROWS = 10
"""How many releases a page has: fewer than verdicts are kept for, so that none is judged twice."""


@routes.get("/", include_in_schema=False)
async def releases(request: Request) -> Response:
    """List the releases, the one that was changed last first."""
    web = web_of(request)
    rows = await asyncio.to_thread(web.reader.releases)
    page = page_of(rows, page_asked(request), _ROWS)
    judged = await asyncio.gather(*(known_verdict(web, row.name) for row in page.entries))
    policy, now = web.settings.policy.to_policy(), time.time()
    views = tuple(
        release_view(row, known, policy, now)
        for row, known in zip(page.entries, judged, strict=True)
    )
    return web.renderer.page(request, "releases.html", page=page, releases=views)


async def known_verdict(
    web: Web, release: str, patience_seconds: float = _PATIENCE_SECONDS
) -> Judged | None:
    """Return the verdict that there is, None where it takes longer, or can't be had now."""
    try:
        return await web.verdicts.shown(release, patience_seconds)
    except (NotFoundError, UnavailableError):
        return None
