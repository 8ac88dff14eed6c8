"""Files of recordings: opened, told apart by what is in them, and known again."""

import gzip
import io
import logging
import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from hashlib import blake2b
from itertools import islice
from pathlib import Path
from typing import BinaryIO, cast, override

from shadow.capture.recordings.access_log import is_log_line, log_entries
from shadow.capture.recordings.entry import MOST_ENTRY_BYTES, Entry, RecordingError
from shadow.capture.recordings.goreplay import FIRST_LINE, goreplay_entries, payloads
from shadow.capture.recordings.har import har_entries
from shadow.errors import UsageError

logger = logging.getLogger(__name__)

_HEAD_BYTES = 64 * 1024
_GZIPPED = b"\x1f\x8b"
_MARK = b"\xef\xbb\xbf"
_FLOW = re.compile(rb"[1-9]\d{0,11}:")
_MOST_BYTES_COUNTED, _MOST_COUNTED = 1024 * 1024, 20_000
_MOST_LINES_TRIED = 20
_MOST_PAYLOADS_TRIED = 1_000
_SHOWN = "HAR, mitmproxy flows, GoReplay, or an access log in the combined format, each also as .gz"


class Kind(StrEnum):
    """What a recording is."""

    HAR = "HAR"
    FLOWS = "mitmproxy flows"
    GOREPLAY = "GoReplay"
    ACCESS_LOG = "access log"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """A file that is a recording. `size` is in bytes as it lies on the disk.

    `has_answers` is False where the file tells only what was asked. `fingerprint` is another one
    for a file with another content; it is of the size, and of the begin and the end. `entries` are
    counted where that takes no time, else None.
    """

    path: Path
    kind: Kind
    size: int
    has_answers: bool
    fingerprint: str
    entries: int | None = None


class Opened:
    """An open recording; used as a context manager. `read_bytes` says how far it is read."""

    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        self._file = recording.path.open("rb")
        self._stream = _unzipped(self._file)

    def __enter__(self) -> "Opened":
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    @property
    def read_bytes(self) -> int:
        """How much of the file has been read, of its `size`."""
        return 0 if self._file.closed else self._file.tell()

    def entries(self) -> Iterator[Entry | RecordingError]:
        """The entries, in order; a `RecordingError` is the last one where no more can be read."""
        try:
            yield from _entries(self._recording.kind, self._stream)
        except RecordingError as error:
            yield error
        except OSError as error:
            yield RecordingError(f"no more can be read: {error.strerror}", self.read_bytes)
        except Exception as error:  # whatever is in a file must not end what replays it
            logger.warning("%s while reading a recording", type(error).__name__)
            yield RecordingError("no more can be understood", self.read_bytes)


def recording_at(path: Path) -> Recording:
    """Look at a file. Raises `UsageError`, which says what to do, for one that is no recording."""
    try:
        if path.exists() and not path.is_dir() and not path.is_file():
            raise UsageError(f"{path} is no file, and is read several times; write it to one first")
        with path.open("rb") as file:
            size = file.seek(0, io.SEEK_END)
            fingerprint = _fingerprint(file, size)
            file.seek(0)
            kind = _kind(path, _unzipped(file))
            file.seek(0)
            _try_first(path, kind, _unzipped(file))
            file.seek(0)
            entries = _counted(kind, _unzipped(file), size)
            file.seek(0)
            has_answers = _has_answers(kind, _unzipped(file))
    except IsADirectoryError:
        raise UsageError(f"{path} is a folder; name the files in it") from None
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from None
    except RecordingError as error:
        raise UsageError(f"{path} cannot be read: {error}; was it copied whole?") from None
    return Recording(
        path=path,
        kind=kind,
        size=size,
        has_answers=has_answers,
        fingerprint=fingerprint,
        entries=entries,
    )


def _fingerprint(file: BinaryIO, size: int) -> str:
    digest = blake2b(str(size).encode(), digest_size=16)
    for start in (0, max(0, size - _HEAD_BYTES)):
        file.seek(start)
        digest.update(file.read(_HEAD_BYTES))
    return digest.hexdigest()


def _kind(path: Path, stream: BinaryIO) -> Kind:
    head = stream.read(_HEAD_BYTES).removeprefix(_MARK)
    if not head.strip():
        raise UsageError(f"{path} is empty; record something first")
    kind = _kind_of(head)
    if kind is None:
        raise UsageError(f"{path} is no recording that Shadow reads: {_SHOWN}")
    return kind


