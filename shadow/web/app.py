"""The web application: routes, what all of them share, and what stands before them."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from importlib.metadata import version

from fastapi import FastAPI

from shadow.model import Role
from shadow.settings import Settings, WebSettings
from shadow.store.engine import Store
from shadow.store.reader import StoreReader
from shadow.store.review import ReviewReader
from shadow.web.access.access import Access, AccessOptions
from shadow.web.access.cookies import SessionCookie
from shadow.web.access.oidc import Oidc, OidcOptions
from shadow.web.access.routes import require_guards
from shadow.web.access.sites import Sites, is_loopback
from shadow.web.api import about, administration, decisions, gates, metrics, releases, rules
from shadow.web.bodies import BodyLimit
from shadow.web.context import Web
from shadow.web.headers import SecurityHeaders
from shadow.web.judging import Judge
from shadow.web.later import Later
from shadow.web.listeners import Listeners
from shadow.web.pages import all_routes, home, signing_in
from shadow.web.pages.news import MOST_LISTENING
from shadow.web.problems import add_problems
from shadow.web.rendering import Assets, Renderer
from shadow.web.verdicts import VerdictBoard
from shadow.web.watching import watch_of

_ROUTES = (
    home.routes,
    signing_in.open_routes,
    signing_in.routes,
    about.routes,
    releases.routes,
    decisions.reading,
    decisions.deciding,
    rules.reading,
    rules.deciding,
    gates.routes,
    metrics.routes,
    administration.routes,
)
_HOUR, _MINUTE = 3600.0, 60.0
_DESCRIPTION = "Verdicts of releases, what they rest on, and what people decide about them."


def create_app(settings: Settings, store: Store) -> FastAPI:
    """Make the application that serves a store; it is not closed by it."""
    later = Later()
    web = Web(
        settings=settings,
        store=store,
        reader=StoreReader(store),
        review=ReviewReader(store),
        access=_access(settings, store, later),
        verdicts=VerdictBoard(Judge(settings, store)),
        renderer=Renderer(),
        listeners=Listeners(MOST_LISTENING),
    )

    watch = watch_of(settings, store, web.verdicts)

    @contextlib.asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        tasks = [
            asyncio.create_task(web.access.refused.keep_writing()),
            asyncio.create_task(web.verdicts.warm_up()),
            *([asyncio.create_task(watch.run())] if watch else []),
        ]
        yield
        for task in tasks:
            task.cancel()
        web.verdicts.stop()
        await asyncio.gather(*tasks, return_exceptions=True)
        await web.access.refused.write_down()
        await asyncio.to_thread(web.verdicts.close)
        await asyncio.to_thread(later.close)

    app = FastAPI(
        title="Shadow",
        version=version("shadow-verify"),
        description=_DESCRIPTION,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
    )
    app.state.web = web
    for routes in (*_ROUTES, *all_routes()):
        app.include_router(routes)
    app.mount("/static", Assets())
    require_guards(app)
    add_problems(app)
    app.add_middleware(BodyLimit)
    # Without a name of its own, what browsers remember of `localhost` would hold for other servers.
    app.add_middleware(SecurityHeaders, is_https=(settings.web.url or "").startswith("https:"))
    return app


def _access(settings: Settings, store: Store, later: Later) -> Access:
    own = settings.web
    host, port = own.listen_address
    is_local = is_loopback(host)
    options = AccessOptions(
        local=is_local,
        session_seconds=own.session_hours * _HOUR,
        idle_seconds=own.idle_minutes * _MINUTE,
    )
    is_secure = own.tls is not None or (own.url or "").startswith("https:")
    cookie = SessionCookie(port, options.session_seconds, is_secure=is_secure)
    listened = (f"[{host}]" if ":" in host else host,) if is_local else ()
    sites = Sites((*own.hosts, *listened), own.url, local=is_local)
    return Access(store, sites, cookie, options, later, _oidc(own, is_secure=is_secure))


def _oidc(own: WebSettings, *, is_secure: bool) -> Oidc | None:
    if own.oidc is None or own.url is None:
        return None
    secret = own.oidc.client_secret
    options = OidcOptions(
        issuer=own.oidc.issuer,
        url=own.url,
        client_id=own.oidc.client_id,
        client_secret=secret.get_secret_value() if secret else None,
        scope=own.oidc.scope,
        name_claim=own.oidc.name_claim,
        role_claim=own.oidc.role_claim,
        roles={value: Role(role) for value, role in own.oidc.roles.items()},
    )
    return Oidc(options, is_secure=is_secure)
