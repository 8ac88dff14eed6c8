"""Signing in and out: a token, typed into a form, becomes a session."""

import time
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from shadow.model import Role, Token
from shadow.web.access.caller import Proof, caller_of
from shadow.web.access.forms import form_of
from shadow.web.access.oidc import CALLBACK, DeniedError, Oidc
from shadow.web.access.refusing import Kind, RefusedError
from shadow.web.access.routes import routes_for
from shadow.web.access.throttle import Throttle
from shadow.web.context import web_of

open_routes = routes_for(None)
routes = routes_for(Role.READ)

_LONGEST_SECRET = 200
_LONGEST_NEXT = 2_000


@open_routes.get("/sign-in", include_in_schema=False)
async def sign_in_page(
    request: Request, next_: Annotated[str, Query(alias="next", max_length=_LONGEST_NEXT)] = "/"
) -> Response:
    """Ask for a token."""
    return _page(request, _own(next_))


@open_routes.post("/sign-in", include_in_schema=False)
async def sign_in(request: Request) -> Response:
    """Begin a session, a new one whatever the browser had before."""
    web = web_of(request)
    form = await form_of(request)
    target = _own(form.get("next", "/"))
    _check_rate(request, web.access.sign_in_throttle)
    try:
        token = await run_in_threadpool(web.access.holder, form.get("token", "")[:_LONGEST_SECRET])
    except RefusedError as refused:
        web.access.refused.add(request, refused)
        return _page(request, target, refused.detail, 401)
    return await _with_session(request, token.name, token.role, target, token)


@open_routes.get("/sign-in/oidc", include_in_schema=False)
async def sign_in_elsewhere(
    request: Request, next_: Annotated[str, Query(alias="next", max_length=_LONGEST_NEXT)] = "/"
) -> Response:
    """Send the browser to the provider."""
    oidc = _oidc(request)
    _check_rate(request, web_of(request).access.sign_in_throttle)
    address, kept = await oidc.begin(_own(next_))
    response = RedirectResponse(address, 303)
    oidc.keep(response, kept)
    return response


@open_routes.get(CALLBACK, include_in_schema=False)
async def back_from_elsewhere(request: Request) -> Response:
    """Begin a session for whoever the provider knows."""
    web, oidc = web_of(request), _oidc(request)
    _check_rate(request, web.access.return_throttle)
    try:
        person = await oidc.finish(request)
    except DeniedError as denied:
        refused = RefusedError(Kind.PROVIDER, 401, str(denied))
        web.access.refused.add(request, refused)
        response: Response = _page(request, "/", refused.detail, 401)
        oidc.forget(response)
        return response
    response = await _with_session(request, person.name, person.role, _own(person.target))
    oidc.forget(response)
    return response


@routes.post("/sign-out", include_in_schema=False)
async def sign_out(request: Request) -> Response:
    """End the session."""
    web = web_of(request)
    caller, secret = caller_of(request), web.access.cookie.read(request)
    response = RedirectResponse("/sign-in", 303)
    if secret is not None and caller is not None and caller.proof is Proof.SESSION:
        await run_in_threadpool(web.access.sessions.close, secret)
        web.access.cookie.clear(response)
    return response


async def _with_session(
    request: Request, name: str, role: Role, target: str, token: Token | None = None
) -> Response:
    """Begin a session, end the one there was, and go on to a page."""
    access = web_of(request).access
    if (before := access.cookie.read(request)) is not None:
        await run_in_threadpool(access.sessions.close, before)
    secret = await run_in_threadpool(access.sessions.open, name, role, time.time(), token)
    response = RedirectResponse(target, 303)
    access.cookie.set(response, secret)
    return response


def _page(request: Request, target: str, problem: str = "", status: int = 200) -> Response:
    web = web_of(request)
    return web.renderer.page(
        request,
        "sign-in.html",
        status,
        next=target,
        problem=problem,
        has_provider=web.access.oidc is not None,
    )


def _oidc(request: Request) -> Oidc:
    oidc = web_of(request).access.oidc
    if oidc is None:
        raise HTTPException(404)
    return oidc


def _check_rate(request: Request, throttle: Throttle) -> None:
    web = web_of(request)
    address = request.client.host if request.client else ""
    seconds = throttle.wait_seconds(address)
    if seconds:
        headers = {"retry-after": str(max(1, round(seconds)))}
        refused = RefusedError(Kind.TOO_OFTEN, 429, "too many tries; wait a while", "", headers)
        web.access.refused.add(request, refused)
        raise refused


def _own(target: str) -> str:
    """Return an address of this server to go on to, whatever was asked for."""
    parts = urlsplit(target)
    is_own = target.startswith("/") and not parts.scheme and not parts.netloc
    is_plain = target.isprintable() and target.isascii() and "\\" not in target
    return target if is_own and is_plain and not target.startswith("//") else "/"
