"""Routes that say who may ask: no route is served without, on pages and in the API alike."""

from collections.abc import Callable, Collection, Coroutine
from functools import cache
from typing import Any, ClassVar, override

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.routing import APIRoute, iter_route_contexts
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute, Mount

from shadow.model import Role
from shadow.web.context import web_of

type Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class GuardedRoute(APIRoute):
    """A route that is served to whoever may; `role` None is everybody."""

    role: ClassVar[Role | None]
    is_strict: ClassVar[bool]

    @override
    def get_route_handler(self) -> Handler:
        """Look at who asks before anything else of the request is read."""
        handle, role = super().get_route_handler(), self.role
        known = {field.alias for field in self.dependant.query_params} if self.is_strict else None

        async def guarded(request: Request) -> Response:
            await web_of(request).access.admit(request, role)
            if known is not None:
                _check_query(request, known)
            return await handle(request)

        return guarded


def routes_for(role: Role | None, prefix: str = "", *, is_strict: bool = False) -> APIRouter:
    """Make a router whose routes are for this role and those above it; None is everybody.

    Where it `is_strict`, parameters of a query that a route does not know are refused.
    """
    return APIRouter(prefix=prefix, route_class=_guarded_by(role, is_strict=is_strict))


def every_route(app: FastAPI) -> tuple[BaseRoute, ...]:
    """Return all routes of an application."""
    return tuple(context.original_route for context in iter_route_contexts(app.routes))


def require_guards(app: FastAPI) -> None:
    """Raise AssertionError for a route that does not say who may ask."""
    unguarded = [route for route in every_route(app) if not isinstance(route, GuardedRoute | Mount)]
    if unguarded:
        raise AssertionError(f"make these with routes_for: {unguarded}")


def _check_query(request: Request, known: Collection[str]) -> None:
    seen: set[str] = set()
    for name, _ in request.query_params.multi_items():
        if name not in known:
            takes = ", ".join(sorted(known)) or "none"
            raise HTTPException(422, f"there is no parameter {name[:50]!r} here; it takes {takes}")
        if name in seen:
            raise HTTPException(422, f"the parameter {name} is given twice")
        seen.add(name)


@cache
def _guarded_by(role: Role | None, *, is_strict: bool) -> type[GuardedRoute]:
    name = f"RouteFor{role or 'everybody'}"
    return type(name, (GuardedRoute,), {"role": role, "is_strict": is_strict})
