"""Where bodies end, and a copy of those that are short enough to keep.

`feed` takes what comes and returns how far the body reaches in it. Only chunks in the plainest form
are followed: hexadecimal size, line end, content, line end. Extensions of chunks, other white space
and bare line feeds are where readers differ, and so where reading stops.
"""

import re
from typing import Protocol

from shadow.capture.tee.heads import Framing, UnparsedError

MOST_CHUNKS_AT_ONCE = 256
"""So many are followed in one go; millions of tiny chunks must not hold up other users."""

_MOST_TRAILER_BYTES = 16 * 1024
_CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,12})\r\n")
_LONGEST_SIZE_LINE = 14
_TRAILER = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[^\r\n\0]*\r\n|\r\n")


class Room:
    """How many bytes all copies of a process may take together."""

    def __init__(self, limit_bytes: int) -> None:
        self._left = limit_bytes

    def take(self, number: int) -> bool:
        """Take so many bytes, if there are as many left."""
        if number > self._left:
            return False
        self._left -= number
        return True

    def give_back(self, number: int) -> None:
        """Give back what was taken."""
        self._left += number


class Copy:
    """A body as it passes, as long as it is not longer than `limit` and there is room for it.

    `too_long` and `no_room` say why there is none.
    """

    __slots__ = ("_kept", "_room", "limit", "no_room", "too_long")

    def __init__(self, limit: int, room: Room) -> None:
        self.limit = limit
        self.too_long = False
        self.no_room = False
        self._room = room
        self._kept: bytes | bytearray = b""

    def add(self, data: bytes, start: int, end: int) -> None:
        """Keep this part of the data if it still fits."""
        if self.too_long or self.no_room:
            return
        if len(self._kept) + end - start > self.limit:
            self.give_up()
        elif not self._room.take(end - start):
            self.no_room = True
            self.release()
        elif not self._kept:
            self._kept = data[start:end]
        else:
            if isinstance(self._kept, bytes):
                self._kept = bytearray(self._kept)
            self._kept += memoryview(data)[start:end]

    def give_up(self) -> None:
        """Keep none of it: it is too long."""
        self.too_long = True
        self.release()

    def release(self) -> None:
        """Forget it and give its room back."""
        self._room.give_back(len(self._kept))
        self._kept = b""

    @property
    def length(self) -> int:
        """How many bytes are kept."""
        return len(self._kept)

    def whole(self) -> bytes:
        """All that was kept."""
        return bytes(self._kept)


class Body(Protocol):
    """What comes of a body; `complete` as soon as all of it has come."""

    complete: bool

    def feed(self, data: bytes, start: int) -> int:
        """Take what is the body's from `start` on and return where that ends."""


def body_of(framing: Framing, length: int, copy: Copy | None) -> Body:
    """A body that has yet to come; there must be one."""
    match framing:
        case Framing.LENGTH:
            return _LengthBody(length, copy)
        case Framing.CHUNKED:
            return _ChunkedBody(copy)
        case _:
            return _EndlessBody(copy)


class _LengthBody:
    __slots__ = ("_copy", "_left", "complete")

    def __init__(self, length: int, copy: Copy | None) -> None:
        self.complete = False
        self._left = length
        self._copy = copy
        if copy is not None and length > copy.limit:
            copy.give_up()

    def feed(self, data: bytes, start: int) -> int:
        end = min(len(data), start + self._left)
        self._left -= end - start
        if self._copy is not None:
            self._copy.add(data, start, end)
        self.complete = not self._left
        return end


class _EndlessBody:
    __slots__ = ("_copy", "complete")

    def __init__(self, copy: Copy | None) -> None:
        self.complete = False
        self._copy = copy

    def feed(self, data: bytes, start: int) -> int:
        if self._copy is not None:
            self._copy.add(data, start, len(data))
        return len(data)


class _ChunkedBody:
    """`_left` counts what is to come of a chunk and its line end; `_line` holds half a line."""

    __slots__ = ("_copy", "_in_trailers", "_left", "_line", "_trailer_bytes", "complete")

    def __init__(self, copy: Copy | None) -> None:
        self.complete = False
        self._copy = copy
        self._left = 0
        self._line = b""
        self._in_trailers = False
        self._trailer_bytes = 0

    def feed(self, data: bytes, start: int) -> int:
        position, chunks = start, 0
        while position < len(data) and not self.complete and chunks < MOST_CHUNKS_AT_ONCE:
            chunks += 1
            if self._left:
                position = self._chunk(data, position)
            elif self._in_trailers:
                position = self._trailer(data, position)
            else:
                position = self._size(data, position)
        return position

    def _size(self, data: bytes, start: int) -> int:
        if not self._line and (found := _CHUNK_SIZE.match(data, start)):
            self._begin(int(found[1], 16))
            return found.end()
        line, end = self._whole_line(data, start, _LONGEST_SIZE_LINE)
        if line:
            found = _CHUNK_SIZE.fullmatch(line)
            if found is None:
                raise UnparsedError("a chunk that readers differ in")
            self._begin(int(found[1], 16))
        return end

    def _begin(self, size: int) -> None:
        self._left = size + 2 if size else 0
        self._in_trailers = not size

    def _chunk(self, data: bytes, start: int) -> int:
        """Take content, and the line end behind it, which may come in two parts."""
        end = min(len(data), start + self._left)
        content_end = min(end, start + max(0, self._left - 2))
        if self._copy is not None and content_end > start:
            self._copy.add(data, start, content_end)
        begun = max(0, 2 - self._left)
        if not b"\r\n"[begun:].startswith(data[content_end:end]):
            raise UnparsedError("a chunk that does not end where it should")
        self._left -= end - start
        return end

    def _trailer(self, data: bytes, start: int) -> int:
        line, end = self._whole_line(data, start, _MOST_TRAILER_BYTES)
        if line:
            self._trailer_bytes += len(line)
            if self._trailer_bytes > _MOST_TRAILER_BYTES or not _TRAILER.fullmatch(line):
                raise UnparsedError("trailers that readers differ in")
            self.complete = line == b"\r\n"
        return end

    def _whole_line(self, data: bytes, start: int, longest: int) -> tuple[bytes, int]:
        """The line that ends in this data, or nothing as long as it does not."""
        at = data.find(b"\n", start, start + longest)
        end = at + 1 if at >= 0 else len(data)
        self._line += data[start:end] if end - start <= longest else data[start : start + longest]
        if len(self._line) > longest or (at < 0 and end - start >= longest):
            raise UnparsedError("a line too long")
        if at < 0:
            return b"", end
        line, self._line = self._line, b""
        return line, end
