"""What Prometheus scrapes."""

import asyncio

from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from shadow.errors import NotFoundError
from shadow.model import Role
from shadow.store.reader import ReleaseRow
from shadow.web.access.access import METRICS
from shadow.web.access.routes import routes_for
from shadow.web.context import Web, web_of
from shadow.web.metrics import CONTENT_TYPE, MOST_RELEASES, Told, exposition

routes = routes_for(Role.READ)


@routes.get(METRICS, include_in_schema=False)
async def metrics(request: Request) -> Response:
    """Counts as of now, and the last verdicts; what has changed is judged behind it."""
    web = web_of(request)
    rows = await run_in_threadpool(web.reader.releases)
    told = await asyncio.gather(*(_told(web, row) for row in rows[:MOST_RELEASES]))
    text = exposition(len(rows), [each for each in told if each is not None])
    return Response(text, media_type=CONTENT_TYPE)


async def _told(web: Web, row: ReleaseRow) -> Told | None:
    try:
        judged = await web.verdicts.shown(row.name)
    except NotFoundError:
        # It was deleted just now.
        return None
    accounting = await run_in_threadpool(web.reader.accounting, row.name)
    return Told(row=row, accounting=accounting, judged=judged)
