"""Routes that say who may ask: no route is served without, on pages and in the API alike."""

from collections.abc import Callable, Coroutine, Iterable
from functools import cache
from typing import Any, ClassVar, override

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.routing import APIRoute, iter_route_contexts
from starlette.routing import BaseRoute, Mount

from shadow.model import Role
from shadow.web.context import web_of

type Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class GuardedRoute(APIRoute):
    """A route that is served to whoever may; `role` None is everybody."""

    role: ClassVar[Role | None]

    @override
    def get_route_handler(self) -> Handler:
        """Look at who asks before anything else of the request is read."""
        handle, role = super().get_route_handler(), self.role

        async def guarded(request: Request) -> Response:
            await web_of(request).access.admit(request, role)
            return await handle(request)

        return guarded


def routes_for(role: Role | None, prefix: str = "") -> APIRouter:
    """Make a router whose routes are for this role and those above it; None is everybody."""
    return APIRouter(prefix=prefix, route_class=_guarded_by(role))


def require_guards(app: FastAPI) -> None:
    """Raise AssertionError for a route that does not say who may ask."""
    open_to_all = [route for route in _every(app) if not isinstance(route, GuardedRoute | Mount)]
    if open_to_all:
        raise AssertionError(f"make these with routes_for: {open_to_all}")


def _every(app: FastAPI) -> Iterable[BaseRoute]:
    for context in iter_route_contexts(app.routes):
        yield context.original_route


@cache
def _guarded_by(role: Role | None) -> type[GuardedRoute]:
    return type(f"RouteFor{role or 'everybody'}", (GuardedRoute,), {"role": role})