def _kind_of(head: bytes) -> Kind | None:
    start = head.lstrip()
    if start.startswith(b"{"):
        return Kind.HAR
    if FIRST_LINE.match(start):
        return Kind.GOREPLAY
    if _FLOW.match(head):
        return Kind.FLOWS
    lines = head.decode("utf-8", "surrogateescape").splitlines()
    tried = (line.strip() for line in lines if line.strip() and not line.startswith("#"))
    return Kind.ACCESS_LOG if any(map(is_log_line, islice(tried, _MOST_LINES_TRIED))) else None


def _try_first(path: Path, kind: Kind, stream: BinaryIO) -> None:
    if next(_entries(kind, stream), None) is None:
        raise UsageError(f"{path} holds no requests; record something first")


def _counted(kind: Kind, stream: BinaryIO, size: int) -> int | None:
    if size > _MOST_BYTES_COUNTED:
        return None
    count = 0
    try:
        for _ in _entries(kind, stream):
            count += 1
            if count > _MOST_COUNTED:
                return None
    except RecordingError:
        pass
    return count


def _has_answers(kind: Kind, stream: BinaryIO) -> bool:
    if kind is Kind.GOREPLAY:
        tried = islice(payloads(stream, MOST_ENTRY_BYTES), _MOST_PAYLOADS_TRIED)
        try:
            return any(payload is not None and payload.lstrip()[:2] == b"2 " for payload in tried)
        except RecordingError:  # which is said when it is replayed up to there
            return False
    return kind is not Kind.ACCESS_LOG


def _entries(kind: Kind, stream: BinaryIO) -> Iterator[Entry]:
    if kind is Kind.FLOWS:
        # mitmproxy takes a while to load, and only its own files need it.
        from shadow.capture.recordings.flows import flow_entries  # noqa: PLC0415

        return flow_entries(stream)
    return _READERS[kind](stream)


def _har_entries(stream: BinaryIO) -> Iterator[Entry]:
    yield from har_entries(_Unmarked(stream))
    while stream.read(_HEAD_BYTES):  # a gzip file says at its very end whether it is damaged
        pass


_READERS: dict[Kind, Callable[[BinaryIO], Iterator[Entry]]] = {
    Kind.HAR: _har_entries,
    Kind.GOREPLAY: goreplay_entries,
    Kind.ACCESS_LOG: log_entries,
}


class _Unmarked:
    """A stream without the byte order mark that some tools write."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._is_first = True

    def read(self, size: int) -> bytes:
        data = self._stream.read(size)
        if self._is_first:
            self._is_first = False
            return data.removeprefix(_MARK) or self._stream.read(size)
        return data


class _Content(io.RawIOBase):
    """What is in a gzip file; where that is damaged it ends, and `damage` says why."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._content = gzip.GzipFile(fileobj=file, mode="rb")
        self.damage: RecordingError | None = None

    @override
    def readable(self) -> bool:
        return True

    @override
    def readinto(self, buffer: object) -> int:
        room = memoryview(cast("bytearray", buffer))
        try:
            data = b"" if self.damage else self._content.read1(len(room))
        except EOFError:
            data = self._damaged("ends in the middle")
        except (gzip.BadGzipFile, zlib.error):
            data = self._damaged("is damaged")
        room[: len(data)] = data
        return len(data)

    def _damaged(self, how: str) -> bytes:
        self.damage = RecordingError(f"the gzip file {how}", self._file.tell())
        return b""


class _Unzipped:
    """The content of a gzip file; raises `RecordingError` only behind all that can be read."""

    def __init__(self, file: BinaryIO) -> None:
        self._content = _Content(file)
        self._buffered = io.BufferedReader(cast("io.RawIOBase", self._content), _HEAD_BYTES)

    def read(self, size: int) -> bytes:
        return self._or_damage(self._buffered.read(size))

    def readline(self, size: int) -> bytes:
        return self._or_damage(self._buffered.readline(size))

    def _or_damage(self, data: bytes) -> bytes:
        if not data and self._content.damage is not None:
            raise self._content.damage
        return data


def _unzipped(file: BinaryIO) -> BinaryIO:
    start = file.read(len(_GZIPPED))
    file.seek(0)
    return cast("BinaryIO", _Unzipped(file)) if start == _GZIPPED else file
