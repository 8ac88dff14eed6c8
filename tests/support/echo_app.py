"""An ASGI application that answers with what it was asked."""

from collections.abc import Awaitable, Callable
from typing import Any

type Message = dict[str, Any]


async def echo(
    scope: Message,
    receive: Callable[[], Awaitable[Message]],
    send: Callable[[Message], Awaitable[None]],
) -> None:
    """Say line, headers and body of the request, each as a chunk of the answer."""
    line = b"%s %s?%s" % (scope["method"].encode(), scope["raw_path"], scope["query_string"])
    names = b"".join(b"\n%s: %s" % header for header in scope["headers"])
    body = await _body(receive)
    headers = [(b"content-type", b"text/plain"), (b"set-cookie", b"a=1"), (b"set-cookie", b"b=2")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    for part in (line, names, body):
        await send({"type": "http.response.body", "body": part, "more_body": True})
    await send({"type": "http.response.body"})


async def _body(receive: Callable[[], Awaitable[Message]]) -> bytes:
    body = b""
    while (message := await receive())["type"] == "http.request":
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    return body
