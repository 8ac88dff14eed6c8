"""The file that pauses capture while it is there, and what live processes say beside it.

It needs nothing else to be alive: no supervisor, worker or store, and `touch` and `rm` do as well
as the commands. Each live process keeps a file of its own beside it, `NAME.live-PID`, locked as
long as it lives, with a word on how it stands.
"""

import contextlib
import fcntl
import json
import logging
import os
import stat
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import Event, Thread

from shadow.errors import UnavailableError

logger = logging.getLogger(__name__)

LOOK_SECONDS = 0.5
"""How often a live process looks."""

_PATIENCE_SECONDS = 1.0
_MOST_STATE_BYTES = 4096
_MOST_PROCESSES = 256
_LONGEST_TEXT = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveState:
    """How a live process says it stands: `capturing`, `paused`, `stopped: memory` …

    `at` is when that was decided, in seconds of the monotonic clock that all processes share.
    """

    pid: int
    state: str
    paused_by: tuple[str, ...]
    at: float


class PauseWatch:
    """Looks at a pause file from a live process, and keeps the word beside it up to date.

    On a thread of its own: a file system that hangs must hold up no user. `present` is whether the
    file was there when it last looked.
    """

    def __init__(self, file: Path) -> None:
        self.file = file
        self.present = False
        self._said = self._written = LiveState(pid=os.getpid(), state="", paused_by=(), at=0.0)
        self._looked = Event()
        self._stopped = Event()
        self._thread = Thread(target=self._run, daemon=True, name="pause-watch")
        self._own: int | None = None
        self._told = False

    def start(self) -> None:
        """Begin to look; wait a little for the first time, so that a start finds its pause."""
        self._thread.start()
        self._looked.wait(_PATIENCE_SECONDS)

    def say(self, state: str, paused_by: tuple[str, ...], at: float) -> None:
        """Tell how this process stands, with the next look."""
        self._said = LiveState(pid=os.getpid(), state=state, paused_by=paused_by, at=at)

    def stop(self) -> None:
        """End, and take the word away; not waited for where the file system hangs."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join(_PATIENCE_SECONDS)

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                self.present = _is_there(self.file)
                self._write()
            except OSError as error:
                self._tell(error)
            self._looked.set()
            self._stopped.wait(LOOK_SECONDS)
        self._take_away()

    def _take_away(self) -> None:
        if self._own is None:
            return
        with contextlib.suppress(OSError):
            _word_of(self.file, os.getpid()).unlink()
        os.close(self._own)

    def _write(self) -> None:
        said, word_at = self._said, _word_of(self.file, os.getpid())
        if self._own is not None and not word_at.exists():
            # Whoever tidies up temporary folders takes it for old.
            os.close(self._own)
            self._own = None
        if said == self._written and self._own is not None:
            return
        if self._own is None:
            # The folder goes with the last process that used it, which may be just before this one.
            with contextlib.suppress(OSError):
                self.file.parent.mkdir(mode=0o700)
            self._own = _locked(word_at)
        os.pwrite(self._own, json.dumps(asdict(said)).encode().ljust(_MOST_STATE_BYTES), 0)
        self._written = said

    def _tell(self, error: OSError) -> None:
        if not self._told:
            self._told = True
            logger.warning("no word can be left beside %s: %s", self.file, error.strerror)


def pause(file: Path) -> None:
    """Make the file. Raises `UnavailableError` where it cannot be made."""
    try:
        os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o644))
    except OSError as error:
        problem = f"{file} cannot be made ({error.strerror})"
        raise UnavailableError(f"{problem}; SIGUSR1 to a live process pauses it too") from None


def resume(file: Path) -> bool:
    """Remove the file; tell whether it was there. Raises `UnavailableError` if that is not allowed.

    What processes that were killed have left beside it goes too.
    """
    tidy(file)
    try:
        file.unlink()
    except FileNotFoundError:
        return False
    except OSError as error:
        raise UnavailableError(f"{file} cannot be removed ({error.strerror})") from None
    return True


def live_states(file: Path) -> tuple[LiveState, ...]:
    """What the live processes of this machine say that look at the file, by process id."""
    said = (_word_in(path) for path in _words(file))
    return tuple(sorted((word for word in said if word is not None), key=lambda word: word.pid))


def tidy(file: Path) -> None:
    """Remove what live processes that are gone have left beside the file."""
    for path in _words(file):
        with contextlib.suppress(OSError), _opened(path) as opened:
            if not _is_held(opened):
                path.unlink()


def _words(file: Path) -> Iterator[Path]:
    # A folder that others can write to must not make this endless.
    with contextlib.suppress(OSError):
        found = sorted(file.parent.glob(f"{_glob_escaped(file.name)}.live-*"))
        yield from found[:_MOST_PROCESSES]


def _glob_escaped(name: str) -> str:
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in name)


def _word_of(file: Path, pid: int) -> Path:
    return file.with_name(f"{file.name}.live-{pid}")


def _is_there(file: Path) -> bool:
    try:
        file.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    return True


def _locked(path: Path) -> int:
    """Open a file of this process's own; the lock tells others that it lives."""
    flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
    opened = os.open(path, flags, 0o644)
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(opened)
        raise
    return opened


def _word_in(path: Path) -> LiveState | None:
    """What a live process says; None where there is none any more, or no word of one."""
    try:
        with _opened(path) as opened:
            if not _is_held(opened) or not stat.S_ISREG(os.fstat(opened).st_mode):
                return None
            word = json.loads(os.pread(opened, _MOST_STATE_BYTES, 0))
        return LiveState(
            pid=int(word["pid"]),
            state=_shown(word["state"]),
            paused_by=tuple(_shown(why) for why in word["paused_by"]),
            at=float(word["at"]),
        )
    except (OSError, ValueError, OverflowError, KeyError, TypeError, RecursionError):
        return None


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[int]:
    """Open what may be anything, and wait for nothing. Raises OSError where it cannot be opened."""
    opened = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        yield opened
    finally:
        os.close(opened)


def _is_held(opened: int) -> bool:
    """Whether the process that locked it lives."""
    try:
        fcntl.flock(opened, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    return False


def _shown(text: object) -> str:
    """A text that may be printed, whoever wrote it."""
    return "".join(letter for letter in str(text)[:_LONGEST_TEXT] if letter.isprintable())
