"""Requests and replies in two passes: first all places, then, when all secrets are known, the rest.

Beginning a message redacts its places and gives a function that finishes it.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from msgspec import structs

from shadow.model import Failure, Headers, Reply, Request, Response
from shadow.redact.bodies import (
    Decode,
    Readable,
    cut_short,
    header_text,
    is_coded,
    note_instead,
    read_body,
)
from shadow.redact.places import Places
from shadow.redact.scrub import Scrub

_MARGIN_CHARS = 128
"""So much is left out at the end of a body that was not read to its end: half a secret at most."""

type Finish[Message] = Callable[[Scrub], Message]


@dataclass(frozen=True, slots=True, kw_only=True)
class Messages:
    """How messages are redacted.

    `kept_bytes` of a body are kept, `reply_bytes` of a reply's and `request_bytes` of a request's
    are looked at.
    """

    kept_bytes: int
    reply_bytes: int
    request_bytes: int
    decode: Decode

    def begin_request(self, request: Request, places: Places) -> Finish[Request]:
        """Redact a request's places."""
        target = _change_octets(request.target, places.target)
        headers, finish_body = self._begin_content(request, self.request_bytes, places)
        return lambda scrub: Request(
            method=scrub.text(request.method),
            target=_change_octets(target, scrub.text),
            headers=_finish_headers(headers, scrub),
            body=finish_body(scrub),
        )

    def begin_reply(self, reply: Reply, places: Places) -> Finish[Reply]:
        """Redact a reply's places."""
        if isinstance(reply, Failure):
            detail = places.text(reply.detail)
            return lambda scrub: replace(reply, detail=scrub.text(detail))
        return self.begin_response(reply, places)

    def begin_response(self, response: Response, places: Places) -> Finish[Response]:
        """Redact a response's places."""
        headers, finish_body = self._begin_content(response, self.reply_bytes, places)
        return lambda scrub: structs.replace(
            response, headers=_finish_headers(headers, scrub), body=finish_body(scrub)
        )

    def _begin_content(
        self, message: Request | Response, max_bytes: int, places: Places
    ) -> tuple[Headers, Finish[bytes]]:
        headers, body = message.headers, message.body
        content_type = header_text(headers, b"content-type")
        begun = _begin_headers(headers, places)
        readable = read_body(headers, body, max_bytes, self.decode)
        if readable is None:
            if not is_coded(headers):
                places.body(_text(body[:max_bytes]), content_type)
            return begun, lambda scrub: note_instead(headers, body, scrub.secrets).encode()
        draft = replace(readable, text=places.body(readable.text, content_type))
        plain = tuple(header for header in begun if header[0].lower() != b"content-encoding")
        return plain, lambda scrub: self._finish_body(draft, body, scrub)

    def _finish_body(self, readable: Readable, body: bytes, scrub: Scrub) -> bytes:
        window = readable.text[: self.reply_bytes]
        whole = readable.whole and len(window) == len(readable.text)
        clean = scrub.text(window)
        if whole and len(kept := _octets(clean)) <= self.kept_bytes:
            return kept
        if not whole:
            clean = clean[: -_MARGIN_CHARS - scrub.longest]
        note = f"[cut, {len(body):,} bytes in all, digest {scrub.secrets.digest(body)}]"
        return cut_short(clean, self.kept_bytes, note)


def _begin_headers(headers: Headers, places: Places) -> Headers:
    return tuple(
        (name, _octets(places.header(_text(name), _text(value)))) for name, value in headers
    )


def _finish_headers(headers: Headers, scrub: Scrub) -> Headers:
    clean = scrub.parts([_text(part) for header in headers for part in header])
    return tuple(zip(map(_octets, clean[::2]), map(_octets, clean[1::2]), strict=True))


def _change_octets(target: str, change: Callable[[str], str]) -> str:
    """Change a text in which each character stands for a byte."""
    return _octets(change(_text(target.encode("latin-1", "replace")))).decode("latin-1")


def _text(octets: bytes) -> str:
    return octets.decode("utf-8", "surrogateescape")


def _octets(text: str) -> bytes:
    """Bytes of a text; those that were no UTF-8 come back as they were."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")
