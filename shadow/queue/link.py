"""The worker's end of the local queue."""

import asyncio
import contextlib
import logging
import secrets
import socket

from shadow.model import DeliveryId, LiveCounts
from shadow.queue.codec import BUSY, DELIVERIES, HELLO, LIVE_COUNTS, REST, SETTLED, CodecError
from shadow.queue.delivery import Delivery
from shadow.queue.frames import Frame, beginning
from shadow.queue.lent import LentBlocks, LentBody
from shadow.queue.meeting_place import path_of
from shadow.queue.messages import (
    BUSY_KIND,
    DELIVERY_KIND,
    HELLO_KIND,
    LIVE_COUNTS_KIND,
    MEMORY_KIND,
    REST_KIND,
    SETTLED_KIND,
    HandedOver,
    Hello,
    Rest,
    Settled,
)
from shadow.queue.pipe import GoneError, Pipe

logger = logging.getLogger(__name__)

_TRY_AGAIN_SECONDS = 0.1
_READ_BYTES = 1024 * 1024
_MOST_HEARD_BYTES = 1024**3
"""The live end bounds what it hands over at one go; this is what is no message of it."""
_LINGER_SECONDS = 1.0


class LocalLink:
    """Receives deliveries and the live process's totals, and settles what is committed.

    It connects when there is a live process, and again whenever there is another one.
    `deliveries` is filled as they arrive; the live end's window bounds it. `lines` are those that
    any came on. `heard_at` is the loop's time of the last message, and `live` the newest totals.
    `users_are_many` says whether they keep the live process busy.
    """

    def __init__(
        self,
        endpoint: str,
        loop: asyncio.AbstractEventLoop,
        deliveries: asyncio.Queue[Delivery] | None = None,
    ) -> None:
        self.deliveries = asyncio.Queue[Delivery]() if deliveries is None else deliveries
        self.lines: set[str] = set()
        self.live: LiveCounts | None = None
        self.users_are_many = False
        self.heard_at = loop.time()
        self._loop = loop
        self._path = str(path_of(endpoint))
        self._worker = secrets.token_hex(8)
        self._rests = False
        self._pipe: Pipe | None = None
        self._memory: LentBlocks | None = None
        self._again: asyncio.TimerHandle | None = None
        self._connect()

    @property
    def lives(self) -> tuple[LiveCounts, ...]:
        """The newest totals, where any were told."""
        return () if self.live is None else (self.live,)

    def settle(self, deliveries: tuple[DeliveryId, ...]) -> None:
        """Tell the live process that these are committed.

        One that is gone needs not to know: whoever gets them again asks the store.
        """
        lines: dict[str, list[int]] = {}
        for delivery in deliveries:
            lines.setdefault(delivery.line, []).append(delivery.number)
        for line, numbers in lines.items():
            self._send(SETTLED_KIND, SETTLED.encode(Settled(line, tuple(numbers))))

    def rest(self, *, rests: bool) -> None:
        """Tell the live process, and each later one, whether the candidate is left alone."""
        if rests != self._rests:
            self._rests = rests
            self._send(REST_KIND, REST.encode(Rest(rests)))

    def close(self) -> None:
        """Say what is still unsaid, and leave."""
        if self._again is not None:
            self._again.cancel()
        self._leave(_LINGER_SECONDS)

    def _connect(self) -> None:
        try:
            wire = _connected(self._path)
        except OSError:
            self._again = self._loop.call_later(_TRY_AGAIN_SECONDS, self._connect)
            return
        self._pipe = Pipe(wire, _MOST_HEARD_BYTES, _READ_BYTES, borrows=True)
        self._loop.add_reader(self._pipe.descriptor, self._read)

    def _leave(self, linger_seconds: float = 0.0) -> None:
        if self._pipe is None:
            return
        self._copy_what_is_lent()
        self._loop.remove_reader(self._pipe.descriptor)
        self._loop.remove_writer(self._pipe.descriptor)
        self._pipe.close(linger_seconds)
        self._pipe = self._memory = None

    def _lost(self) -> None:
        """The live process is gone, and may be started again."""
        self.users_are_many = False
        self._leave()
        self._again = self._loop.call_later(_TRY_AGAIN_SECONDS, self._connect)

    def _send(self, kind: bytes, message: bytes) -> None:
        if self._pipe is None:
            return
        try:
            self._pipe.send((beginning(kind, message),))
        except GoneError:
            self._lost()
            return
        if self._pipe.is_stuck:
            self._loop.add_writer(self._pipe.descriptor, self._send_the_rest)

    def _send_the_rest(self) -> None:
        if self._pipe is None:
            return
        try:
            self._pipe.flush()
        except GoneError:
            self._lost()
            return
        if not self._pipe.is_stuck:
            self._loop.remove_writer(self._pipe.descriptor)

    def _read(self) -> None:
        if self._pipe is None:
            return
        try:
            frames = self._pipe.receive()
        except GoneError:
            self._lost()
            return
        self.heard_at = self._loop.time()
        for frame in frames:
            # Another version of Shadow is there; what it says is not understood.
            with contextlib.suppress(CodecError):
                self._hear(frame)

    def _meet(self, pipe: Pipe) -> None:
        """Map the memory that long bodies lie in, and say hello."""
        self._memory = _mapped(pipe.borrowed())
        hello = Hello(worker=self._worker, reads_memory=self._memory is not None)
        self._send(HELLO_KIND, HELLO.encode(hello))
        if self._rests:
            self._send(REST_KIND, REST.encode(Rest(rests=True)))

    def _hear(self, frame: Frame) -> None:
        if frame.kind == MEMORY_KIND and self._pipe is not None:
            self._meet(self._pipe)
        elif frame.kind == DELIVERY_KIND:
            self._take(frame)
        elif frame.kind == LIVE_COUNTS_KIND:
            self.live = LIVE_COUNTS.decode(frame.message)
        elif frame.kind == BUSY_KIND:
            self.users_are_many = BUSY.decode(frame.message).busy

    def _take(self, frame: Frame) -> None:
        deliveries = DELIVERIES.decode(frame.message)
        line, start = deliveries.line, 0
        self.lines.add(line)
        for each in deliveries.handed_over:
            end = start + each.exchange_bytes
            identity = DeliveryId(line=line, number=each.number)
            body = self._body(each) if each.blocks else None
            self.deliveries.put_nowait(
                Delivery(
                    id=identity,
                    message=bytes(frame.rest[start:end]),
                    body=body,
                    earlier=each.earlier,
                )
            )
            start = end

    def _body(self, handed_over: HandedOver) -> LentBody:
        if self._memory is None:
            raise CodecError("a body in memory that was not lent")
        try:
            return self._memory.body(handed_over.blocks, handed_over.body_bytes)
        except ValueError as error:
            raise CodecError(str(error)) from None

    def _copy_what_is_lent(self) -> None:
        """Copy what waits: the live process uses its memory anew as soon as nobody is here."""
        for _ in range(self.deliveries.qsize()):
            self.deliveries.put_nowait(self.deliveries.get_nowait().copied())


def _connected(path: str) -> socket.socket:
    """A connection to a live process; raises `OSError` where there is none, or no descriptor."""
    wire = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    wire.settimeout(0)
    try:
        wire.connect(path)
    except OSError:
        wire.close()
        raise
    return wire


def _mapped(descriptor: int | None) -> LentBlocks | None:
    """What a live process lends; None where it lends nothing, and where that cannot be mapped."""
    try:
        return None if descriptor is None else LentBlocks(descriptor)
    except (OSError, ValueError) as error:
        logger.warning(
            "the memory of the queue cannot be mapped (%s): long bodies are sent instead", error
        )
        return None
