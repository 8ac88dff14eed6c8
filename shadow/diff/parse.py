"""Bytes to JSON values, without losing a digit or a name, and without dying of what is sent.

The fast parser reads first. It keeps the last of equal names and rounds long numbers; where the
text shows that this may have happened, slower and exact ones read again.
"""

import json
import re
from decimal import Decimal

import msgspec
import orjson

from shadow.diff.readers.content import TooLargeToReadError, UnreadableError

type Scalar = bool | int | float | Decimal | str | None
type Json = Scalar | list[Json] | dict[str, Json]
"""A parsed JSON value.

Decimal stands for the numbers that no float is the shortest text of, and for NaN and infinities: a
float and a Decimal are never equal. A float stands for its shortest text: from 2^53 on that is
another number than its bits are.
"""

MAX_VALUES = 3_000_000
"""So many values in one document at most: they take up to a hundred bytes each."""

# A double holds 15 decimal digits for sure. A run of 17 digits, points and exponents may be more;
# one of 16 is a whole number, which is kept.
_LONG_RUN = b"0" * 17
_DIGITS_AS_ZERO = bytes.maketrans(b"123456789.eE", b"0" * 12)
_SHORT_NUMBER = 15
# Floats below this have fewer digits, or none: 2.2250738585072014e-308 is the smallest normal one.
_FEWER_DIGITS = 1e-300
_TINY = re.compile(rb"[0-9][eE]-0*[1-9][0-9]{2}")
# What is left of such a number when its digits and its e are zeros.
_TINY_AS_ZEROS = b"0-000"
_REPEATED = re.compile(r" \([0-9]+(?:st|nd|rd|th) of [0-9]+\)\Z")
# int() refuses more digits than this by default (sys.int_info.default_max_str_digits).
_MAX_INT_DIGITS = 4_300
_INFINITE = float("inf")
_FEW_BYTES = 2 * MAX_VALUES
_SPACE = b" \t\r\n"
_FIRST_TURN = b" (1st of "
_NOT_JSON = "not JSON"
_TOO_DEEP = "nested too deep to parse"
_ORDINALS = {1: "1st", 2: "2nd", 3: "3rd"}


def parse_json(text: bytes) -> Json:
    """Parse one document in UTF-8, UTF-16 or UTF-32, with or without a byte order mark.

    Where an object has one name several times, the last value has the name, and each earlier one
    is named for its turn: `price (1st of 2)`; a name that ends so itself gets ` (1st of 1)`.
    Raises UnreadableError for what is not JSON, TooLargeToReadError for what is nested too deep or
    holds too many values.
    """
    return parse_utf8(_as_utf8(text))


def parse_utf8(text: bytes) -> Json:
    """Parse one document in UTF-8 without a byte order mark, as `parse_json` does."""
    require_room(text)
    try:
        value: Json = orjson.loads(text)
    except orjson.JSONDecodeError:
        return _parse_numbers(text)
    return _as_it_stands(value, text)


def require_room(text: bytes) -> None:
    """Raise TooLargeToReadError if a document may hold too many values."""
    if len(text) > _FEW_BYTES and _most_values(text) > MAX_VALUES:
        raise TooLargeToReadError(f"more than {MAX_VALUES:,} values")


def _as_it_stands(value: Json, text: bytes) -> Json:
    """What orjson made of a text; where it may have lost anything, what an exact parser makes.

    A value that is, when written, the very text has lost nothing.
    """
    written = _written(value)
    if written != text and not _differ_in_space(text, written):
        if _may_lose_digits(text):
            return _parse_numbers(text)
        if not _has_all_names(text, written):
            return _parse_all_names(text)
    return _parse_all_names(text) if _looks_marked(text) else value


def _looks_marked(text: bytes) -> bool:
    """Whether a name in it may be spelt as repeated ones are."""
    return b"(" in text and _FIRST_TURN in text


def _differ_in_space(text: bytes, written: bytes | None) -> bool:
    """Whether two texts are one but for white space: nothing is lost that is written again."""
    if written is None or len(written) > len(text):
        return False
    return text.translate(None, _SPACE) == written.translate(None, _SPACE)


