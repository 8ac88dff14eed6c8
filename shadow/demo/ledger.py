"""Digests of answers, so that what was sent and what arrived can be held against each other."""

from collections.abc import Iterable
from hashlib import blake2b
from pathlib import Path
from typing import Self

from shadow.model import Headers

_COPY = "copy-"


def digest(status: int, headers: Headers, body: bytes) -> str:
    """Name an answer by its status, its headers in order and its body, byte for byte.

    `body` is as transferred, without chunk framing. Lengths are part of what is hashed, so that
    no two answers give the same stream of bytes.
    """
    state = blake2b(digest_size=16)
    for part in _parts(status, headers, body):
        state.update(b"%d:" % len(part))
        state.update(part)
    return state.hexdigest()


class Ledger:
    """A file with one line per answer sent: the request's id and the answer's digest."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("a", encoding="ascii")

    def enter(self, request_id: str, answer: str) -> None:
        """Note the digest of the answer to one request."""
        self._file.write(f"{request_id} {answer}\n")

    def close(self) -> None:
        """Write out what is still in memory."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def read_ledger(path: Path) -> dict[str, tuple[str, ...]]:
    """Read a closed ledger: every answer's digest by request id, more than one if asked again."""
    entries: dict[str, tuple[str, ...]] = {}
    with path.open(encoding="ascii") as lines:
        for line in lines:
            request_id, answer = line.split()
            entries[request_id] = (*entries.get(request_id, ()), answer)
    return entries


def of_copy(request_id: str) -> str:
    """Name the copy of a request in a ledger."""
    return _COPY + request_id


def without_copy(entry: str) -> str:
    """The request's id, whether an entry is of the request or of a copy."""
    return entry.removeprefix(_COPY)


def _parts(status: int, headers: Headers, body: bytes) -> Iterable[bytes]:
    yield b"%d" % status
    for name, value in headers:
        yield name
        yield value
    yield body
