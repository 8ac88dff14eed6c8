"""`shadow replay`: recordings replayed with all that needs on one machine, from begin to end."""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import msgspec
from rich.markup import escape
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn

from shadow.capture.recordings.files import Recording
from shadow.capture.recordings.front import Progress as Replayed
from shadow.check import require_reachable
from shadow.errors import UnavailableError
from shadow.model import Accounting
from shadow.pipeline import Batch
from shadow.report.plain import accounting_sum, visible
from shadow.serve import as_lines, rows_of_the_rest, to_its_end
from shadow.settings import Settings
from shadow.store.engine import open_store
from shadow.store.reader import StoreReader
from shadow.terminal import Terminal
from shadow.wiring.recordings import recordings_of, replay_name, to_go_on
from shadow.wiring.worker import commit_once

_LINE_SECONDS = 10.0
_LONGEST_PROBLEM = 500

_MOST_FILES_SHOWN = 10


def replay(
    settings: Settings, options: tuple[str, ...], out: Terminal, err: Terminal, *, from_start: bool
) -> None:
    """Replay the recordings of the settings until all is compared, or SIGTERM or Ctrl-C.

    `options` are those of the command line for all commands, for the children too. Raises
    `UsageError` for files that cannot be replayed, and `UnavailableError` at the end when one of
    them could not be read to its own.
    """
    recordings = recordings_of(settings)
    _require_targets(settings, recordings)
    commit_once(settings, Batch())
    name = to_go_on(replay_name(recordings, settings), settings, from_start=from_start)
    settings = _repeated(settings, name.repetition)
    out.news(_whereabouts(settings, recordings))
    followed = _Followed(recordings, err)
    with followed.shown():
        is_finished = to_its_end(settings, options, out, followed.hear)
    out.news(_said(followed.last, settings, is_finished=is_finished))
    if followed.last.broken:
        broken = "\n".join(visible(problem, _LONGEST_PROBLEM) for problem in followed.last.broken)
        raise UnavailableError(f"not all could be read; what is before it was replayed:\n{broken}")


def _require_targets(settings: Settings, recordings: Sequence[Recording]) -> None:
    """See to it that what has to be asked is there; entries would be counted as lost at once."""
    is_asked = settings.capture.recordings.ask_primary or not all(
        recording.has_answers for recording in recordings
    )
    if is_asked or settings.asks_primary_again:
        settings.require("primary")
    require_reachable(settings, primary=is_asked)


def _repeated(settings: Settings, repetition: int) -> Settings:
    recordings = settings.capture.recordings.model_copy(update={"repetition": repetition})
    capture = settings.capture.model_copy(update={"recordings": recordings})
    return settings.model_copy(update={"capture": capture})


class _Followed:
    """What the process that replays tells, and shows."""

    def __init__(self, recordings: Sequence[Recording], err: Terminal) -> None:
        self._err = err
        self._entries = _all_entries(recordings)
        self._bytes = sum(recording.size for recording in recordings)
        self._bar = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f} %"),
            TimeRemainingColumn(compact=True),
            console=err,
            transient=True,
        )
        self._task = self._bar.add_task("", total=self._entries or self._bytes)
        self._line_at = time.monotonic() + _LINE_SECONDS
        self.last = Replayed()

    @contextmanager
    def shown(self) -> Iterator[None]:
        """Show a bar on a terminal, and a line now and then elsewhere."""
        if not self._err.is_terminal:
            yield
            return
        with self._bar:
            yield

    def hear(self, told: Mapping[str, object]) -> None:
        """Take in how far it is."""
        self.last = msgspec.convert(told, Replayed)
        if self._err.is_terminal:
            done = self.last.entries if self._entries else self.last.read_bytes
            self._bar.update(self._task, completed=done, description=_in_short(self.last))
        elif time.monotonic() >= self._line_at:
            self._line_at = time.monotonic() + _LINE_SECONDS
            self._err.news(f"{_in_short(self.last)}, {self._percent()} %")

    def _percent(self) -> int:
        done, total = self.last.entries, self._entries
        if total is None:
            done, total = self.last.read_bytes, self._bytes
        return done * 100 // max(1, total)


def _all_entries(recordings: Sequence[Recording]) -> int | None:
    counts = [recording.entries for recording in recordings]
    known = [count for count in counts if count is not None]
    return sum(known) if len(known) == len(counts) else None


def _skipped(replayed: Replayed) -> int:
    return sum(number for _, number in replayed.skipped)


def _done(replayed: Replayed) -> int:
    return replayed.entries - _skipped(replayed) - replayed.before - replayed.unsettled


def _in_short(replayed: Replayed) -> str:
    parts = [f"{replayed.entries:,} entries", f"{_done(replayed):,} replayed"]
    if replayed.before:
        parts.append(f"{replayed.before:,} before")
    if replayed.skipped:
        parts.append(f"{_skipped(replayed):,} skipped")
    return ", ".join(parts)


def _said(replayed: Replayed, settings: Settings, *, is_finished: bool) -> str:
    """What came of it."""
    skipped = "".join(f"\n  skipped: {reason} {number:,}" for reason, number in replayed.skipped)
    before = f"\n  counted before: {replayed.before:,}" if replayed.before else ""
    end = "replayed" if is_finished else "stopped; the same command goes on from here"
    sums = f"{replayed.entries:,} entries, {_done(replayed):,} of them replayed"
    lines = (
        f"{end}: {sums}{before}{skipped}",
        _hints(replayed, settings),
        f"release {settings.release}: {accounting_sum(_accounting(settings))}",
        f"ask [bold]{escape(rows_of_the_rest(settings)['verdict'] or '')}[/]",
    )
    return "\n".join(line for line in lines if line)


def _hints(replayed: Replayed, settings: Settings) -> str:
    reasons = dict(replayed.skipped)
    hints = []
    if "other_host" in reasons and not settings.capture.recordings.host:
        hints.append("other_host: requests to others than the first host; --host takes them in")
    if "no_answer" in reasons:
        hints.append("no_answer: with --ask-primary these are asked of the primary")
    return "\n".join(f"  {hint}" for hint in hints)


def _accounting(settings: Settings) -> Accounting:
    engine = open_store(settings.store)
    try:
        return StoreReader(engine).counts(settings.release or "").accounting
    finally:
        engine.dispose()


def _files_shown(recordings: Sequence[Recording]) -> str:
    more = len(recordings) - _MOST_FILES_SHOWN
    shown = [_file_shown(each) for each in recordings[:_MOST_FILES_SHOWN]]
    return ", ".join(shown + [f"and {more} more"] * (more > 0))


def _whereabouts(settings: Settings, recordings: Sequence[Recording]) -> str:
    speed = settings.capture.recordings.speed
    rows = {
        "release": settings.release,
        "files": _files_shown(recordings),
        "speed": "as fast as it goes" if speed == "max" else f"{speed} of what was recorded",
        "primary": _primary_shown(settings, recordings),
        **rows_of_the_rest(settings),
    }
    return as_lines(rows)


def _file_shown(recording: Recording) -> str:
    return f"{visible(str(recording.path), _LONGEST_PROBLEM)} ({recording.kind})"


def _primary_shown(settings: Settings, recordings: Sequence[Recording]) -> str:
    if settings.capture.recordings.ask_primary:
        return f"{settings.primary}, asked again"
    if all(recording.has_answers for recording in recordings):
        return "as recorded"
    return f"as recorded, else {settings.primary}, asked again"
