"""Recordings as a way in: reads files in order, and gives the intake what they hold.

This is no live path: nothing is let go for want of room, and the recorded pace is kept.
"""

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from itertools import islice

from shadow.capture.intake import Intake
from shadow.capture.recordings.entry import (
    Entry,
    LeftOut,
    Recorded,
    RecordingError,
    can_be_asked,
)
from shadow.capture.recordings.files import Opened, Recording
from shadow.capture.recordings.pace import Pace
from shadow.capture.recordings.patience import PatientOffers
from shadow.model import Drop, Headers, Response, Skip

_MOST_AT_ONCE = 50
_MOST_SECONDS_AT_ONCE = 0.05
_TELL_SECONDS = 0.5
_SWITCHING = 101


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a replay is. `read_bytes` of `total_bytes` are read; the rest are entries.

    Of the `entries`, `skipped` were left out, by reason; of the others, `before` were counted in
    another run, and `unsettled` are with the workers. `broken` says what could not be read on.
    """

    entries: int = 0
    read_bytes: int = 0
    total_bytes: int = 0
    skipped: tuple[tuple[str, int], ...] = ()
    before: int = 0
    unsettled: int = 0
    broken: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Which entries are replayed, and with what answer.

    `hosts` are globs over the names of hosts; without any it is the first host of each file. With
    `ask_primary`, the answer in the recording is left aside.
    """

    hosts: tuple[str, ...] = ()
    ask_primary: bool = False


class RecordingFront:
    """Replays recordings through an intake.

    `unsettled` tells how many exchanges workers have not committed yet.
    """

    def __init__(
        self,
        recordings: Sequence[Recording],
        choice: Choice,
        pace: Pace,
        intake: Intake,
        offers: PatientOffers,
        unsettled: Callable[[], int],
    ) -> None:
        self._recordings = recordings
        self._choice = choice
        self._pace = pace
        self._intake = intake
        self._offers = offers
        self._unsettled = unsettled
        self._skipped: Counter[str] = Counter()
        self._entries = self._bytes_before = self._told_bytes = 0
        self._broken: list[str] = []
        self._began: float | None = None

    async def run(self, stop: asyncio.Event, tell: Callable[[Progress], None]) -> bool:
        """Replay all, and wait until workers have committed it; false where `stop` came before.

        `tell` is called about twice a second, and at the end.
        """
        telling = asyncio.create_task(self._tell(tell))
        try:
            for recording in self._recordings:
                await self._replay(recording, stop)
            await self._settled(stop)
        finally:
            telling.cancel()
        tell(self.progress())
        return not stop.is_set()

    def progress(self) -> Progress:
        """How far it is."""
        return Progress(
            entries=self._entries,
            read_bytes=self._bytes_before + self._told_bytes,
            total_bytes=sum(recording.size for recording in self._recordings),
            skipped=tuple(sorted(self._skipped.items())),
            before=self._offers.before,
            unsettled=self._unsettled() + self._offers.is_pending,
            broken=tuple(self._broken),
        )

    async def _tell(self, tell: Callable[[Progress], None]) -> None:
        while True:
            tell(self.progress())
            await asyncio.sleep(_TELL_SECONDS)

    async def _replay(self, recording: Recording, stop: asyncio.Event) -> None:
        hosts = _Hosts(self._choice.hosts)
        ask_primary = self._choice.ask_primary or not recording.has_answers
        try:
            with Opened(recording) as opened:
                entries = opened.entries()
                # Reading and parsing happen elsewhere: workers must be heard meanwhile.
                while not stop.is_set() and (some := await asyncio.to_thread(_some, entries)):
                    for entry in some:
                        if isinstance(entry, RecordingError):
                            self._broken.append(f"{recording.path}: {entry}")
                        elif not stop.is_set():
                            await self._entry(entry, hosts, stop, ask_primary=ask_primary)
                    self._told_bytes = opened.read_bytes
        except OSError as error:
            self._broken.append(f"{recording.path}: {error.strerror}")
        if not stop.is_set():
            self._bytes_before += recording.size
            self._told_bytes = 0

    async def _entry(
        self, entry: Entry, hosts: "_Hosts", stop: asyncio.Event, *, ask_primary: bool
    ) -> None:
        self._entries += 1
        if isinstance(entry, LeftOut):
            self._skip(entry.reason)
            return
        reason = self._refusal(entry, hosts, ask_primary=ask_primary)
        if reason is not None:
            self._skip(reason)
            return
        await self._take(entry, stop, ask_primary=ask_primary)

    def _refusal(
        self, entry: Recorded, hosts: "_Hosts", *, ask_primary: bool
    ) -> Skip | Drop | None:
        """Why an entry is not replayed; None if it is."""
        request, most = entry.request, self._intake.max_body_bytes
        if not can_be_asked(request):
            return Skip.UNREADABLE
        if not hosts.has(entry.server):
            return Skip.OTHER_HOST
        refusal = self._intake.refusal(request.method, request.target, request.headers)
        if refusal is not None:
            return refusal
        if len(request.body) > most:
            return Skip.REQUEST_TOO_LARGE
        return None if ask_primary else _unfit(entry.response, most)

    async def _take(self, entry: Recorded, stop: asyncio.Event, *, ask_primary: bool) -> None:
        before = self._offers.before
        response = None if ask_primary else entry.response
        self._intake.take(entry.request, response, time.time() if entry.at is None else entry.at)
        if self._offers.before > before:
            self._pace.follow(entry.at)
            return
        await self._due(self._pace.due(entry.at), stop)
        # What has been taken when the end is asked for is handed over all the same.
        if not await self._offers.hand_over():
            self._intake.lost(Drop.QUEUE_FULL)

    async def _due(self, seconds: float, stop: asyncio.Event) -> None:
        """Wait until so many seconds after the first entry that was replayed."""
        now = asyncio.get_running_loop().time()
        if self._began is None:
            self._began = now - seconds
        wait = self._began + seconds - now
        if wait > 0:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), wait)

    async def _settled(self, stop: asyncio.Event) -> None:
        while self._unsettled() and not stop.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), _MOST_SECONDS_AT_ONCE)

    def _skip(self, reason: Skip | Drop) -> None:
        self._skipped[reason.value] += 1
        self._intake.skip(reason)


class _Hosts:
    """Whose requests are replayed: what a browser records goes to many servers."""

    def __init__(self, globs: tuple[str, ...]) -> None:
        self._globs = globs
        self._first = ""

    def has(self, server: str) -> bool:
        if not server:
            return True
        if self._globs:
            return any(fnmatchcase(server, glob.lower()) for glob in self._globs)
        self._first = self._first or server
        return server == self._first


def _some[T](entries: Iterator[T]) -> list[T]:
    """The next few entries, none at the end."""
    found: list[T] = []
    until = time.monotonic() + _MOST_SECONDS_AT_ONCE
    for entry in islice(entries, _MOST_AT_ONCE):
        found.append(entry)
        if time.monotonic() > until:
            break
    return found


def _unfit(response: Response | None, most_bytes: int) -> Skip | None:
    """Why a recorded answer is none to compare with; None if it is one."""
    if response is None:
        return Skip.NO_ANSWER
    if response.status == _SWITCHING:
        return Skip.UPGRADE
    if _is_event_stream(response.headers):
        return Skip.STREAM
    return Skip.RESPONSE_TOO_LARGE if len(response.body) > most_bytes else None


def _is_event_stream(headers: Headers) -> bool:
    kind = next((value for name, value in headers if name.lower() == b"content-type"), b"")
    return kind.lower().startswith(b"text/event-stream")
