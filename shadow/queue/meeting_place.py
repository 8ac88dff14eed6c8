"""The file of a Unix socket by which workers find the live process."""

import contextlib
import socket
import stat
from pathlib import Path

from shadow.errors import UnavailableError

_WAITING_TO_BE_LET_IN = 64


def path_of(endpoint: str) -> Path:
    """The socket's file of an `ipc://` endpoint."""
    return Path(endpoint.removeprefix("ipc://"))


class MeetingPlace:
    """Where a live process listens; an earlier one's place is taken over."""

    def __init__(self, endpoint: str) -> None:
        self._endpoint = endpoint
        self._path = path_of(endpoint)
        self._own: tuple[int, int] | None = None

    @property
    def is_there(self) -> bool:
        """Whether workers find anybody."""
        return self._path.exists()

    def listen(self) -> socket.socket:
        """Listen; raises `UnavailableError` where nothing can."""
        listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self._make_room()
            listening.bind(str(self._path))
            listening.listen(_WAITING_TO_BE_LET_IN)
            listening.settimeout(0)
            self._own = self._found()
        except OSError as error:
            listening.close()
            raise UnavailableError(
                f"the queue cannot listen at {self._endpoint} ({error.strerror or error}); "
                "set `queue` to an ipc:// path in a folder that this user can write"
            ) from None
        return listening

    def leave(self) -> None:
        """Remove the file, unless it is another process's by now."""
        if self._own is not None and self._found() == self._own:
            with contextlib.suppress(OSError):
                self._path.unlink()

    def _make_room(self) -> None:
        """Remove what a live process has left behind that was killed; nothing else."""
        with contextlib.suppress(FileNotFoundError):
            if stat.S_ISSOCK(self._path.lstat().st_mode):
                self._path.unlink()

    def _found(self) -> tuple[int, int] | None:
        with contextlib.suppress(OSError):
            found = self._path.lstat()
            return found.st_dev, found.st_ino
        return None
