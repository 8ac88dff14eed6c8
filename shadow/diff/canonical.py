"""One text for each JSON value: names sorted, types strict, equal numbers written alike."""

import json
from decimal import Decimal
from typing import NamedTuple

import orjson

from shadow.diff.parse import Json, Scalar

EXACT_FLOATS = 2**53
"""From here on, a float is another number than its shortest text is."""
# Beyond this, a whole number is written with an exponent instead of all its zeros.
_MAX_PLAIN_DIGITS = 4_000


class _Mark(NamedTuple):
    text: str


def fast_texts(values: list[Json]) -> list[str] | None:
    """A text for each value, by orjson; None when one of them is beyond it.

    Only comparable with each other: `1` and `1.0` have two texts here.
    """
    try:
        # Decoding costs less than it saves: orjson's bytes keep a buffer of a kilobyte each.
        return [orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode() for value in values]
    except orjson.JSONEncodeError:
        return None


def exact_text(value: Json) -> str:
    """The canonical text of any value at any depth; valid JSON but for NaN and infinities."""
    parts: list[str] = []
    stack: list[Json | _Mark] = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, _Mark):
            parts.append(item.text)
        elif isinstance(item, dict):
            parts.append("{")
            stack.append(_Mark("}"))
            for name in sorted(item, reverse=True):
                stack += (item[name], _Mark(f"{json.dumps(name)}:"), _Mark(","))
            _drop_first_comma(stack, len(item))
        elif isinstance(item, list):
            parts.append("[")
            stack.append(_Mark("]"))
            for element in reversed(item):
                stack += (element, _Mark(","))
            _drop_first_comma(stack, len(item))
        else:
            parts.append(_scalar_text(item))
    return "".join(parts)


def _drop_first_comma(stack: list[Json | _Mark], members: int) -> None:
    if members:
        stack.pop()


def _scalar_text(value: Scalar) -> str:
    match value:
        case None | bool() | str():
            return json.dumps(value)
        case int():
            return str(value)
        case float():
            return _float_text(value)
        case Decimal():
            return _decimal_text(value)


def _float_text(value: float) -> str:
    if not value.is_integer():
        return repr(value)
    return str(int(value)) if abs(value) < EXACT_FLOATS else _decimal_text(Decimal(repr(value)))


def _decimal_text(value: Decimal) -> str:
    if not value.is_finite():
        return str(value)
    sign, digits, exponent = value.as_tuple()
    significant = "".join(map(str, digits)).lstrip("0")
    stripped = significant.rstrip("0")
    power = int(exponent) + len(significant) - len(stripped)
    if not stripped:
        return "0"
    minus = "-" if sign else ""
    if power >= 0 and len(stripped) + power <= _MAX_PLAIN_DIGITS:
        return minus + stripped + "0" * power
    return f"{minus}{stripped}e{power}"
