"""What comes from an iterator that may block, read ahead so that nobody has to wait for it."""

import queue
import threading
from collections.abc import Iterable
from types import TracebackType


class Ahead[T]:
    """Reads at most `most` items ahead; used as a context manager, which stops the reading."""

    def __init__(self, items: Iterable[T], most: int) -> None:
        self._items = items
        self._read: queue.Queue[T | BaseException | None] = queue.Queue(most)
        self._is_over = False
        self._is_stopped = threading.Event()
        # A read that blocks cannot be stopped; it must not keep the process.
        self._thread = threading.Thread(target=self._fill, daemon=True)

    def __enter__(self) -> "Ahead[T]":
        self._thread.start()
        return self

    def __exit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        self._is_stopped.set()

    def next(self, *, is_patient: bool) -> T | None:
        """The next item; None at the end, or where none is there yet and `is_patient` is false.

        Raises what the iterator has raised.
        """
        if self._is_over:
            return None
        try:
            item = self._read.get(block=is_patient)
        except queue.Empty:
            return None
        if item is None or isinstance(item, BaseException):
            self._is_over = True
        if isinstance(item, BaseException):
            raise item
        return item

    def _fill(self) -> None:
        try:
            for item in self._items:
                if not self._put(item):
                    return
            self._put(None)
        except BaseException as error:
            self._put(error)

    def _put(self, item: T | BaseException | None) -> bool:
        while not self._is_stopped.is_set():
            try:
                self._read.put(item, timeout=0.1)
            except queue.Full:
                continue
            return True
        return False
