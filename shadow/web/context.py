"""What a request is served from: made once, by `shadow.web.app`, and found by each route."""

from dataclasses import dataclass

from fastapi import Request

from shadow.settings import Settings
from shadow.store.engine import Store
from shadow.store.reader import StoreReader
from shadow.store.review import ReviewReader
from shadow.web.access.access import Access
from shadow.web.listeners import Listeners
from shadow.web.rendering import Renderer
from shadow.web.verdicts import VerdictBoard


@dataclass(frozen=True, slots=True, kw_only=True)
class Web:
    """The store, the settings in force, and what is shared by all requests."""

    settings: Settings
    store: Store
    reader: StoreReader
    review: ReviewReader
    access: Access
    verdicts: VerdictBoard
    renderer: Renderer
    listeners: Listeners


def web_of(request: Request) -> Web:
    """What this request is served from."""
    found: Web = request.app.state.web
    return found
