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
    """Cuts frames of up to `limit_bytes` out of a stream, whatever pieces it comes in."""

    def __init__(self, limit_bytes: int) -> None:
        self._limit = limit_bytes
        self._held = bytearray()
        self._needed = _BEGINNING.size

    def feed(self, data: bytes) -> list[Frame]:
        """Return the frames that are whole now; raises `FrameError` for one that is too long."""
        if self._held:
            self._held += data
            if len(self._held) < self._needed:
                return []
            data = bytes(self._held)
            self._held.clear()
        stream = memoryview(data)
        found: list[Frame] = []
        start = 0
        while True:
            end = self._end(stream, start)
            if end > len(stream):
                break
            found.append(_frame(stream[start:end]))
            start = end
        self._held += stream[start:]
        self._needed = end - start
        return found

    def _end(self, stream: memoryview, start: int) -> int:
        """Where the frame that begins there ends, or its beginning if not all of that is here."""
        if len(stream) - start < _BEGINNING.size:
            return start + _BEGINNING.size
        _, message_bytes, rest_bytes = _BEGINNING.unpack_from(stream, start)
        length: int = message_bytes + rest_bytes
        if length > self._limit:
            raise FrameError(f"a frame of {length} bytes")
        return start + _BEGINNING.size + length


def _frame(whole: memoryview) -> Frame:
    kind, message_bytes, _ = _BEGINNING.unpack_from(whole)
    rest = _BEGINNING.size + message_bytes
    return Frame(kind, whole[_BEGINNING.size : rest], whole[rest:])
