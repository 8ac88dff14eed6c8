"""The form of a scalar, apart from its value: the noise model at the level of one value.

A timestamp that becomes another timestamp is noise; one that becomes "" or an epoch is not. Two
draws from one generator must practically never be told apart, so forms that random values share
(a token without a digit looks like a word, a hex string may be all digits) are compatible.
"""

import re
from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache
from operator import add
from string import ascii_lowercase, ascii_uppercase, digits
from typing import TypeGuard, cast

from shadow.diff.identifiers import DATE, EMAIL, PREFIXED, ULID, UUID, is_jumbled
from shadow.diff.parse import Json, Scalar

type Number = int | float | Decimal

_MAX_CHARS = 2_048
_FORMS_KEPT = 4_096
_MAX_KEPT_CHARS = 128
_GLANCE_CHARS = (10, 128)
_MASK = str.maketrans(
    digits + ascii_lowercase + ascii_uppercase,
    "0" * len(digits) + "a" * len(ascii_lowercase) + "A" * len(ascii_uppercase),
)
_LONG = 16
"""From so many characters on, a random token is told from a word or a code."""
_SHORT = 5
_DIGESTS = frozenset({32, 40, 64, 96, 128})
"""Lengths of MD5, SHA-1, SHA-256, SHA-384 and SHA-512 in hex."""

