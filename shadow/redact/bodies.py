"""Bodies as they may be kept: as text that can be searched, or as a note of what was there."""

import codecs
import re
from collections.abc import Callable
from dataclasses import dataclass

from shadow.model import Headers
from shadow.redact.secrets import MARK, Secrets

type Decode = Callable[[Headers, bytes], bytes | None]
"""Undoes the content codings that headers name, within bounds; None where that can't be done."""

_CODING = re.compile(r"[a-z0-9-]{1,20}")
_PART_OF_TOKEN = len(MARK) + 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Readable:
    """The beginning of a body as text; `whole` when that is all of it."""

    text: str
    whole: bool


def not_decoded(headers: Headers, body: bytes) -> bytes | None:  # noqa: ARG001 - a Decode
    """Decode nothing: of a body with a content coding only a note is kept."""
    return None


def header_text(headers: Headers, name: bytes) -> str:
    """The values of a header in one text."""
    values = (value for known, value in headers if known.lower() == name)
    return b", ".join(values).decode("latin-1").strip()


def is_coded(headers: Headers) -> bool:
    """Tell whether a body has a content coding."""
    return header_text(headers, b"content-encoding").lower() not in {"", "identity"}


def read_body(headers: Headers, body: bytes, max_bytes: int, decode: Decode) -> Readable | None:
    """A body as text without content coding, at most `max_bytes`; None where it is no UTF-8."""
    plain = decode(headers, body) if is_coded(headers) else body
    if plain is None or b"\0" in plain[:max_bytes]:
        return None
    whole = len(plain) <= max_bytes
    try:
        text = codecs.getincrementaldecoder("utf-8")().decode(plain[:max_bytes], final=whole)
    except UnicodeDecodeError:
        return None
    return Readable(text=text, whole=whole)


def note_instead(headers: Headers, body: bytes, secrets: Secrets) -> str:
    """What stands for a body that cannot be searched: `[gzip body, 1,234 bytes, digest …]`."""
    coding = header_text(headers, b"content-encoding").lower() if is_coded(headers) else "binary"
    kind = coding if _CODING.fullmatch(coding) else "encoded"
    return f"[{kind} body, {len(body):,} bytes, digest {secrets.digest(body)}]"


def cut_short(text: str, max_bytes: int, note: str) -> bytes:
    """The beginning of a redacted text and a note, together at most `max_bytes`.

    Neither a character nor a token is cut in two.
    """
    ending = f"… {note}".encode()[:max_bytes]
    kept = text.encode("utf-8", "surrogatepass")[: max_bytes - len(ending)]
    token = kept.rfind(MARK.encode(), max(0, len(kept) - _PART_OF_TOKEN + 1))
    whole = kept[:token] if token >= 0 else kept
    return whole.decode("utf-8", "ignore").encode() + ending
