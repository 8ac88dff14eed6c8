"""Header blocks put together and decoded, in the order in which they came.

Each block may change the table by which all later ones of its side are read (RFC 7541), so every
one is decoded, also those of streams that nobody follows. What is not understood once makes all
that follows unreadable.
"""

from typing import NamedTuple

from hpack import Decoder, HPACKError

from shadow.capture.tee.heads import MOST_HEAD_BYTES, UnparsedError
from shadow.capture.tee.http2_frames import (
    CONTINUATION,
    END_HEADERS,
    END_STREAM,
    PUSH_PROMISE,
    STREAM_BITS,
    STREAM_BYTES,
    Frame,
    without_padding,
)
from shadow.model import Headers

MOST_BLOCK_BYTES = 16 * 1024
"""Of a block as it is on the wire, of which a table makes up to `MOST_HEAD_BYTES` of fields.

Decoding takes milliseconds for each that is that long, in which no other user is served.
"""

MOST_TABLE_BYTES = 64 * 1024
"""The largest table that is kept; a side that makes use of a larger one is not followed."""

_LEAST_CONTINUATION_BYTES = 9
"""Of one that is not the last: empty ones could come without end."""


class Block(NamedTuple):
    """The fields of one block, with those that begin with a colon; `ends` says whether its stream.

    `promised` is the stream that the block promises to push, if it does.
    """

    stream: int
    fields: Headers
    ends: bool
    promised: int | None


class BlockReader:
    """The header blocks of one side."""

    __slots__ = ("_decoder", "_first", "_held")

    def __init__(self) -> None:
        self._decoder = Decoder(max_header_list_size=MOST_HEAD_BYTES)
        self._first: Frame | None = None
        self._held = bytearray()

    @property
    def begun(self) -> bool:
        """Whether part of a block is here; nothing but the rest of it may follow."""
        return self._first is not None

    def limit_table(self, size: int) -> None:
        """Let the side's table be as large as this from the next block on."""
        self._decoder.max_allowed_table_size = min(size, MOST_TABLE_BYTES)

    def feed(self, frame: Frame) -> Block | None:
        """Take a frame that carries a block or part of it, and return the block when it is whole.

        Raises `UnparsedError`; nothing can be read after that.
        """
        if frame.kind == CONTINUATION:
            if self._first is None or self._first.stream != frame.stream:
                raise UnparsedError("the rest of no block")
            if len(frame.payload) < _LEAST_CONTINUATION_BYTES and not frame.flags & END_HEADERS:
                raise UnparsedError("a block in tiny pieces")
            self._held += frame.payload
        else:
            self._first = frame
            self._held[:] = without_padding(frame)
        if len(self._held) > MOST_BLOCK_BYTES:
            raise UnparsedError("a block too long")
        if not frame.flags & END_HEADERS:
            return None
        first, self._first = self._first, None
        return self._whole(first)

    def _whole(self, first: Frame) -> Block:
        raw = bytes(self._held)
        self._held.clear()
        if first.kind != PUSH_PROMISE:
            return Block(first.stream, self._decoded(raw), bool(first.flags & END_STREAM), None)
        promised = int.from_bytes(raw[:STREAM_BYTES]) & STREAM_BITS
        return Block(first.stream, self._decoded(raw[STREAM_BYTES:]), ends=False, promised=promised)

    def _decoded(self, raw: bytes) -> Headers:
        try:
            return tuple((name, value) for name, value in self._decoder.decode(raw, raw=True))
        except HPACKError as error:
            raise UnparsedError(type(error).__name__) from None
