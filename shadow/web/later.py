"""Small writes to the store that nobody waits for."""

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import BoundedSemaphore

from shadow.errors import UnavailableError

logger = logging.getLogger(__name__)

_MOST_WAITING = 100


class Later:
    """Does one thing after another in a thread of its own; what is too many is left out.

    For what comes again anyway, such as when somebody was last seen.
    """

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, "later")
        self._room = BoundedSemaphore(_MOST_WAITING)

    def do(self, write: Callable[[], object]) -> None:
        """Do it soon."""
        if self._room.acquire(blocking=False):
            self._thread.submit(self._done, write)

    def close(self) -> None:
        """Do no more; blocks until what is under way is finished."""
        self._thread.shutdown(cancel_futures=True)

    def _done(self, write: Callable[[], object]) -> None:
        try:
            write()
        except UnavailableError as error:
            logger.warning("%s", error)
        except Exception:
            logger.exception("a write failed")
        finally:
            self._room.release()
