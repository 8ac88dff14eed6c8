"""The web application: routes, what all of them share, and what stands before them."""

from fastapi import FastAPI
from starlette.staticfiles import StaticFiles

from shadow.settings import Settings
from shadow.store.engine import Store
from shadow.store.reader import StoreReader
from shadow.web.access.access import Access
from shadow.web.access.routes import require_guards
from shadow.web.context import Web
from shadow.web.headers import SecurityHeaders
from shadow.web.pages import home
from shadow.web.rendering import STATIC, Renderer


def create_app(settings: Settings, store: Store) -> FastAPI:
    """Make the application that serves a store; it is not closed by it."""
    app = FastAPI(title="Shadow", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.web = Web(
        settings=settings,
        store=store,
        reader=StoreReader(store),
        access=Access(),
        renderer=Renderer(),
    )
    app.add_middleware(SecurityHeaders)
    app.include_router(home.routes)
    app.mount("/static", StaticFiles(directory=STATIC))
    require_guards(app)
    return app
