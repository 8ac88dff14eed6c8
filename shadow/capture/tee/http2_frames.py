"""Cuts HTTP/2 frames out of a stream, whatever pieces they come in (RFC 9113, sections 4 and 6).

Content is told as it comes and is held nowhere here. Frames that have to be understood are told
whole; of all others only that they were there.
"""

from typing import NamedTuple

from shadow.capture.tee.heads import UnparsedError

DATA = 0x0
HEADERS = 0x1
RST_STREAM = 0x3
SETTINGS = 0x4
PUSH_PROMISE = 0x5
GOAWAY = 0x7
CONTINUATION = 0x9

IN_BLOCKS = frozenset({HEADERS, PUSH_PROMISE, CONTINUATION})
"""Frames that carry a header block or part of one."""

END_STREAM = 0x1
ACK = 0x1
END_HEADERS = 0x4
PADDED = 0x8
PRIORITY = 0x20

MOST_FRAME_BYTES = 32 * 1024
"""The longest frame that is held until it is whole; content is not."""

STREAM_BYTES = 4
STREAM_BITS = 0x7FFFFFFF
"""Of the number of a stream, where one is named."""

_HEAD_BYTES = 9
_UNDERSTOOD = frozenset({HEADERS, RST_STREAM, SETTINGS, PUSH_PROMISE, GOAWAY, CONTINUATION})


class Frame(NamedTuple):
    """A whole frame; its payload is empty where nobody needs it."""

    kind: int
    flags: int
    stream: int
    payload: bytes


class Content(NamedTuple):
    """A part of a DATA frame: where it is in what was fed, and whether the stream ends with it."""

    stream: int
    start: int
    end: int
    ends: bool


class FrameReader:
    """What one side says, frame by frame.

    `begun` says whether part of a frame is here, `in_block` whether that is known to be one that
    carries a header block.
    """

    __slots__ = (
        "_content_bytes",
        "_flags",
        "_has_begun",
        "_held",
        "_is_open",
        "_kind",
        "_padding_bytes",
        "_padding_unknown",
        "_stream",
    )

    def __init__(self) -> None:
        self._held = bytearray()
        self._is_open = False
        self._has_begun = False
        self._kind = self._flags = self._stream = 0
        self._content_bytes = self._padding_bytes = 0
        self._padding_unknown = False

    @property
    def begun(self) -> bool:  # noqa: D102
        return self._is_open or bool(self._held)

    @property
    def in_block(self) -> bool:  # noqa: D102
        return self._is_open and self._kind in IN_BLOCKS

    def feed(self, data: bytes, start: int) -> tuple[Frame | Content | None, int]:
        """Take what there is of one frame from `start` on, and return where that ends.

        Raises `UnparsedError` for a frame that is too long to hold, or padded beyond its end, and
        for a first one that is not the side's settings.
        """
        if not self._is_open:
            start = self._read_head(data, start)
            if not self._is_open:
                return None, start
        if self._kind == DATA:
            return self._read_content(data, start)
        end = min(len(data), start + self._content_bytes)
        self._content_bytes -= end - start
        if self._kind in _UNDERSTOOD:
            self._held += memoryview(data)[start:end]
        if self._content_bytes:
            return None, end
        frame = Frame(self._kind, self._flags, self._stream, bytes(self._held))
        self._held.clear()
        self._is_open = False
        return frame, end

    def _read_head(self, data: bytes, start: int) -> int:
        end = min(len(data), start + _HEAD_BYTES - len(self._held))
        head = data[start:end]
        if self._held or len(head) < _HEAD_BYTES:
            self._held += head
            if len(self._held) < _HEAD_BYTES:
                return end
            head = bytes(self._held)
            self._held.clear()
        self._is_open = True
        self._content_bytes = int.from_bytes(head[:3])
        self._kind, self._flags = head[3], head[4]
        self._stream = int.from_bytes(head[5:]) & STREAM_BITS
        if not self._has_begun and (self._kind != SETTINGS or self._flags & ACK):
            raise UnparsedError("no settings first")
        self._has_begun = True
        if self._kind == DATA:
            self._padding_bytes = 0
            self._padding_unknown = bool(self._flags & PADDED)
            if self._padding_unknown and not self._content_bytes:
                raise UnparsedError("padding without a length")
        elif self._kind in _UNDERSTOOD and self._content_bytes > MOST_FRAME_BYTES:
            raise UnparsedError("a frame too long")
        return end

    def _read_content(self, data: bytes, start: int) -> tuple[Content | None, int]:
        if self._padding_unknown:
            if start == len(data):
                return None, start
            self._padding_unknown = False
            self._padding_bytes = data[start]
            self._content_bytes -= 1 + self._padding_bytes
            start += 1
            if self._content_bytes < 0:
                raise UnparsedError("more padding than there is of the frame")
        content_end = min(len(data), start + self._content_bytes)
        self._content_bytes -= content_end - start
        end = min(len(data), content_end + self._padding_bytes) if not self._content_bytes else 0
        end = max(end, content_end)
        self._padding_bytes -= end - content_end
        self._is_open = bool(self._content_bytes or self._padding_bytes)
        ends = not self._is_open and bool(self._flags & END_STREAM)
        return Content(self._stream, start, content_end, ends), end


def without_padding(frame: Frame) -> bytes:
    """The payload of a frame that carries a header block, less padding and priority."""
    start, end = 0, len(frame.payload)
    if frame.flags & PADDED:
        if not frame.payload:
            raise UnparsedError("padding without a length")
        start, end = 1, end - frame.payload[0]
    if frame.kind == HEADERS and frame.flags & PRIORITY:
        start += 5
    if start > end:
        raise UnparsedError("more padding than there is of the frame")
    return frame.payload[start:end]
