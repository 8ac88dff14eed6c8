"""JSON read piece by piece: a document larger than memory, of which one element is held at a time.

It finds where values begin and end; whether what is between is JSON is for who decodes it.
"""

import re
from collections.abc import Iterator
from typing import Protocol

from shadow.capture.recordings.entry import RecordingError

_CHUNK_BYTES = 256 * 1024
_LONGEST_NAME = 1024
_NO_SPACE = re.compile(rb"[^ \t\r\n]")
_STRUCTURE = re.compile(rb'["{}\[\]]')
_REST_OF_STRING = rb'[^"\\]*+(?:\\.[^"\\]*+)*+'
_IN_STRING = re.compile(_REST_OF_STRING, re.DOTALL)
_FLAT = re.compile(rb'[^"{}\[\]]*+(?:"' + _REST_OF_STRING + rb'"[^"{}\[\]]*+)*+', re.DOTALL)
_END_OF_SCALAR = re.compile(rb"[,\]} \t\r\n]")
_OPENING = b"{["


class Readable(Protocol):
    """What bytes come from."""

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes, none at the end."""


class JsonStream:
    """A cursor in a JSON document. All raise `RecordingError` where it is none, or is cut off."""

    def __init__(self, stream: Readable) -> None:
        self._stream = stream
        self._chunk = b""
        self._at = 0
        self._before = 0
        self._kept: _Kept | None = None
        self._kept_from = 0

    @property
    def position(self) -> int:
        """How many bytes lie before the cursor."""
        return self._before + self._at

    def enter(self, name: str) -> bool:
        """Go into an object, to the value of its member `name`; tell whether there is one."""
        self._expect(b"{")
        if self._next() == b"}":
            return False
        while True:
            found = self._name()
            self._expect(b":")
            if found == name.encode():
                return True
            self._value(0)
            if self._next() == b"}":
                return False
            self._expect(b",")

    def elements(self, most_bytes: int) -> Iterator[bytes | None]:
        """Go through an array: each element as it is written, None for one of more bytes."""
        self._expect(b"[")
        if self._next() == b"]":
            return
        while True:
            yield self._value(most_bytes)
            if self._next() == b"]":
                return
            self._expect(b",")

    def _expect(self, byte: bytes) -> None:
        found = self._next()
        if found != byte:
            raise RecordingError(f"{byte.decode()!r} is missing", self.position)
        self._at += 1

    def _next(self) -> bytes:
        """The next byte that is no white space; the cursor is before it."""
        while True:
            found = _NO_SPACE.search(self._chunk, self._at)
            if found is not None:
                self._at = found.start()
                return found[0]
            self._load()

    def _load(self) -> None:
        if self._kept is not None:
            self._kept.add(self._chunk, self._kept_from, len(self._chunk))
        self._before += len(self._chunk)
        self._chunk, self._at, self._kept_from = self._stream.read(_CHUNK_BYTES), 0, 0
        if not self._chunk:
            raise RecordingError("the file ends in the middle", self.position)

    def _name(self) -> bytes:
        if self._next() != b'"':
            raise RecordingError("a name is missing", self.position)
        name = self._value(_LONGEST_NAME)
        return b"" if name is None else name[1:-1]

    def _value(self, most_bytes: int) -> bytes | None:
        """Pass a value; give it as it is written, or None where it is longer than `most_bytes`."""
        first = self._next()
        kept = self._kept = _Kept(most_bytes)
        self._kept_from = self._at
        if first == b'"':
            self._string()
        elif first in _OPENING:
            self._nested()
        else:
            self._until(_END_OF_SCALAR)
        self._kept = None
        kept.add(self._chunk, self._kept_from, self._at)
        return kept.whole()

    def _nested(self) -> None:
        depth = 0
        while True:
            found = self._until(_STRUCTURE)
            if found == b'"':
                self._string()
                continue
            self._at += 1
            depth += 1 if found in _OPENING else -1
            if depth == 0:
                return

    def _string(self) -> None:
        self._at += 1
        while True:
            found = _IN_STRING.match(self._chunk, self._at)
            self._at = found.end() if found else self._at
            left = self._chunk[self._at : self._at + 1]
            if left == b'"':
                self._at += 1
                return
            self._load()
            if left:  # a backslash, and what it escapes is in the chunk that begins here
                self._at += 1

    def _until(self, what: re.Pattern[bytes]) -> bytes:
        """Go on to one of some bytes, which is in no string that is whole in its chunk."""
        while True:
            if what is _STRUCTURE and (flat := _FLAT.match(self._chunk, self._at)):
                self._at = flat.end()
            found = what.search(self._chunk, self._at)
            if found is not None:
                self._at = found.start()
                return found[0]
            self._load()


class _Kept:
    """What is passed, up to a number of bytes; not more is held."""

    def __init__(self, most: int) -> None:
        self._room = most
        self._parts: list[bytes] = []

    def add(self, chunk: bytes, start: int, end: int) -> None:
        self._room -= end - start
        if self._room < 0:
            self._parts.clear()
        else:
            self._parts.append(chunk[start:end])

    def whole(self) -> bytes | None:
        return None if self._room < 0 else b"".join(self._parts)
