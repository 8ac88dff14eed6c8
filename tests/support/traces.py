"""Traces as an Envoy's admin tap writes them, made by hand."""

import base64
import json


def message(
    headers: list[tuple[str, str]],
    body: bytes = b"",
    *,
    truncated: bool = False,
    at: str | None = None,
) -> dict[str, object]:
    """One side of an exchange."""
    made: dict[str, object] = {
        "headers": [{"key": k, "value": v, "raw_value": ""} for k, v in headers],
        "trailers": [],
    }
    if body:
        made["body"] = {"as_bytes": base64.b64encode(body).decode(), "truncated": truncated}
    if at:
        made["headers_received_time"] = at
    return made


def asked(
    target: str = "/items/1",
    *more: tuple[str, str],
    method: str = "GET",
    body: bytes = b"",
    truncated: bool = False,
    at: str | None = None,
) -> dict[str, object]:
    """A request as Envoy has it."""
    pseudo = [(":authority", "shop.test"), (":path", target), (":method", method)]
    headers = [*pseudo, (":scheme", "http"), *more, ("x-envoy-expected-rq-timeout-ms", "15000")]
    return message(headers, body, truncated=truncated, at=at)


def answered(
    status: int = 200,
    *more: tuple[str, str],
    body: bytes = b'{"price":1}',
    truncated: bool = False,
    at: str | None = None,
    by_primary: bool = True,
) -> dict[str, object]:
    """An answer as Envoy has it; its own answers bear no service time."""
    said = [("x-envoy-upstream-service-time", "12")] if by_primary else []
    headers = [(":status", str(status)), ("server", "envoy"), *more, *said]
    return message(headers, body, truncated=truncated, at=at)


def trace(request: object = None, response: object = None) -> bytes:
    """The text of a trace; a side that is None is not in it."""
    sides = {"request": request, "response": response}
    told = {"http_buffered_trace": {k: v for k, v in sides.items() if v is not None}}
    return json.dumps(told, indent=1).encode() + b"\n"
