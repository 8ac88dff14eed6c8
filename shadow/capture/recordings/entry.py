"""What a recording holds: entries, one for each request that was seen."""

import re
from dataclasses import dataclass

from shadow.model import Headers, Request, Response, Skip

MOST_ENTRY_BYTES = 64 * 1024 * 1024
"""A longer entry is passed over without being held."""
LONGEST_SECONDS = 86_400.0
"""A longer answer is taken for one that took a day."""

_UNFIT_IN_A_HEADER = re.compile(rb"[\x00\n\v\f\r]")
_END_OF_CALENDARS = 253_402_300_800.0
"""The year 10000."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """A request that can be asked again, and the answer it got.

    `response` is None where the recording has no complete answer. `at` is in epoch seconds, None
    where no time is told. `server` is the lower-cased name of the host that was asked, empty where
    the recording is of one server alone.
    """

    request: Request
    response: Response | None = None
    at: float | None = None
    server: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """An entry that cannot be asked again; `why` is for people and quotes nothing of it."""

    reason: Skip
    why: str


type Entry = Recorded | LeftOut


class EntryError(ValueError):
    """An entry that is not as it should be; the next one may be."""


class RecordingError(Exception):
    """A file that cannot be read any further; `position` is the byte where that is."""

    def __init__(self, problem: str, position: int) -> None:
        self.position = position
        super().__init__(f"{problem} (at byte {position:,})")


def unreadable(why: str) -> LeftOut:
    """An entry that is damaged."""
    return LeftOut(reason=Skip.UNREADABLE, why=why)


def can_be_asked(request: Request) -> bool:
    """Whether a request can be written as HTTP has it; what is in a file may be anything."""
    return not any(_UNFIT_IN_A_HEADER.search(value) for _, value in request.headers)


def moment(epoch_seconds: float | None) -> float | None:
    """A time as it is told, None for one that no calendar has."""
    told = epoch_seconds is not None and 0 < epoch_seconds < _END_OF_CALENDARS
    return epoch_seconds if told else None


def duration(seconds: float) -> float:
    """How long something took; what cannot be is no time, or the longest that may be."""
    return min(seconds, LONGEST_SECONDS) if seconds > 0 else 0.0


def header(headers: Headers, name: bytes) -> bytes | None:
    """The first value of a header; `name` is lower-cased."""
    return next((value for key, value in headers if key.lower() == name), None)
