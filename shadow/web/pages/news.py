"""News for pages that are open, as server-sent events: that there is something else to show.

An event says only that, and what it is about; the page then asks for itself again, so what is
shown is made in one place, and a page without news is the same page.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator

from fastapi import Request
from starlette.responses import Response, StreamingResponse

from shadow.model import Role
from shadow.web.access.routes import routes_for
from shadow.web.context import Web, web_of
from shadow.web.pages.home import known_verdict

routes = routes_for(Role.READ)

MOST_LISTENING = 200
"""How many may listen at once; who comes later gets no news, and has to load pages again."""

_LOOK_SECONDS = 2.0
_MOST_RELEASES = 10
_PATIENCE_SECONDS = 0.01
_BEAT_SECONDS = 15.0
_BEAT = ": still here\n\n"
_HEADERS = {"cache-control": "no-store", "x-accel-buffering": "no"}


@routes.get("/events", include_in_schema=False)
async def of_all(request: Request) -> Response:
    """Tell when any release has changed."""
    return _streamed(web_of(request), _changes(web_of(request)))


@routes.get("/releases/{release}/events", include_in_schema=False)
async def of_one(request: Request, release: str) -> Response:
    """Tell when a release was judged anew."""
    web = web_of(request)
    await asyncio.to_thread(web.reader.require, release)
    return _streamed(web, _verdicts(web, release))


def _streamed(web: Web, events: AsyncGenerator[str]) -> Response:
    if not web.listeners.has_room():
        return Response(status_code=204)
    return StreamingResponse(
        _listened(web, events), media_type="text/event-stream", headers=_HEADERS
    )


async def _listened(web: Web, events: AsyncGenerator[str]) -> AsyncIterator[str]:
    """Pass events on, and something now and then by which a listener who is gone is noticed."""
    with web.listeners.one_more():
        waiting = asyncio.ensure_future(anext(events, None))
        try:
            yield "retry: 3000\n\n"
            while not web.verdicts.is_stopping:
                done, _ = await asyncio.wait((waiting,), timeout=_BEAT_SECONDS)
                if not done:
                    yield _BEAT
                    continue
                event = waiting.result()
                if event is None:
                    return
                yield event
                waiting = asyncio.ensure_future(anext(events, None))
        finally:
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)
            await events.aclose()


async def _changes(web: Web) -> AsyncGenerator[str]:
    seen: object = None
    while not web.verdicts.is_stopping:
        # A page may be older than this: the first look is news, too.
        if (now := await _state(web)) != seen:
            seen = now
            yield _event("")
        await asyncio.sleep(_LOOK_SECONDS)


async def _state(web: Web) -> object:
    """What the first page of releases shows: what is counted of them, and their verdicts."""
    rows = (await asyncio.to_thread(web.reader.releases))[:_MOST_RELEASES]
    judged = [await known_verdict(web, row.name, _PATIENCE_SECONDS) for row in rows]
    return rows, [each.verdict.decided_at if each else None for each in judged]


async def _verdicts(web: Web, release: str) -> AsyncGenerator[str]:
    async for judged in web.verdicts.follow(release):
        yield _event(f"{judged.verdict.decided_at:.3f}")


def _event(data: str) -> str:
    return f"event: changed\ndata: {data}\n\n"
