"""`shadow web`: from settings to the end of the server."""

import contextlib
from collections.abc import Iterator

import uvloop
from rich.markup import escape

from shadow.settings import Settings
from shadow.store.engine import Store, migrate, open_store
from shadow.store.transactions import is_only_read, reading
from shadow.terminal import Terminal
from shadow.web.app import create_app
from shadow.web.server import Server, listening, shown_address


def serve(settings: Settings, out: Terminal) -> None:
    """Serve a store until SIGTERM or Ctrl-C."""
    with opened(settings) as store:
        sockets = listening(*settings.web.listen_address)
        server = Server(create_app(settings, store), lambda: None)
        out.news(f"serving {escape(settings.store_shown)} at {shown_address(sockets[0], 'http')}")
        uvloop.run(server.serve([*sockets]))


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
