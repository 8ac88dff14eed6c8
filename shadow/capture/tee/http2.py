"""One connection's HTTP/2: which answer belongs to which request, from two streams of bytes.

It says nothing itself and only reads, so it follows both sides where they stand: each one's header
table, the settings by which the other bounds it, and the streams that are open. Pure, as
`conversation`, and of the same rules: an exchange is taken only when the answer is its request's
beyond doubt. What is wrong with one stream leaves that exchange out; what makes it unsure how to
read on ends the reading.
"""

from collections.abc import Callable

from shadow.capture.guard.allowance import LeftOut
from shadow.capture.intake import Intake
from shadow.capture.tee.bodies import Room
from shadow.capture.tee.conversation import Conversation
from shadow.capture.tee.heads import UnparsedError
from shadow.capture.tee.http2_blocks import Block
from shadow.capture.tee.http2_frames import (
    GOAWAY,
    IN_BLOCKS,
    PUSH_PROMISE,
    RST_STREAM,
    SETTINGS,
    STREAM_BITS,
    STREAM_BYTES,
    Content,
    Frame,
)
from shadow.capture.tee.http2_heads import StreamResponse, are_trailers, read_response
from shadow.capture.tee.http2_side import Side
from shadow.capture.tee.http2_stream import Stream
from shadow.model import Skip

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
"""What every user of HTTP/2 says first."""

MOST_STREAMS = 1024
"""Streams that may be open on a connection; reading stops where there are more."""

_FRAMES_AT_ONCE = 16
_RST_BYTES, _GOAWAY_BYTES = 4, 8
_INTERIM, _SWITCHING = range(100, 200), 101
_MALFORMED = StreamResponse(status=0, headers=(), length=None, events=False)

type _Hear = Callable[[Frame | Content, bytes, float], None]


