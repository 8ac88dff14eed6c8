"""What live process and workers must agree on."""

import os
import stat
import tempfile
from pathlib import Path

from shadow.errors import UnavailableError
from shadow.settings import Settings


def queue_endpoint(settings: Settings) -> str:
    """Where live process and workers meet: as set, else a socket only this user can reach.

    Raises `UnavailableError` when the default's folder belongs to somebody else.
    """
    if settings.queue is not None:
        return settings.queue
    folder = Path(tempfile.gettempdir()) / f"shadow-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if found.st_uid != os.getuid() or stat.S_IMODE(found.st_mode) & 0o077:
        raise UnavailableError(
            f"{folder} is open to other users; remove it, or set `queue` to an ipc:// path"
        )
    return f"ipc://{folder / 'queue'}"


def required(value: str | None) -> str:
    """A setting that the command has already required."""
    if value is None:
        raise AssertionError("Settings.require was not called")
    return value


def unsafe_globs(settings: Settings, *, to_primary: bool) -> tuple[str, ...]:
    """What is opted in of other than safe methods; `to_primary`, to be sent to that as well."""
    opted_in = settings.capture.unsafe
    return tuple(e.endpoint for e in opted_in if e.repeat_to_primary or not to_primary)
