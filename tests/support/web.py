"""The pages and the API of a store, served on loopback by the real server."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from threading import Thread
from typing import Any

import httpx

from shadow.settings import Settings
from shadow.store.engine import migrate, open_store
from shadow.web.app import create_app
from shadow.web.server import Server, listening, shown_address


@contextmanager
def served_in_background(store: str, **web: Any) -> Iterator[str]:
    """Serve a store from a thread, for tests that are not asynchronous; give its URL."""
    engine = open_store(store)
    migrate(engine)
    sockets = listening("127.0.0.1", 0)
    settings = Settings.model_validate({"store": store, "web": web})
    server = Server(create_app(settings, engine), settings.web)
    thread = Thread(target=lambda: asyncio.run(server.serve([*sockets])))
    thread.start()
    try:
        yield shown_address(sockets[0], "http")
    finally:
        server.stop()
        thread.join()
        engine.dispose()


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """Where a store is served, and a client that has shown nothing yet."""

    url: str
    client: httpx.AsyncClient
    server: Server


@asynccontextmanager
async def serving(
    store: str,
    *,
    migrated: bool = True,
    port: int = 0,
    trace_url: str | None = None,
    **web: Any,
) -> AsyncIterator[Served]:
    """Serve a store until the test is done with it; `web` are settings of that section."""
    engine = open_store(store)
    if migrated:
        migrate(engine)
    sockets = listening("127.0.0.1", port)
    url = shown_address(sockets[0], "http")
    telemetry = {"trace_url": trace_url}
    settings = Settings.model_validate({"store": store, "web": web, "telemetry": telemetry})
    server = Server(create_app(settings, engine), settings.web)
    running = asyncio.create_task(server.serve([*sockets]))
    try:
        async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=60) as client:
            yield Served(url=url, client=client, server=server)
    finally:
        if not running.done():
            server.stop()
        await running
        engine.dispose()
