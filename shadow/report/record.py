"""A verdict as it is kept: the JSON document of `shadow.report.json`, named by its own digest.

A document that would be too large is thinned: first its examples go, which the store keeps for
itself as well, then the ends of its lists, weakest evidence first. `left_out` says what.
"""

import json
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256

from shadow.model import Example, Signature, Verdict
from shadow.report.json import Json, verdict_document

MAX_CONTENT_BYTES = 256 * 1024
"""A record of more bytes, compressed, is thinned; the last thinning counts whatever its size."""

_LISTS = (
    *("findings", "suspects", "accepted", "noise", "excused"),
    *("endpoints", "coverage", "rule_notices"),
)
_LENGTHS = (1_000, 100, 10)
_ID_CHARS = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictRecord:
    """A verdict to be kept; `id` are the first 32 hexadecimal digits of its text's SHA-256."""

    id: str
    content: bytes


def record_of(
    verdict: Verdict,
    examples: Mapping[Signature, Example],
    max_bytes: int = MAX_CONTENT_BYTES,
) -> VerdictRecord:
    """Write a verdict that has no id yet as a record, thinned until it has `max_bytes`."""
    for document in _ever_thinner(verdict, examples):
        text = json.dumps(document, sort_keys=True, separators=(",", ":"), allow_nan=False)
        content = zlib.compress(text.encode())
        if len(content) <= max_bytes:
            break
    return VerdictRecord(id=_digest(text.encode()), content=content)


def read_record(content: bytes, verdict_id: str) -> str:
    """Return the JSON document of a record, indented.

    Raises ValueError when it is damaged, or is not what `verdict_id` was given to.
    """
    try:
        text = zlib.decompress(content)
    except zlib.error as error:
        raise ValueError(f"cannot be read: {error}") from error
    if _digest(text) != verdict_id:
        raise ValueError("is not what it was when it was stored")
    document = json.loads(text)
    return json.dumps({**document, "id": verdict_id}, indent=2) + "\n"


def _ever_thinner(
    verdict: Verdict, examples: Mapping[Signature, Example]
) -> Iterator[dict[str, Json]]:
    yield _without_id(verdict_document(verdict, examples))
    plain = _without_id(verdict_document(verdict, {}))
    yield {**plain, "left_out": {"examples": len(examples)}}
    for length in _LENGTHS:
        yield _shortened(plain, len(examples), length)


def _shortened(document: Mapping[str, Json], examples: int, length: int) -> dict[str, Json]:
    left_out: dict[str, Json] = {"examples": examples}
    short = dict(document)
    for name in _LISTS:
        entries = document[name]
        if isinstance(entries, list) and len(entries) > length:
            short[name] = entries[:length]
            left_out[name] = _total(document, name, len(entries)) - length
    return {**short, "left_out": left_out}


def _total(document: Mapping[str, Json], name: str, listed: int) -> int:
    """How many there are of a list that the document may hold the first of only."""
    totals = document["totals"]
    total = totals.get(name) if isinstance(totals, dict) else None
    return total if isinstance(total, int) else listed


def _without_id(document: Mapping[str, Json]) -> dict[str, Json]:
    return {name: value for name, value in document.items() if name != "id"}


def _digest(text: bytes) -> str:
    return sha256(text).hexdigest()[:_ID_CHARS]
