"""Messages in a stream of bytes: what each begins with, and where it ends.

A frame is a kind, a message, and bytes that belong to it and are left as they are, so that whoever
sends them need not copy them.
"""

from struct import Struct
from typing import NamedTuple

_BEGINNING = Struct(">cII")


class FrameError(ValueError):
    """A frame that is longer than any of ours."""


class Frame(NamedTuple):
    """A message of a kind, and the bytes that follow it."""

    kind: bytes
    message: memoryview
    rest: memoryview


def beginning(kind: bytes, message: bytes, rest_bytes: int = 0) -> bytes:
    """A frame up to its rest, which is as long as said; `kind` is one byte."""
    return _BEGINNING.pack(kind, len(message), rest_bytes) + message


class Frames:
    """Cuts frames of up to `limit_bytes` out of a stream, whatever pieces it comes in.

    What comes is received into `room`, which `usual_bytes` are enough for but for a longer frame.
    Frames point into that memory: they are to be used before anything more is received.
    """

    def __init__(self, limit_bytes: int, usual_bytes: int) -> None:
        self._limit = limit_bytes
        self._usual = usual_bytes
        self._memory = memoryview(bytearray(usual_bytes))
        self._start = self._end = 0

    @property
    def room(self) -> memoryview:
        """Where what comes next is to be received; never empty."""
        memory, held = self._memory, self._memory[self._start : self._end]
        if len(held) == len(memory):
            # As much as has come already, whatever a frame says that there is to come.
            memory = memoryview(bytearray(2 * len(held)))
        elif len(held) < self._usual < len(memory):
            memory = memoryview(bytearray(self._usual))
        if self._start or memory is not self._memory:
            memory[: len(held)] = held
        self._memory, self._start, self._end = memory, 0, len(held)
        return memory[self._end :]

    def received(self, number: int) -> list[Frame]:
        """Return the frames that are whole with so many bytes more in `room`.

        Raises `FrameError` for one that is too long.
        """
        self._end += number
        found: list[Frame] = []
        while (end := self._end_of_next()) <= self._end:
            found.append(_frame(self._memory[self._start : end]))
            self._start = end
        return found

    def _end_of_next(self) -> int:
        """Where the next frame ends, or its beginning if not all of that is here."""
        behind_beginning = self._start + _BEGINNING.size
        if behind_beginning > self._end:
            return behind_beginning
        _, message_bytes, rest_bytes = _BEGINNING.unpack_from(self._memory, self._start)
        length: int = message_bytes + rest_bytes
        if length > self._limit:
            raise FrameError(f"a frame of {length} bytes")
        return behind_beginning + length


def _frame(whole: memoryview) -> Frame:
    kind, message_bytes, _ = _BEGINNING.unpack_from(whole)
    rest = _BEGINNING.size + message_bytes
    return Frame(kind, whole[_BEGINNING.size : rest], whole[rest:])
