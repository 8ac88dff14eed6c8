"""Protobuf without a schema: what can be told from wire types alone."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

from shadow.diff.parse import Json
from shadow.diff.readers.content import TooLargeToReadError, UnreadableError

_DEEPEST = 32
"""Messages in messages; what is deeper is a text or bytes."""
_MOST_FIELDS = 500_000
_LARGEST_NUMBER = 2**29 - 1
_LARGEST_VALUE = 2**64 - 1
_LONGEST_VARINT = 10
_LONGEST_HEX = 1_024
_WIDTHS = {1: 8, 5: 4}
_MAY_BEGIN_A_MESSAGE = (b"\t", b"\n", b"\r")
_CONTROLS = frozenset(map(chr, {*range(0x20), 0x7F} - {*b"\t\n\r"}))

type _ReadNumber = Callable[[bytes, int], tuple[int, int]]


@dataclass(slots=True)
class Budget:
    """How many values may yet be read."""

    left: int = _MOST_FIELDS

    def spend(self, values: int = 1) -> None:
        """Account for values. Raises TooLargeToReadError where there are too many."""
        self.left -= values
        if self.left < 0:
            raise TooLargeToReadError(f"more than {_MOST_FIELDS:,} protobuf fields")


def read_by_wire_type(body: bytes, budget: Budget) -> dict[str, Json]:
    """The fields of a message by their numbers: `{"field1": [values…]}`.

    Raises UnreadableError for what is no message and for one with groups, TooLargeToReadError when
    the budget is spent.
    """
    fields, _ = _message(body, budget, _DEEPEST, varint)
    return fields


def read_delimited(content: bytes, budget: Budget, depth: int = _DEEPEST) -> Json:
    """What a field with a length holds: a text, a message, or `{"bytes": hex}`, as it looks.

    Different contents are different values: a message is one only in the spelling that writers
    use, and its fields are in `order` where that is not by their numbers.
    """
    text = _decoded(content)
    if text is not None and not content.startswith(_MAY_BEGIN_A_MESSAGE) and _is_printable(text):
        return text
    message = _guessed(content, budget, depth) if depth else None
    if message is not None:
        return message
    return _bytes(content) if text is None or _CONTROLS & set(text) else text


def fixed(value: bytes) -> Json:
    """A number of fixed width, of which nobody knows whether it is a float: its bytes in hex."""
    return {f"fixed{8 * len(value)}": value.hex()}


def varint(body: bytes, at: int) -> tuple[int, int]:
    """The number that begins at a place, and the place behind it. Raises UnreadableError."""
    if at < len(body) and body[at] < 0x80:
        return body[at], at + 1
    value = 0
    for shift in range(0, 7 * _LONGEST_VARINT, 7):
        if at >= len(body):
            raise UnreadableError("a protobuf message is cut short")
        byte = body[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80 and value <= _LARGEST_VALUE:
            return value, at
    raise UnreadableError("no protobuf message")


def _shortest_varint(body: bytes, at: int) -> tuple[int, int]:
    value, end = varint(body, at)
    if end - at > max(1, -(-value.bit_length() // 7)):
        raise UnreadableError("a number with needless bytes")
    return value, end


def _message(
    body: bytes, budget: Budget, depth: int, read_number: _ReadNumber
) -> tuple[dict[str, Json], list[int]]:
    """The fields of a message, and their numbers as they came."""
    values: dict[int, list[Json]] = {}
    order: list[int] = []
    at = 0
    while at < len(body):
        budget.spend()
        key, at = read_number(body, at)
        number, wire_type = key >> 3, key & 7
        if not 0 < number <= _LARGEST_NUMBER:
            raise UnreadableError("no protobuf message")
        if wire_type == 0:
            value, at = read_number(body, at)
            values.setdefault(number, []).append(value)
        else:
            size, at = _size(body, at, wire_type, read_number)
            content = body[at : at + size]
            at += size
            values.setdefault(number, []).append(
                read_delimited(content, budget, depth - 1) if wire_type == 2 else fixed(content)
            )
        order.append(number)
    return {f"field{number}": found for number, found in values.items()}, order


def _size(body: bytes, at: int, wire_type: int, read_number: _ReadNumber) -> tuple[int, int]:
    if wire_type == 2:
        size, at = read_number(body, at)
    elif wire_type in _WIDTHS:
        size = _WIDTHS[wire_type]
    else:
        raise UnreadableError("no protobuf message")
    if size > len(body) - at:
        raise UnreadableError("a protobuf message is cut short")
    return size, at


def _guessed(content: bytes, budget: Budget, depth: int) -> dict[str, Json] | None:
    try:
        fields, order = _message(content, budget, depth, _shortest_varint)
    except UnreadableError:
        return None
    is_by_number = all(first <= second for first, second in pairwise(order))
    return fields if is_by_number else {**fields, "order": list(order)}


def _decoded(content: bytes) -> str | None:
    try:
        return content.decode()
    except UnicodeDecodeError:
        return None


def _is_printable(text: str) -> bool:
    return text.replace("\n", "").replace("\t", "").replace("\r", "").isprintable()


def _bytes(content: bytes) -> Json:
    if len(content) <= _LONGEST_HEX:
        return {"bytes": content.hex()}
    return {"bytes": f"{len(content):,} bytes sha256:{hashlib.sha256(content).hexdigest()}"}
