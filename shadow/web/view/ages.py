"""Times as people think of them."""

from datetime import UTC, datetime
from typing import NamedTuple

from shadow.report.plain import moment

_MINUTE, _HOUR, _DAY = 60.0, 3600.0, 86_400.0


class Age(NamedTuple):
    """How long ago something was, the moment itself, and the same for machines."""

    said: str
    moment: str
    iso: str


def age(epoch_seconds: float, now: float) -> Age:
    """Say how long ago a moment was; what is a little ahead of our clock is now."""
    ago = now - epoch_seconds
    said = f"{lasting(ago)} ago" if ago >= _MINUTE else "just now" if ago > -_MINUTE else "later"
    iso = datetime.fromtimestamp(epoch_seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return Age(said=said, moment=moment(epoch_seconds), iso=iso)


def lasting(seconds: float) -> str:
    """Say how long something takes, in one unit: `3 min`, `26 h`, `12 days`."""
    if seconds < _MINUTE:
        return f"{max(seconds, 1):.0f} s"
    if seconds < 2 * _HOUR:
        return f"{seconds / _MINUTE:.0f} min"
    if seconds < 2 * _DAY:
        return f"{seconds / _HOUR:.0f} h"
    return f"{seconds / _DAY:.0f} days"
