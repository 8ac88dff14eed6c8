"""Examples as they rest in the store: cut to size, MessagePack, compressed (pure).

An example within the limits comes back exactly as it went in.
"""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

import msgspec
from msgspec import structs

from shadow.model import (
    Difference,
    DifferenceKind,
    Differences,
    Example,
    Failure,
    Headers,
    Reply,
    Request,
    Response,
)
from shadow.store.keys import kept

MAX_HEADER_BYTES = 16 * 1024
"""Headers of one message; those that are above it are left out, and a last header says so."""

MAX_DIFFERENCES = 500
"""Differences of one example; the first of each signature comes before its repeats."""

MAX_TEXT = 4 * 1024
"""Characters of a request target, a value, or a failure's detail."""

_LEFT_OUT = b"x-shadow-left-out"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Packed:
    """An Example with its candidate in one field for each type of reply."""

    exchange_id: str
    captured_at: float
    request: Request
    primary: Response
    response: Response | None
    failure: Failure | None
    differences: Differences


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(_Packed)


def pack(example: Example, max_bytes: int) -> bytes:
    """Write an example, its bodies cut so that together they have at most `max_bytes`."""
    response = example.candidate if isinstance(example.candidate, Response) else None
    failure = example.candidate if isinstance(example.candidate, Failure) else None
    bodies = (example.request.body, example.primary.body, response.body if response else b"")
    asked, known, new = _shares([len(body) for body in bodies], max_bytes)
    packed = _Packed(
        exchange_id=kept(example.exchange_id),
        captured_at=example.captured_at,
        request=_cut_request(example.request, asked),
        primary=_cut_response(example.primary, known),
        response=_cut_response(response, new) if response else None,
        failure=replace(failure, detail=_cut_text(failure.detail)) if failure else None,
        differences=_cut_differences(example.differences),
    )
    return zlib.compress(_encoder.encode(packed))


def unpack(content: bytes) -> Example:
    """Read what `pack` wrote; raises `ValueError` when it is damaged."""
    try:
        packed = _decoder.decode(zlib.decompress(content))
    except (zlib.error, msgspec.DecodeError) as error:
        raise ValueError(f"not an example: {error}") from error
    return Example(
        exchange_id=packed.exchange_id,
        captured_at=packed.captured_at,
        request=packed.request,
        primary=packed.primary,
        candidate=_reply(packed),
        differences=packed.differences,
    )


def _reply(packed: _Packed) -> Reply:
    reply = packed.response or packed.failure
    if reply is None:
        raise ValueError("not an example: no candidate's reply in it")
    return reply


def _shares(sizes: Sequence[int], total: int) -> list[int]:
    """Share `total` so that small ones get all they need and large ones the same each."""
    shares = [0] * len(sizes)
    for waiting, index in enumerate(sorted(range(len(sizes)), key=sizes.__getitem__)):
        shares[index] = min(sizes[index], total // (len(sizes) - waiting))
        total -= shares[index]
    return shares


def _cut_request(request: Request, room: int) -> Request:
    return structs.replace(
        request,
        method=_cut_text(request.method),
        target=_cut_text(request.target),
        headers=_cut_headers(request.headers),
        body=_cut_body(request.body, room),
    )


def _cut_response(response: Response, room: int) -> Response:
    return structs.replace(
        response, headers=_cut_headers(response.headers), body=_cut_body(response.body, room)
    )


def _cut_body(body: bytes, room: int) -> bytes:
    if len(body) <= room:
        return body
    mark = f"[cut: {len(body)} bytes in all]".encode()
    return body[: max(room - len(mark), 0)] + mark


def _cut_headers(headers: Headers) -> Headers:
    room = MAX_HEADER_BYTES
    for index, (name, value) in enumerate(headers):
        room -= len(name) + len(value)
        if room < 0:
            return (*headers[:index], (_LEFT_OUT, f"{len(headers) - index} headers".encode()))
    return headers


def _cut_differences(differences: Differences) -> Differences:
    if len(differences) > MAX_DIFFERENCES:
        differences = _firsts_first(differences)[:MAX_DIFFERENCES]
    return tuple(
        replace(
            d,
            location=kept(d.location),
            pointer=_cut_text(d.pointer),
            primary=_cut_text(d.primary) if d.primary is not None else None,
            candidate=_cut_text(d.candidate) if d.candidate is not None else None,
        )
        for d in differences
    )


def _firsts_first(differences: Differences) -> Differences:
    """Put the first difference of each signature before all repeats."""
    seen: set[tuple[str, DifferenceKind, str | None]] = set()
    firsts: list[Difference] = []
    repeats: list[Difference] = []
    for difference in differences:
        key = (difference.location, difference.kind, difference.excused_by)
        (repeats if key in seen else firsts).append(difference)
        seen.add(key)
    return (*firsts, *repeats)


def _cut_text(text: str) -> str:
    """Return `text` as UTF-8 can carry it, cut when it is too long."""
    text = text.encode("utf-8", "backslashreplace").decode()
    return text if len(text) <= MAX_TEXT else f"{text[:MAX_TEXT]}… [cut: {len(text)} in all]"
