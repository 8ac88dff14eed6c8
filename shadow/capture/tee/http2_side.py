"""What one side of an HTTP/2 connection says, and the settings by which the other bounds it."""

from collections import deque

from shadow.capture.tee.heads import UnparsedError
from shadow.capture.tee.http2_blocks import Block, BlockReader
from shadow.capture.tee.http2_frames import (
    ACK,
    IN_BLOCKS,
    Content,
    Frame,
    FrameReader,
)

MOST_UNACKNOWLEDGED = 64
"""Settings that may wait to be answered by the other side."""

_HEADER_TABLE_SIZE = 0x1
_SETTING_BYTES = 6


class Side:
    """`began_at` is when the latest frame began, or the block that it is part of."""

    __slots__ = ("_blocks", "_frames", "_unacknowledged", "began_at")

    def __init__(self) -> None:
        self.began_at = 0.0
        self._frames = FrameReader()
        self._blocks = BlockReader()
        self._unacknowledged: deque[int | None] = deque()

    @property
    def in_block(self) -> bool:
        """Whether part of a header block is here."""
        return self._blocks.begun or self._frames.in_block

    def feed(self, data: bytes, start: int, at: float) -> tuple[Frame | Content | None, int]:
        """Take what there is of one frame from `start` on, and return where that ends.

        Raises `UnparsedError`, as all here; nothing can be read after that.
        """
        if not self._frames.begun and not self._blocks.begun:
            self.began_at = at
        told, end = self._frames.feed(data, start)
        if told is not None:
            self._check(told)
        return told, end

    def block(self, frame: Frame) -> Block | None:
        """The header block that ends with this frame, if one does."""
        return self._blocks.feed(frame)

    def settle(self, frame: Frame, other: "Side") -> None:
        """Follow settings: a table's size bounds the other side from when that has answered."""
        if frame.stream or len(frame.payload) % _SETTING_BYTES:
            raise UnparsedError("settings that readers differ in")
        if frame.flags & ACK:
            if frame.payload or not other._unacknowledged:
                raise UnparsedError("an answer to no settings")
            size = other._unacknowledged.popleft()
            if size is not None:
                self._blocks.limit_table(size)
            return
        if len(self._unacknowledged) >= MOST_UNACKNOWLEDGED:
            raise UnparsedError("settings that nobody answers")
        self._unacknowledged.append(_table_size(frame.payload))

    def _check(self, told: Frame | Content) -> None:
        """See that nothing interrupts a block."""
        if self._blocks.begun and not (isinstance(told, Frame) and told.kind in IN_BLOCKS):
            raise UnparsedError("something within a block")


def _table_size(settings: bytes) -> int | None:
    size = None
    for at in range(0, len(settings), _SETTING_BYTES):
        if int.from_bytes(settings[at : at + 2]) == _HEADER_TABLE_SIZE:
            size = int.from_bytes(settings[at + 2 : at + _SETTING_BYTES])
    return size
