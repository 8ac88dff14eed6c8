"""What live process and workers must agree on."""

import contextlib
import os
import stat
import tempfile
from pathlib import Path

from shadow.capture.pause_file import tidy
from shadow.errors import UnavailableError
from shadow.settings import Settings


def queue_endpoint(settings: Settings) -> str:
    """Where live process and workers meet: as set, else a socket only this user can reach.

    Raises `UnavailableError` when the default's folder belongs to somebody else.
    """
    if settings.queue is not None:
        return settings.queue
    return f"ipc://{_run_folder('queue', 'an ipc:// path') / 'queue'}"


def pause_file(settings: Settings) -> Path:
    """The file that pauses capture: as set, else one in a folder that only this user can reach.

    Raises `UnavailableError` when the default's folder belongs to somebody else.
    """
    if settings.capture.pause_file is not None:
        return settings.capture.pause_file
    return _run_folder("capture.pause_file", "another path") / "pause"


def tidy_run_folder(pause: Path) -> None:
    """Remove what processes that are gone have left beside a pause file, and an empty default's.

    The folder of a pause file that was set is somebody's own, and stays.
    """
    tidy(pause)
    if pause.parent == _default_folder():
        # It is not empty where others use it.
        with contextlib.suppress(OSError):
            pause.parent.rmdir()


def _run_folder(setting: str, value: str) -> Path:
    folder = _default_folder()
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if found.st_uid != os.getuid() or stat.S_IMODE(found.st_mode) & 0o077:
        raise UnavailableError(
            f"{folder} is open to other users; remove it, or set `{setting}` to {value}"
        )
    return folder


def _default_folder() -> Path:
    return Path(tempfile.gettempdir()) / f"shadow-{os.getuid()}"


def live_processes(settings: Settings) -> int:
    """How many live processes listen to users on the same address."""
    return settings.capture.tee.processes if settings.capture.engine == "tee" else 1


def queue_endpoints(settings: Settings) -> tuple[str, ...]:
    """Where workers meet each of the live processes; one alone is met at `queue` itself."""
    endpoint, number = queue_endpoint(settings), live_processes(settings)
    if number == 1:
        return (endpoint,)
    return tuple(f"{endpoint}.{each}" for each in range(1, number + 1))


def required(value: str | None) -> str:
    """A setting that the command has already required."""
    if value is None:
        raise AssertionError("Settings.require was not called")
    return value


def unsafe_globs(settings: Settings, *, to_primary: bool) -> tuple[str, ...]:
    """What is opted in of other than safe methods; `to_primary`, to be sent to that as well."""
    opted_in = settings.capture.unsafe
    return tuple(e.endpoint for e in opted_in if e.repeat_to_primary or not to_primary)