_TIME = r"\d{2}:\d{2}(?::\d{2}(?:[.,]\d{1,12})?)?"
_FORMS = (
    ("empty", re.compile(r"\s*")),
    ("uuid", UUID),
    ("timestamp in UTC", re.compile(DATE.pattern + r"[T ]" + _TIME + r" ?(?:Z|UTC)")),
    ("timestamp with offset", re.compile(DATE.pattern + r"[T ]" + _TIME + r" ?[+-]\d{2}:?\d{2}")),
    ("timestamp without zone", re.compile(DATE.pattern + r"[T ]" + _TIME)),
    ("HTTP date", re.compile(r"[A-Z][a-z]{2}, \d{1,2} [A-Z][a-z]{2} \d{4} [\d:]{8} \S{3,5}")),
    ("date", DATE),
    ("time", re.compile(_TIME)),
    ("email", EMAIL),
    ("url", re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://\S+")),
    ("jwt", re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w-]*")),
    ("digits", re.compile(r"[+-]?[0-9]+")),
    (
        "number",
        re.compile(r"[+-]?(?:[0-9]+|[0-9]{1,3}(?:,[0-9]{3})+)(?:\.[0-9]+)?"),
    ),
    ("hex", re.compile(r"(?:[0-9a-f]{16,}|[0-9A-F]{16,})")),
    ("ulid", ULID),
    ("prefixed id", PREFIXED),
    ("boolean", re.compile(r"true|false", re.IGNORECASE)),
    ("placeholder", re.compile(r"n/?a|null|none|nil|undefined|nan|invalid date|-+", re.IGNORECASE)),
    ("word", re.compile(r"[^\W\d_]+(?:[-_.'][^\W\d_]+)*[-_.]?")),
    ("path", re.compile(r"/\S*")),
    ("code", re.compile(r"[A-Za-z0-9_+/=-]+")),
)
_DATE_MASK = "0000-00-00"
_MONTHS = frozenset(f"{month:02}" for month in range(1, 13))
_MIXED = re.compile(r"(?=.*[a-z])(?=.*[A-Z])(?=.*[0-9])")
_FREE = frozenset({"placeholder", "word", "text", "code", "path"})
"""Forms of what people write; they tell nothing among each other."""

_RANDOM = frozenset(
    {
        frozenset({"digits", "code"}),
        frozenset({"digits", "token"}),
        frozenset({"digits", "hex"}),
        frozenset({"code", "token"}),
        frozenset({"word", "token"}),
        frozenset({"word", "prefixed id"}),
        frozenset({"code", "hex"}),
        frozenset({"path", "token"}),
        frozenset({"ulid", "token"}),
        frozenset({"prefixed id", "token"}),
        frozenset({"prefixed id", "code"}),
    }
)
"""Forms that one generator of random texts can give, if of about one length."""

_EPOCH_SECONDS = (1_000_000_000, 4_100_000_000)
"""2001 to 2099: as milliseconds the same, times 1,000."""
_NO_MOMENT = frozenset({-62_135_596_800, -62_135_596_800_000})
"""Year 1: the zero time of Go and .NET, in seconds and in milliseconds."""
_SMALL_NEGATIVE = -1_000_000


def shape_of(value: Scalar) -> str:
    """Name the form of a scalar: `uuid`, `timestamp in UTC`, `hex-32`, `word`, `integer`, …."""
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case str():
            form = _text_form(value)
            return f"hex-{len(value)}" if form == "hex" else form
        case _:
            return _number_form(value)


def shape_changed(primary: Scalar, candidate: Scalar) -> bool:
    """Tell whether two different values of one JSON type differ in form and not just in value."""
    if isinstance(primary, str) and isinstance(candidate, str):
        return not _are_alike(primary, candidate) and _text_form_changed(primary, candidate)
    if _is_number(primary) and _is_number(candidate):
        return _number_form_changed(primary, candidate)
    return False


def have_one_shape(primary: Sequence[Json], candidate: Sequence[Json]) -> bool:
    """Tell at a glance that values of a column differ in value only, if they do.

    False says nothing: each pair must then be looked at.
    """
    try:
        lines = "\n".join("\n".join(cast("Sequence[str]", s)) for s in (primary, candidate))
    except TypeError:
        return _are_plain_numbers((*primary, *candidate))
    return _have_one_mask(lines, len(lines) // (len(primary) + len(candidate)))


def _are_plain_numbers(column: Sequence[Json]) -> bool:
    """Whether all are numbers too small to be moments."""
    if not {*map(type, column)} <= {int, float}:
        return False
    numbers = cast("Sequence[float]", column)
    return -_EPOCH_SECONDS[0] < min(numbers) and max(numbers) < _EPOCH_SECONDS[0]


def _have_one_mask(lines: str, width: int) -> bool:
    """Whether lines of one width, half of them the primary's, have the same forms in turn."""
    ends = lines[width :: width + 1]
    if not _GLANCE_CHARS[0] <= width <= _GLANCE_CHARS[1] or ends.count("\n") != len(ends):
        return False
    mask = lines.translate(_MASK)
    half = len(mask) // 2
    if mask[:half] != mask[half + 1 :]:
        return False
    if not mask.startswith(_DATE_MASK):
        return _DATE_MASK not in mask
    return {*map(add, lines[5 :: width + 1], lines[6 :: width + 1])} <= _MONTHS


def _are_alike(primary: str, candidate: str) -> bool:
    """Tell at a glance that two texts have one form: letters and digits in the same places.

    Short texts may be words that stand for nothing; and digits in the places of a date may be none.
    """
    if not _GLANCE_CHARS[0] <= len(primary) == len(candidate) <= _GLANCE_CHARS[1]:
        return False
    mask = primary.translate(_MASK)
    if mask != candidate.translate(_MASK):
        return False
    if not mask.startswith(_DATE_MASK):
        return True
    return DATE.match(primary) is not None and DATE.match(candidate) is not None


def _text_form(text: str) -> str:
    return _kept_form(text) if len(text) <= _MAX_KEPT_CHARS else _found_form(text)


@lru_cache(maxsize=_FORMS_KEPT)
def _kept_form(text: str) -> str:
    """The primary's texts are asked for again, for each reply that differs from them."""
    return _found_form(text)


def _found_form(text: str) -> str:
    if len(text) > _MAX_CHARS:
        return "text"
    form = next((name for name, pattern in _FORMS if pattern.fullmatch(text)), "text")
    return "token" if form == "code" and len(text) >= _LONG and _is_random(text) else form


def _is_random(text: str) -> bool:
    """Tell a token from a slug, which is in lower case and has words."""
    return _MIXED.match(text) is not None or is_jumbled(text)


def _text_form_changed(primary: str, candidate: str) -> bool:
    forms = frozenset({_text_form(primary), _text_form(candidate)})
    shorter, longer = sorted((len(primary), len(candidate)))
    if forms == {"hex"}:
        return shorter != longer and {shorter, longer} <= _DIGESTS
    if len(forms) == 1 or forms <= _FREE or forms == {"digits", "number"}:
        return False
    if forms == {"digits", "word"}:
        return longer > _SHORT
    return forms not in _RANDOM or shorter * 2 < longer


def _is_number(value: Scalar) -> TypeGuard[Number]:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def _number_form(number: Number) -> str:
    if isinstance(number, Decimal) and not number.is_finite():
        return "not a number"
    if _EPOCH_SECONDS[0] <= number < _EPOCH_SECONDS[1]:
        return "epoch seconds"
    if _EPOCH_SECONDS[0] * 1_000 <= number < _EPOCH_SECONDS[1] * 1_000:
        return "epoch milliseconds"
    return "integer" if isinstance(number, int) else "decimal"


def _number_form_changed(primary: Number, candidate: Number) -> bool:
    forms = {_number_form(primary), _number_form(candidate)}
    if len(forms) == 1:
        return False
    if "not a number" in forms or forms == {"epoch seconds", "epoch milliseconds"}:
        return True
    is_time = not forms.isdisjoint({"epoch seconds", "epoch milliseconds"})
    return is_time and (_is_no_moment(primary) or _is_no_moment(candidate))


def _is_no_moment(number: Number) -> bool:
    """Tell what stands for "no time" from any number; large negative ones are just numbers."""
    return _SMALL_NEGATIVE < number <= 0 or number in _NO_MOMENT
