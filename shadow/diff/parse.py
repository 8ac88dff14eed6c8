"""Bytes to JSON values, without losing a digit and without dying of what a target sends."""

import json
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

import orjson

type Scalar = bool | int | float | Decimal | str | None
type Json = Scalar | list[Json] | dict[str, Json]
"""A parsed JSON value. Decimal stands for what int and float cannot hold, NaN and infinities too.

Two values of one `parse_pair` hold either floats or Decimals, never one of each.
"""


@dataclass(frozen=True, slots=True)
class Document:
    """A body that is JSON."""

    value: Json


class Unparsed(StrEnum):
    """Why a body is no document."""

    NOT_JSON = "not JSON"
    TOO_DEEP = "nested too deep to parse"


type Parsed = Document | Unparsed

# A double holds 15 decimal digits for sure: a run of 17 digits and points may lose some.
_EXACT_RUN = b"0" * 17
_TO_ZERO = bytes.maketrans(b"123456789.", b"0" * 10)
# int() refuses more digits than this by default (sys.int_info.default_max_str_digits).
_MAX_INT_DIGITS = 4_300


def parse_pair(primary: bytes, candidate: bytes) -> tuple[Parsed, Parsed]:
    """Parse two bodies by the same parser: the fast one where it is exact, else the exact one."""
    if not (_has_long_number(primary) or _has_long_number(candidate)):
        try:
            return Document(orjson.loads(primary)), Document(orjson.loads(candidate))
        except orjson.JSONDecodeError:
            pass
    return _parse_exactly(primary), _parse_exactly(candidate)


def _has_long_number(text: bytes) -> bool:
    return _EXACT_RUN in text.translate(_TO_ZERO)


def _parse_exactly(text: bytes) -> Parsed:
    try:
        value = json.loads(text, parse_int=_integer, parse_float=Decimal, parse_constant=Decimal)
    except RecursionError:
        return Unparsed.TOO_DEEP
    except (ValueError, ArithmeticError):
        return Unparsed.NOT_JSON
    return Document(value)


def _integer(digits: str) -> int | Decimal:
    return int(digits) if len(digits) <= _MAX_INT_DIGITS else Decimal(digits)