class Http2Conversation:
    """HTTP/2 of a user who begins with the preface; `epoch_of` is as for HTTP/1."""

    def __init__(self, intake: Intake, room: Room, epoch_of: Callable[[float], float]) -> None:
        self.stopped = False
        self.begun_at: float | None = None
        self._intake = intake
        self._room = room
        self._epoch_of = epoch_of
        self._user = Side()
        self._primary = Side()
        self._primary_spoke = False
        self._preface_bytes = 0
        self._streams: dict[int, Stream] = {}
        self._last_asked = 0
        self._last_served = STREAM_BITS
        self._last_promised = 0
        self._user_left = False

    @property
    def under_way(self) -> bool:
        """Whether a stream is open that is not answered to its end."""
        return bool(self._streams) or self._user.in_block

    @property
    def heard_out(self) -> bool:
        """Never: an answer may need the user to say that there is room for it."""
        return False

    def known(self) -> Conversation:  # noqa: D102
        return self

    def user_sent(self, data: bytes, start: int, at: float) -> int:
        """Read some frames."""
        try:
            if self._preface_bytes < len(PREFACE):
                return self._read_preface(data, start)
            end = self._read(self._user, self._hear_user, data, start, at)
        except UnparsedError:
            self.stop(Skip.UNPARSED)
            return len(data)
        self.begun_at = self._user.began_at if self._user.in_block else None
        return end

    def primary_sent(self, data: bytes, start: int, at: float) -> int:
        """Read some frames."""
        self._primary_spoke = True
        try:
            return self._read(self._primary, self._hear_primary, data, start, at)
        except UnparsedError:
            self.stop(Skip.UNPARSED)
            return len(data)

    def user_ended(self) -> None:
        """Nothing more comes from the user, who may still wait for answers."""
        self._user_left = True

    def primary_ended(self, at: float) -> None:  # noqa: ARG002 - no answer of HTTP/2 ends so
        """Nothing more comes from the primary: what is not answered yet has failed."""
        self.broke(by_user=False)

    def broke(self, *, by_user: bool) -> None:
        """Count what will not be answered any more."""
        if by_user or self._user_left:
            self.end(Skip.CLIENT_LEFT)
        elif self._primary_spoke:
            self.end(Skip.PRIMARY_FAILED)
        else:  # as long as a user was not answered at all, what was asked may not be read yet
            self.stop(Skip.PRIMARY_FAILED)

    def end(self, reason: LeftOut) -> None:
        """Read no more; what is not answered yet ends so."""
        self.stopped = True
        self.begun_at = None
        while self._streams:
            self._give_up(next(iter(self._streams)), reason)

    def stop(self, reason: LeftOut) -> None:
        """As `end`, but count one exchange at least."""
        if not self.stopped and not self._streams:
            self._intake.skip(reason)
        self.end(reason)

    def _read_preface(self, data: bytes, start: int) -> int:
        end = min(len(data), start + len(PREFACE) - self._preface_bytes)
        if data[start:end] != PREFACE[self._preface_bytes :][: end - start]:
            raise UnparsedError("no HTTP/2")
        self._preface_bytes += end - start
        return end

    def _read(self, side: Side, hear: _Hear, data: bytes, start: int, at: float) -> int:
        """Read some frames, and none behind one that may have taken time to be read."""
        for _ in range(_FRAMES_AT_ONCE):
            told, start = side.feed(data, start, at)
            if told is not None:
                hear(told, data, at)
            if start == len(data) or (isinstance(told, Frame) and told.kind in IN_BLOCKS):
                break
        return start

    def _hear_user(self, told: Frame | Content, data: bytes, at: float) -> None:
        if isinstance(told, Content):
            self._upload(told, data, at)
        elif told.kind == PUSH_PROMISE:
            raise UnparsedError("a user who pushes")
        elif told.kind in IN_BLOCKS:
            block = self._user.block(told)
            if block is not None:
                self._asked(block, at)
        elif told.kind == SETTINGS:
            self._user.settle(told, self._primary)
        elif told.kind == RST_STREAM:
            self._reset(told, Skip.CLIENT_LEFT)

    def _hear_primary(self, told: Frame | Content, data: bytes, at: float) -> None:
        if isinstance(told, Content):
            self._download(told, data, at)
        elif told.kind in IN_BLOCKS:
            block = self._primary.block(told)
            if block is not None and block.promised is not None:
                self._promised(block.promised)
            elif block is not None:
                self._answered(block, at)
        elif told.kind == SETTINGS:
            self._primary.settle(told, self._user)
        elif told.kind == RST_STREAM:
            self._reset(told, Skip.PRIMARY_FAILED)
        elif told.kind == GOAWAY:
            self._goes_away(told)

    def _asked(self, block: Block, at: float) -> None:
        stream = self._of_user(block.stream, opens=True)
        if stream is not None:
            if stream.ended_at is not None or not block.ends:
                raise UnparsedError("a second head")
            if not are_trailers(block.fields):
                stream.leave_out(Skip.UNPARSED)
            stream.ended_at = at
        elif block.stream > self._last_asked:
            self._open(block, at)

    def _open(self, block: Block, at: float) -> None:
        if len(self._streams) >= MOST_STREAMS:
            raise UnparsedError("more streams than are followed")
        self._last_asked = block.stream
        stream = self._streams[block.stream] = Stream(self._user.began_at, self._room)
        stream.ask(block.fields, self._intake)
        if block.ends:
            stream.ended_at = at
        else:
            stream.await_body(self._intake.max_body_bytes)
        if block.stream > self._last_served:
            self._give_up(block.stream, Skip.PRIMARY_FAILED)

    def _upload(self, told: Content, data: bytes, at: float) -> None:
        stream = self._of_user(told.stream)
        if stream is None:
            return
        if stream.ended_at is not None:
            raise UnparsedError("content behind the end")
        if stream.copy is not None:
            stream.copy.add(data, told.start, told.end)
        if told.ends:
            stream.ended_at = at

    def _answered(self, block: Block, at: float) -> None:
        stream = self._of_primary(block.stream)
        if stream is None:
            return
        if stream.response is not None:
            if not block.ends:
                raise UnparsedError("a second head")
            if not are_trailers(block.fields):
                stream.leave_out(Skip.UNPARSED)
            self._finish(block.stream, at)
            return
        head = read_response(block.fields)
        if head is None or (head.status in _INTERIM and (block.ends or head.status == _SWITCHING)):
            stream.leave_out(Skip.UNPARSED)
            head = _MALFORMED
        if head.status in _INTERIM:
            return
        stream.answer_with(head, self._primary.began_at, self._intake.max_body_bytes)
        if block.ends:
            self._finish(block.stream, at)

    def _download(self, told: Content, data: bytes, at: float) -> None:
        stream = self._of_primary(told.stream)
        if stream is None:
            return
        if stream.response is None:
            raise UnparsedError("content before its head")
        if stream.answer is not None:
            stream.answer.add(data, told.start, told.end)
        if told.ends:
            self._finish(told.stream, at)

    def _promised(self, number: int) -> None:
        """Count what the primary is about to push: nobody has asked for it."""
        if number % 2 or number <= self._last_promised:
            raise UnparsedError("a push that cannot be")
        self._last_promised = number
        self._intake.skip(Skip.PUSHED)

    def _reset(self, told: Frame, reason: Skip) -> None:
        if len(told.payload) != _RST_BYTES:
            raise UnparsedError("a reset that readers differ in")
        if self._of_primary(told.stream) is not None:
            self._give_up(told.stream, reason)

    def _goes_away(self, told: Frame) -> None:
        """Count the streams that the primary says it has not looked at."""
        if told.stream or len(told.payload) < _GOAWAY_BYTES:
            raise UnparsedError("an end that readers differ in")
        self._last_served = min(
            self._last_served, int.from_bytes(told.payload[:STREAM_BYTES]) & STREAM_BITS
        )
        for stream in [each for each in self._streams if each > self._last_served]:
            self._give_up(stream, Skip.PRIMARY_FAILED)

    def _finish(self, number: int, at: float) -> None:
        """Take the exchange at whose answer's end this is."""
        stream = self._streams.pop(number)
        try:
            stream.settle(self._intake, self._epoch_of(stream.began_at), at)
        except Exception:
            self.stopped = True
            raise

    def _give_up(self, number: int, reason: LeftOut) -> None:
        stream = self._streams.pop(number)
        stream.forget()
        self._intake.skip(stream.left_out or reason)

    def _of_user(self, number: int, *, opens: bool = False) -> Stream | None:
        """The open stream that a user speaks on; None if it was closed, or is about to open."""
        if not number % 2 or (number > self._last_asked and not opens):
            raise UnparsedError("a stream that cannot be")
        return self._streams.get(number)

    def _of_primary(self, number: int) -> Stream | None:
        """The open stream that something is said on; None if it was closed, or is pushed."""
        if number % 2:
            return self._of_user(number)
        if not 0 < number <= self._last_promised:
            raise UnparsedError("a stream that cannot be")
        return None
