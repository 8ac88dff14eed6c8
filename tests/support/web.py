"""The pages and the API of a store, served on loopback by the real server."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from shadow.settings import Settings
from shadow.store.engine import migrate, open_store
from shadow.web.app import create_app
from shadow.web.server import Server, listening, shown_address


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """Where a store is served, and a client that has shown nothing yet."""

    url: str
    client: httpx.AsyncClient


@asynccontextmanager
async def serving(store: str, **settings: Any) -> AsyncIterator[Served]:
    """Serve a store until the test is done with it."""
    engine = open_store(store)
    migrate(engine)
    sockets = listening("127.0.0.1", 0)
    url = shown_address(sockets[0], "http")
    app = create_app(Settings.model_validate({"store": store, **settings}), engine)
    server = Server(app, lambda: None)
    running = asyncio.create_task(server.serve([*sockets]))
    try:
        async with httpx.AsyncClient(base_url=url, trust_env=False) as client:
            yield Served(url=url, client=client)
    finally:
        server.should_exit = True
        await running
        engine.dispose()
