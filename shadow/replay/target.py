"""One target: asked within limits, and whatever it does is a reply."""

import asyncio
import re
import ssl
import time
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from shadow.model import Failure, FailureKind, Reply, Request, Response
from shadow.replay.backoff import Answered, BackOff, retry_after
from shadow.replay.breaker import Breaker, RateLimit
from shadow.replay.headers import HeaderEdits
from shadow.replay.http2 import Http2Transport
from shadow.replay.places import Places
from shadow.replay.sending import Around, plainly
from shadow.replay.transport import VerbatimTransport

_CONNECTING_SHARE = 0.5
"""The part of a request's time that connecting may take; without a connection nothing is sent."""

_PATIENCE_SECONDS = 0.5
"""How long a request waits for its turn at a target that is spared before it is held back."""

BACKING_OFF = Failure(kind=FailureKind.NOT_ASKED, detail="backing off", seconds=0.0)
"""The reply of a target that has no place for a request while it is spared."""

_NAME = re.compile(rb"[!-9;-~\x80-\xff]+")
_BREAKS_A_LINE = re.compile(rb"[\r\n\0 ]")
_BREAKS_A_HEAD = re.compile(rb"[\r\n\0]")


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetOptions:
    """Where a target is and how much of what it is asked and allowed.

    `concurrency` is of one worker. `timeout_seconds` is for the whole of an answer, of which
    connecting may take half. A body longer than `max_body_bytes` as transferred is a failure.
    `requests_per_second` None is no limit. With `back_off`, fewer than `concurrency` are asked at
    once while the target struggles (`shadow.replay.backoff`). `authorities` is a PEM file of those
    that may vouch for the target; None is the system's.
    """

    url: str
    timeout_seconds: float = 10.0
    max_body_bytes: int = 4 * 1024 * 1024
    concurrency: int = 16
    requests_per_second: float | None = None
    breaker_failures: int = 10
    breaker_seconds: float = 5.0
    breaker_successes: int = 2
    back_off: bool = True
    verify_tls: bool = True
    authorities: Path | None = None
    http2: bool = False
    headers: HeaderEdits = field(default_factory=HeaderEdits)


