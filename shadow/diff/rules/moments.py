"""Moments in time, in the ways in which they are written."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from email.utils import parsedate_to_datetime
from fractions import Fraction

from shadow.diff.parse import Json
from shadow.diff.rules.values import Absent

_ISO = re.compile(
    r"(\d{4}-\d{2}-\d{2}|\d{8}(?=T))[T ](\d{2}:\d{2}(?::\d{2})?|\d{4}(?:\d{2})?)(?:[.,](\d{1,18}))?"
    r" ?(Z|z|UTC|[+-]\d{2}(?::?\d{2})?)?"
)
_END_OF_DAY = re.compile(r"24:?00(?::?00)?")
_MOST_CHARS = 64
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST, _LAST = 10**9, 4_100_000_000
"""Epoch seconds from 2001 to 2099; the same times 1,000 are milliseconds, and so on."""
_UNITS = (1, 10**3, 10**6, 10**9)


@dataclass(frozen=True, slots=True)
class Moment:
    """Seconds since 1970; where `is_local`, of a clock whose zone is not known."""

    seconds: Fraction
    is_local: bool = False


def moment_of(value: Json | Absent) -> Moment | None:
    """The moment that a text or an epoch names: ISO 8601, HTTP date, seconds to nanoseconds."""
    if isinstance(value, str):
        return _of_text(value) if len(value) <= _MOST_CHARS else None
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    if isinstance(value, Decimal) and not value.is_finite():
        return None
    for unit in _UNITS:
        if _FIRST * unit <= value < _LAST * unit:
            exact = repr(value) if isinstance(value, float) else value
            return Moment(Fraction(exact) / unit)
    return None


def _of_text(text: str) -> Moment | None:
    written = _ISO.fullmatch(text)
    try:
        return _of_http_date(text) if written is None else _of_iso(*written.groups())
    except (ValueError, OverflowError, TypeError, IndexError):
        return None


def _of_iso(day: str, time: str, fraction: str | None, zone: str | None) -> Moment:
    offset = "+00:00" if zone in {None, "Z", "z", "UTC"} else str(zone)
    is_midnight = _END_OF_DAY.fullmatch(time) is not None and not (fraction or "").strip("0")
    clock = "00:00" if is_midnight else time
    day = day if "-" in day else f"{day[:4]}-{day[4:6]}-{day[6:]}"
    clock = (
        clock if ":" in clock else ":".join(clock[at : at + 2] for at in range(0, len(clock), 2))
    )
    since = datetime.fromisoformat(f"{day}T{clock}{offset}") - _EPOCH
    seconds = Fraction((since.days + is_midnight) * 86_400 + since.seconds)
    if fraction:
        seconds += Fraction(int(fraction), 10 ** len(fraction))
    return Moment(seconds, is_local=zone is None)


def _of_http_date(text: str) -> Moment | None:
    if not text[:1].isalpha() or "," not in text[:10]:
        return None
    at = parsedate_to_datetime(text)
    if at.tzinfo is None:
        return None
    since = at - _EPOCH
    return Moment(Fraction(since.days * 86_400 + since.seconds))
