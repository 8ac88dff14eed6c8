"""A pair of answers as it is given, and what comparing says of it."""

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Self

import msgspec

from shadow.diff.compare import Comparer
from shadow.diff.limits import Findings
from shadow.diff.parse import parse_json
from shadow.diff.readers.content import TooLargeToReadError, UnreadableError
from shadow.diff.rules.book import RuleBook
from shadow.diff.rules.rule import Rule
from shadow.model import Difference, DifferenceKind, Headers, Response

_SIDES = ("primary", "candidate", "secondary")

type ReadRules = Callable[[list[object]], tuple[Rule, ...]]
"""Makes rules of what a pair gives for them; raises an error that says what is wrong."""

type _Status = Annotated[int, msgspec.Meta(ge=100, le=599)]


_NO_ID = msgspec.Raw(b"null")
_NAMES_A_PAIR = re.compile(rb'"|-?[0-9]|null')


class PairError(ValueError):
    """A line is no pair; the message says why."""


class Sides[T](msgspec.Struct, forbid_unknown_fields=True):
    """Something for each side, where it is given."""

    primary: T | None = None
    candidate: T | None = None
    secondary: T | None = None

    def of(self, side: str) -> T | None:
        """What is given for one side."""
        value: T | None = getattr(self, side)
        return value