def _may_lose_digits(text: bytes) -> bool:
    """Whether a number may be too long or too small for a float."""
    zeros = text.translate(_DIGITS_AS_ZERO)
    return _LONG_RUN in zeros or (_TINY_AS_ZEROS in zeros and _TINY.search(text) is not None)


def _written(value: Json) -> bytes | None:
    """What orjson writes of a value; None for one that is beyond it."""
    try:
        return orjson.dumps(value)
    except orjson.JSONEncodeError:
        return None


def _as_utf8(text: bytes) -> bytes:
    """Undo what RFC 8259 rules out and servers send."""
    if text.startswith(b"\xef\xbb\xbf"):
        return text[3:]
    if b"\0" not in text[:4] and not text.startswith((b"\xff\xfe", b"\xfe\xff")):
        return text
    try:
        decoded = text.decode(json.detect_encoding(text)).removeprefix("\ufeff")
        return decoded.encode()
    except UnicodeError:
        raise UnreadableError(_NOT_JSON) from None


def _most_values(text: bytes) -> int:
    return text.count(b",") + text.count(b"[") + text.count(b"{") + 1


def _parse_numbers(text: bytes) -> Json:
    """Parse with every digit of every number, by a parser that is nearly as fast."""
    try:
        value: Json = _EXACT.decode(text)
    except (msgspec.MsgspecError, ValueError, ArithmeticError, RecursionError):
        return _parse_all_names(text)
    has_all = _has_all_names(text, _written(value)) and not _looks_marked(text)
    return value if has_all else _parse_all_names(text)


def _parse_all_names(text: bytes) -> Json:
    """Parse all that is JSON in any way, and see every name."""
    try:
        value: Json = json.loads(
            text,
            object_pairs_hook=_all_members,
            parse_int=_integer,
            parse_float=_number,
            parse_constant=Decimal,
        )
    except RecursionError:
        raise TooLargeToReadError(_TOO_DEEP) from None
    except (ValueError, ArithmeticError):
        raise UnreadableError(_NOT_JSON) from None
    return value


def _integer(digits: str) -> int | Decimal:
    return int(digits) if len(digits) <= _MAX_INT_DIGITS else Decimal(digits)


def _number(text: str) -> float | Decimal:
    """The float whose shortest text is this number, else the number itself."""
    number = float(text)
    if len(text) <= _SHORT_NUMBER and _FEWER_DIGITS < abs(number) < _INFINITE:
        return number
    shortest = repr(number)
    if shortest == text:
        return number
    exact = Decimal(text)
    return number if exact == Decimal(shortest) else exact


def _has_all_names(text: bytes, written: bytes | None) -> bool:
    """Tell whether no name stands twice in one object: the text would have more colons.

    Only the last of equal names is in `written`. Every other colon of the text is there again, in
    names, in values and behind names; but an escaped one is counted twice.
    """
    colons = text.count(b":")
    if not colons:
        return True
    has_escaped = b"\\" in text and b"\\u003" in text
    return written is not None and written.count(b":") == colons and not has_escaped


def _all_members(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    pairs = [(f"{n} (1st of 1)" if _REPEATED.search(n) else n, value) for n, value in pairs]
    members = dict(pairs)
    if len(members) == len(pairs):
        return members
    last = {name: at for at, (name, _) in enumerate(pairs)}
    times: dict[str, int] = {}
    for name, _ in pairs:
        times[name] = times.get(name, 0) + 1
    turns: dict[str, int] = {}
    for at, (name, value) in enumerate(pairs):
        turns[name] = turns.get(name, 0) + 1
        if at != last[name]:
            marked = f"{name} ({_ordinal(turns[name])} of {times[name]})"
            if marked in members:
                raise ValueError(marked)
            members[marked] = value
    return members


def _ordinal(turn: int) -> str:
    return _ORDINALS.get(turn, f"{turn}th")


_EXACT = msgspec.json.Decoder(float_hook=_number)