class Target:
    """Sends requests to one server; never raises for what the server does.

    Each is sent within `around`.
    """

    def __init__(self, options: TargetOptions, release: str, around: Around = plainly) -> None:
        self._options = options
        self._around = around
        self._release = release
        self._url = httpx.URL(options.url)
        self._breaker = Breaker(
            failures=options.breaker_failures,
            seconds=options.breaker_seconds,
            clock=time.monotonic,
            successes=options.breaker_successes,
            probe_seconds=max(options.breaker_seconds, options.timeout_seconds),
        )
        self._rate = RateLimit(options.requests_per_second, time.monotonic)
        self._transport = _transport(options)
        self._places = Places(options.concurrency, _PATIENCE_SECONDS)
        self._back_off = BackOff(options.concurrency, time.monotonic) if options.back_off else None

    def place(self) -> AbstractAsyncContextManager[bool]:
        """Hold one of the places for requests under way; false where the target is spared."""
        return self._places.place()

    @property
    def rests(self) -> bool:
        """Whether it is left alone, but for one request from time to time."""
        return self._breaker.is_open

    def held_back(self) -> Failure | None:
        """Say why the target may not be asked now; None if it may, and then it must be."""
        if not self._breaker.admits():
            return _failure(FailureKind.NOT_ASKED, "breaker open")
        if not self._rate.admits():
            self._breaker.withdraw()
            return _failure(FailureKind.NOT_ASKED, "rate reached")
        return None

    async def send(self, request: Request) -> Reply:
        """Send one request once; a target that cannot answer is a result."""
        return await self._around(request, self._send)

    async def aclose(self) -> None:
        """Close the target's connections."""
        await self._transport.aclose()

    async def _send(self, request: Request) -> Reply:
        started, sent_at = time.perf_counter(), time.monotonic()
        asked = self._shadow_request(request)
        if not _may_be_sent(asked):
            self._breaker.withdraw()
            return _failure(
                FailureKind.NOT_ASKED, "request with a head that servers may read otherwise"
            )
        try:
            async with asyncio.timeout(self._options.timeout_seconds):
                reply = await self._exchange(asked, started)
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            reply = _failure(FailureKind.UNREACHABLE, str(error), started)
        except (TimeoutError, httpx.TimeoutException):
            reply = _failure(FailureKind.TIMEOUT, "no complete answer in time", started)
        except httpx.NetworkError as error:
            reply = _failure(FailureKind.DISCONNECTED, str(error), started)
        except httpx.TransportError as error:
            reply = _failure(FailureKind.MALFORMED, str(error), started)
        self._breaker.report(answered=_shows_life(reply))
        self._adapt(reply, sent_at)
        return reply

    def _adapt(self, reply: Reply, sent_at: float) -> None:
        """Ask more or less at once, by how long an answer took; a broken one took no time."""
        if self._back_off is None or not _takes_time(reply):
            return
        wait = retry_after(reply, time.time()) if isinstance(reply, Response) else None
        seconds = reply.seconds
        self._back_off.report(Answered(sent_at=sent_at, seconds=seconds, retry_after=wait))
        self._places.allow(self._back_off.allowed)

    async def _exchange(self, asked: httpx.Request, started: float) -> Reply:
        response = await self._transport.handle_async_request(asked)
        try:
            body = await self._read(response)
        finally:
            await response.aclose()
        if body is None:
            return _failure(FailureKind.TOO_LARGE, "body over the limit", started)
        return Response(
            status=response.status_code,
            headers=tuple(response.headers.raw),
            body=body,
            seconds=time.perf_counter() - started,
        )

    async def _read(self, response: httpx.Response) -> bytes | None:
        chunks: list[bytes] = []
        size = 0
        async for chunk in response.aiter_raw():
            size += len(chunk)
            if size > self._options.max_body_bytes:
                return None
            chunks.append(chunk)
        return b"".join(chunks)

    def _shadow_request(self, request: Request) -> httpx.Request:
        headers = self._options.headers.apply(request, self._release)
        if not any(name.lower() == b"host" for name, _ in headers):
            headers = ((b"host", self._url.netloc), *headers)
        connecting = self._options.timeout_seconds * _CONNECTING_SHARE
        # Given as a stream, a body makes httpx add no headers of its own.
        return httpx.Request(
            request.method,
            self._url,
            headers=headers,
            stream=httpx.ByteStream(request.body),
            extensions={
                "target": request.target.encode("latin-1"),
                "timeout": {"connect": connecting},
            },
        )


def _transport(options: TargetOptions) -> httpx.AsyncBaseTransport:
    tls = _trusted(options)
    if options.http2:
        return Http2Transport(verify_tls=tls)
    return VerbatimTransport(options.url, verify_tls=tls)


def _trusted(options: TargetOptions) -> bool | ssl.SSLContext:
    if options.authorities is None or not options.verify_tls:
        return options.verify_tls
    return ssl.create_default_context(cafile=options.authorities)


def _may_be_sent(asked: httpx.Request) -> bool:
    """Tell whether all servers find the same head in it, and its end where we do.

    HTTP/2 can carry what would end it in HTTP/1.1. What some servers take for `Content-Length` and
    others for no header (`Content-Length :`) would have them read on in the next user's request.
    """
    words = (asked.method.encode(), asked.extensions["target"])
    return (
        not any(_BREAKS_A_LINE.search(word) for word in words)
        and all(_NAME.fullmatch(name) for name, _ in asked.headers.raw)
        and not any(_BREAKS_A_HEAD.search(value) for _, value in asked.headers.raw)
    )


def _shows_life(reply: Reply) -> bool:
    return isinstance(reply, Response) or reply.kind is FailureKind.TOO_LARGE


def _takes_time(reply: Reply) -> bool:
    return isinstance(reply, Response) or reply.kind is FailureKind.TIMEOUT


def _failure(kind: FailureKind, detail: str, started: float | None = None) -> Failure:
    seconds = 0.0 if started is None else time.perf_counter() - started
    return Failure(kind=kind, detail=detail, seconds=seconds)