class Pair(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Two or three answers to one request: a line of the input of `shadow diff --pairs`."""

    id: msgspec.Raw = _NO_ID
    primary: str | None = None
    candidate: str | None = None
    secondary: str | None = None
    primary_base64: str | None = None
    candidate_base64: str | None = None
    secondary_base64: str | None = None
    content_type: str | None = None
    headers: Sides[list[tuple[str, str]]] = msgspec.field(default_factory=Sides)
    status: Sides[_Status] = msgspec.field(default_factory=Sides)
    method: str = "GET"
    rules: list[object] = msgspec.field(default_factory=list)

    @classmethod
    def read(cls, line: bytes) -> Self:
        """Read a line of JSON. Raises PairError for what is no pair."""
        try:
            pair = _DECODER.decode(line)
        except (msgspec.MsgspecError, RecursionError, ValueError) as error:
            raise PairError(f"is no pair: {str(error)[:200]}") from None
        if not isinstance(pair, cls):
            raise AssertionError("the decoder makes pairs")
        if not _NAMES_A_PAIR.match(bytes(pair.id)):
            raise PairError("has an id that is neither a text nor a number")
        for side in _SIDES:
            if getattr(pair, side) is not None and getattr(pair, f"{side}_base64") is not None:
                raise PairError(f"has {side} and {side}_base64: give one of them")
        for side in _SIDES[:2]:
            if pair.body(side) is None:
                raise PairError(f"has no {side}: give {side}, or {side}_base64")
        return pair

    def body(self, side: str) -> bytes | None:
        """The body of one side; None where none is given. Raises PairError for broken base64."""
        encoded: str | None = getattr(self, f"{side}_base64")
        if encoded is not None:
            try:
                return base64.b64decode(encoded, validate=True)
            except (binascii.Error, ValueError):
                raise PairError(f"{side}_base64 is not base64") from None
        text: str | None = getattr(self, side)
        return None if text is None else text.encode("utf-8", "surrogatepass")

    def typed(self) -> "Pair":
        """The pair as JSON, where nothing says what its bodies are and JSON is what they are."""
        is_told = self.content_type or any(map(self.headers.of, _SIDES))
        bodies = [body for side in _SIDES if (body := self.body(side)) is not None]
        if is_told or not all(map(_is_json, bodies)):
            return self
        return msgspec.structs.replace(self, content_type="application/json")

    def response(self, side: str) -> Response | None:
        """The answer of one side; None where there is none."""
        body = self.body(side)
        if body is None:
            return None
        return Response(
            status=self.status.of(side) or 200,
            headers=self._headers(side),
            body=body,
            seconds=0.0,
        )

    def _headers(self, side: str) -> Headers:
        given = self.headers.of(side)
        if given is None and side == "secondary":
            given = self.headers.of("primary")
        headers = [
            (name.encode("utf-8", "replace"), value.encode("utf-8", "replace"))
            for name, value in given or []
        ]
        if self.content_type and not any(name.lower() == b"content-type" for name, _ in headers):
            headers.append((b"content-type", self.content_type.encode("utf-8", "replace")))
        return tuple(headers)


_DECODER = msgspec.json.Decoder(Pair)


def _is_json(body: bytes) -> bool:
    try:
        parse_json(body)
    except (UnreadableError, TooLargeToReadError):
        return False
    return True


class _Named(msgspec.Struct):
    """What is known of a line that is no pair."""

    id: msgspec.Raw = _NO_ID


_NAME_DECODER = msgspec.json.Decoder(_Named)


def id_of(line: bytes) -> msgspec.Raw:
    """The id in a line, as it is written there; null where none can be made out."""
    try:
        id_ = _NAME_DECODER.decode(line).id
    except (msgspec.MsgspecError, RecursionError, ValueError):
        return _NO_ID
    return id_ if _NAMES_A_PAIR.match(bytes(id_)) else _NO_ID


type Compared = dict[str, object]
"""A line of the output: `id`, `verdict`, `differences`, and `noise` where a secondary is given.

The id is as it was written.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class PairComparer:
    """Compares pairs; `rules` hold for all of them, before those that a pair brings."""

    comparer: Comparer
    read_rules: ReadRules
    rules: tuple[Rule, ...] = ()

    def compare(self, pair: Pair) -> Compared:
        """Say what differs. Raises PairError, and what `read_rules` raises."""
        pair = pair.typed()
        primary, candidate = pair.response("primary"), pair.response("candidate")
        secondary = pair.response("secondary")
        if primary is None or candidate is None:
            raise PairError("has not both answers")
        rules = self._book(pair).at(None)
        found = self.comparer.compare(pair.method, primary, candidate, rules)
        if secondary is None:
            return compared(pair.id, found)
        noise = self.comparer.compare(pair.method, primary, secondary, rules)
        return compared(pair.id, found, noise)

    def _book(self, pair: Pair) -> RuleBook:
        rules = self.rules + (self.read_rules(pair.rules) if pair.rules else ())
        return RuleBook.of(rules, datetime.now(UTC).date())


def compared(id_: msgspec.Raw, found: Findings, noise: Findings | None = None) -> Compared:
    """The verdict on a pair, with all differences that are kept.

    What differs between primary and secondary too, at the same location and of the same kind,
    makes no pair different.
    """
    noisy = {(d.location, d.kind) for d in noise.outline()} if noise else set()
    counting = [
        d for d in found.outline() if d.excused_by is None and (d.location, d.kind) not in noisy
    ]
    outcome: Compared = {
        "id": id_,
        "verdict": _verdict({difference.kind for difference in counting}),
        "differences": [_shown(difference) for difference in found.differences()],
    }
    if noise is not None:
        outcome["noise"] = [_shown(difference) for difference in noise.differences()]
    return outcome


def unanswered(id_: msgspec.Raw, reason: str) -> Compared:
    """What is said of a pair whose comparison was ended from outside."""
    difference = Difference(location="reply", kind=DifferenceKind.UNDECIDED, candidate=reason)
    return {"id": id_, "verdict": "undecided", "differences": [_shown(difference)]}


def no_pair(place: str, reason: str, line: bytes) -> Compared:
    """What is said of a line that is no pair."""
    return {
        "id": id_of(line),
        "verdict": "undecided",
        "differences": [],
        "error": f"{place} {reason}",
    }


def _verdict(kinds: set[DifferenceKind]) -> str:
    if kinds - {DifferenceKind.UNDECIDED}:
        return "different"
    return "undecided" if kinds else "same"


def _shown(difference: Difference) -> Mapping[str, str | None]:
    return {
        "location": difference.location,
        "pointer": difference.pointer,
        "kind": difference.kind.value,
        "primary": _storable(difference.primary),
        "candidate": _storable(difference.candidate),
        "excused_by": _storable(difference.excused_by),
    }


def _storable(text: str | None) -> str | None:
    """A text without halves of characters, which no file can hold."""
    return None if text is None else text.encode("utf-8", "backslashreplace").decode()
