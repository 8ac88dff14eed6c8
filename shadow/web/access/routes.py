"""Routes that say who may ask: no route is served without, on pages and in the API alike."""

from collections.abc import Awaitable, Callable, Collection, Coroutine
from functools import cache
from typing import Any, ClassVar, override

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.routing import APIRoute, iter_route_contexts
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute, Mount

from shadow.model import Role
from shadow.web.context import web_of

type Handler = Callable[[Request], Coroutine[Any, Any, Response]]
type ReadsToken = Callable[[Request], Awaitable[str]]
"""Finds a token elsewhere than in the header; empty where there is none."""


class GuardedRoute(APIRoute):
    """A route that is served to whoever may; `role` None is everybody."""

    role: ClassVar[Role | None]
    is_strict: ClassVar[bool]
    token_of: ClassVar[ReadsToken | None]

    @override
    def get_route_handler(self) -> Handler:
        """Look at who asks before anything else of the request is read."""
        handle, role, token_of = super().get_route_handler(), self.role, type(self).token_of
        known = {field.alias for field in self.dependant.query_params} if self.is_strict else None

        async def guarded(request: Request) -> Response:
            token = await token_of(request) if token_of else ""
            await web_of(request).access.admit(request, role, token)
            if known is not None:
                _check_query(request, known)
            return await handle(request)

        return guarded


def routes_for(
    role: Role | None,
    prefix: str = "",
    *,
    is_strict: bool = False,
    token_of: ReadsToken | None = None,
) -> APIRouter:
    """Make a router whose routes are for this role and those above it; None is everybody.

    Where it `is_strict`, parameters of a query that a route does not know are refused. `token_of`
    is for machines that can't send a header; a token in the header goes before it.
    """
    guard = _guarded_by(role, is_strict=is_strict, token_of=token_of)
    return APIRouter(prefix=prefix, route_class=guard)


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
def _guarded_by(
    role: Role | None, *, is_strict: bool, token_of: ReadsToken | None
) -> type[GuardedRoute]:
    name = f"RouteFor{role or 'everybody'}"
    reads = staticmethod(token_of) if token_of else None
    return type(name, (GuardedRoute,), {"role": role, "is_strict": is_strict, "token_of": reads})
