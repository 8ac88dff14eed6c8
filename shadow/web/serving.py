"""`shadow web`, and the same beside `shadow proxy`: from settings to the end of the server."""

import asyncio
import contextlib
import logging
import sys
import time
from collections.abc import AsyncIterator, Iterator

import uvloop
from rich.markup import escape

from shadow.errors import ShadowError, UsageError
from shadow.roles.saying import say
from shadow.roles.standing_back import stand_back
from shadow.settings import Settings
from shadow.store.engine import Store, migrate, open_store
from shadow.store.tokens import TokenBook
from shadow.store.transactions import is_only_read, reading
from shadow.terminal import Terminal
from shadow.web.access.sites import is_loopback
from shadow.web.app import create_app
from shadow.web.server import Server, listening, shown_address

logger = logging.getLogger(__name__)

_RETRY_SECONDS = 10.0
_SWITCH_SECONDS = 0.001
"""How long a thread that judges may keep those waiting that answer."""


def serve(settings: Settings, out: Terminal) -> None:
    """Serve a store until SIGTERM or Ctrl-C.

    Raises `UnavailableError` for an address or a store that is away, `UsageError` where others
    than this machine could connect and need not sign in.
    """
    with opened(settings) as store:
        uvloop.run(_serve(settings, store, out))


def run_web(settings: Settings) -> None:
    """Serve beside the live process until told to stop, or the supervisor is gone.

    Users come first: it has the lowest priority, and where it can't serve it says why and tries
    again now and then.
    """
    stand_back()
    uvloop.run(_beside(settings))


async def _serve(settings: Settings, store: Store, out: Terminal) -> None:
    async with _running(settings, store) as (server, url):
        out.news(f"serving {escape(settings.store_shown)} at {url}")
        if url.startswith("http:") and not is_loopback(settings.web.listen_address[0]):
            out.news("tokens and cookies travel in the clear: put TLS before it, or set web.tls")
        await server


async def _beside(settings: Settings) -> None:
    gone = asyncio.create_task(_supervisor_gone())
    said = ""
    while not gone.done():
        try:
            with opened(settings) as store:
                async with _running(settings, store) as (server, url):
                    say({"pages": url})
                    await asyncio.wait((server, gone), return_when=asyncio.FIRST_COMPLETED)
                    return
        except ShadowError as error:
            if str(error) != said:
                said = str(error)
                say({"no_pages": said})
        await asyncio.wait((gone,), timeout=_RETRY_SECONDS)


@contextlib.asynccontextmanager
async def _running(
    settings: Settings, store: Store
) -> AsyncIterator[tuple[asyncio.Task[None], str]]:
    """Serve; at the end of the block, stop that."""
    sys.setswitchinterval(_SWITCH_SECONDS)
    _require_authentication(settings, store)
    sockets = listening(*settings.web.listen_address)
    url = settings.web.url or shown_address(sockets[0], "https" if settings.web.tls else "http")
    server = Server(create_app(settings, store), settings.web)
    running = asyncio.create_task(server.serve([*sockets]))
    try:
        yield running, url
    finally:
        if not running.done():
            server.stop()
        await running


@contextlib.contextmanager
def opened(settings: Settings) -> Iterator[Store]:
    """Open a store that is there, brought up to date unless it is only read."""
    store = open_store(settings.store)
    try:
        with reading(store):
            pass
        if not is_only_read(store):
            migrate(store)
        yield store
    finally:
        store.dispose()


def _require_authentication(settings: Settings, store: Store) -> None:
    """Raise `UsageError` where anybody could come in without a token."""
    host, _ = settings.web.listen_address
    now = time.time()
    if (
        is_loopback(host)
        or settings.web.oidc is not None
        or any(token.holds(now) for token in TokenBook(store).all())
    ):
        return
    raise UsageError(
        f"web.listen is {settings.web.listen}, which other machines can connect to, and nobody "
        "could sign in there; make a token first: shadow token create --name NAME --scope admin"
    )


async def _supervisor_gone() -> None:
    """Wait for the end of the pipe that the supervisor holds open."""
    loop, gone = asyncio.get_running_loop(), asyncio.Event()
    pipe = sys.stdin.fileno()
    loop.add_reader(pipe, gone.set)
    try:
        await gone.wait()
    finally:
        loop.remove_reader(pipe)
