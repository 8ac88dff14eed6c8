"""What a request may bring along: not much, and not slowly."""

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send

MAX_BODY_BYTES = 64 * 1024
"""More than any form or decision has."""

BODY_SECONDS = 20.0
"""How long a body may take to come."""


class BodyLimit:
    """Refuses bodies that are too large, and ends requests whose bodies take too long."""

    def __init__(
        self, app: ASGIApp, most: int = MAX_BODY_BYTES, seconds: float = BODY_SECONDS
    ) -> None:
        self._app = app
        self._most = most
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        body = await self._read(receive)
        if body is None:
            await _refuse(send)
            return
        left = [body]

        async def already_read() -> Message:
            # What comes afterwards is that the client has gone.
            return left.pop() if left else await receive()

        await self._app(scope, already_read, send)

    async def _read(self, receive: Receive) -> Message | None:
        """Read the whole body; None where it is too large or too slow."""
        parts: list[bytes] = []
        size = 0
        try:
            async with asyncio.timeout(self._seconds):
                while True:
                    message = await receive()
                    if message["type"] != "http.request":
                        return message
                    parts.append(message.get("body", b""))
                    size += len(parts[-1])
                    if size > self._most:
                        return None
                    if not message.get("more_body", False):
                        break
        except TimeoutError:
            return None
        return {"type": "http.request", "body": b"".join(parts), "more_body": False}


async def _refuse(send: Send) -> None:
    text = b'{"type":"about:blank","title":"Content Too Large","status":413,"detail":"send less"}'
    headers = [
        (b"content-type", b"application/problem+json"),
        (b"content-length", str(len(text)).encode()),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    await send({"type": "http.response.body", "body": text})
