"""What whoever asked is told when it could not be done: RFC 9457 for machines, a page for people.

Nothing of it quotes a secret, and of an unexpected error only its kind is said.
"""

import http
import logging
from typing import cast
from urllib.parse import urlencode

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shadow.errors import ConflictError, NotFoundError, ShadowError, UnavailableError, UsageError
from shadow.web.access.access import is_api
from shadow.web.access.refusing import Kind, RefusedError
from shadow.web.access.sites import SAFE_METHODS
from shadow.web.context import web_of

logger = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
_MOST_MISTAKES = 20
_MOST_CHARS = 200
_RETRY_SECONDS = "2"

_NO_JSON = (ValueError, RecursionError)
"""What bodies raise that are not UTF-8, have a number without end, or are nested too deeply."""

_STATUS_OF = (
    (NotFoundError, 404),
    (ConflictError, 409),
    (UsageError, 422),
    (UnavailableError, 503),
)


def add_problems(app: FastAPI) -> None:
    """Have the application say all errors so."""
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(ShadowError, _shadow_error)
    app.add_middleware(Unexpected)


class Unexpected:
    """Answers where the application broke down, and logs where that was."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""
        is_started = False

        async def noticed(message: Message) -> None:
            nonlocal is_started
            is_started = True
            await send(message)

        try:
            await self._app(scope, receive, noticed)
        except Exception:
            logger.exception("a request broke down")
            if is_started or scope["type"] != "http":
                raise
            detail = "something went wrong here that nobody expected; the log says where"
            await problem(Request(scope), 500, detail)(scope, receive, send)


def problem(
    request: Request,
    status: int,
    detail: str,
    headers: dict[str, str] | None = None,
    **more: object,
) -> Response:
    """Say what could not be done and why."""
    title = http.HTTPStatus(status).phrase
    if not is_api(request):
        page = web_of(request).renderer.page(
            request, "problem.html", status, title=title, detail=detail
        )
        page.headers.update(headers or {})
        return page
    said = {"type": "about:blank", "title": title, "status": status, "detail": detail, **more}
    return JSONResponse(said, status, headers, media_type=MEDIA_TYPE)


async def _http_error(request: Request, error: Exception) -> Response:
    raised = cast(HTTPException, error)
    if isinstance(raised, RefusedError) and _may_sign_in(request, raised):
        target = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return RedirectResponse(f"/sign-in?{urlencode({'next': target})}", 303)
    if raised.status_code == 400 and isinstance(raised.__cause__, _NO_JSON):
        return problem(request, 422, "the body is no JSON that can be read")
    detail = raised.detail
    if detail == http.HTTPStatus(raised.status_code).phrase:
        detail = _PLAIN.get(raised.status_code, detail)
    return problem(request, raised.status_code, detail, dict(raised.headers or {}))


async def _invalid(request: Request, error: Exception) -> Response:
    mistakes = [
        {
            "in": ".".join(map(str, found["loc"]))[:_MOST_CHARS],
            "problem": found["msg"][:_MOST_CHARS],
        }
        for found in cast(RequestValidationError, error).errors()[:_MOST_MISTAKES]
    ]
    said = "; ".join(f"{each['in']}: {each['problem']}" for each in mistakes)
    return problem(request, 422, said, mistakes=mistakes)


async def _shadow_error(request: Request, error: Exception) -> Response:
    status = next((code for kind, code in _STATUS_OF if isinstance(error, kind)), 500)
    headers = {"retry-after": _RETRY_SECONDS} if status == 503 else {}
    return problem(request, status, str(error), headers)


def _may_sign_in(request: Request, refused: RefusedError) -> bool:
    unknown = refused.kind is Kind.NOT_SIGNED_IN
    return unknown and not is_api(request) and request.method in SAFE_METHODS


_PLAIN = {
    404: "there is nothing at this address",
    405: "what is at this address can't be asked so",
}
