"""The worker's end of the local queue."""

import asyncio
import secrets

import zmq

from shadow.model import DeliveryId, LiveCounts
from shadow.queue.codec import (
    DELIVERIES,
    HELLO,
    LIVE_COUNTS,
    SETTLED,
    CodecError,
    Deliveries,
    Delivery,
    Hello,
    Settled,
)
from shadow.queue.local import DELIVERY_KIND, HELLO_KIND, LIVE_COUNTS_KIND, SETTLED_KIND

_HELLO_SECONDS = 1.0


class LocalLink:
    """Receives deliveries and the live process's totals, and settles what is committed.

    `deliveries` is filled as they arrive; the live end's window bounds it. `lines` are those that
    any came on. `heard_at` is the loop's time of the last message, and `live` the newest totals.
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
        self.heard_at = loop.time()
        self._loop = loop
        self._unsaid: dict[str, list[int]] = {}
        self._hello = HELLO.encode(Hello(worker=secrets.token_hex(8)))
        self._context = zmq.Context()
        self._socket = self._context.socket(zmq.DEALER)
        self._socket.setsockopt(zmq.LINGER, 1000)
        self._socket.connect(endpoint)
        self._loop.add_reader(self._socket.fileno(), self._pump)
        self._tick: asyncio.TimerHandle | None = None
        self._greet()

    @property
    def lives(self) -> tuple[LiveCounts, ...]:
        """The newest totals, where any were told."""
        return () if self.live is None else (self.live,)

    def settle(self, deliveries: tuple[DeliveryId, ...]) -> None:
        """Tell the live process that these are committed."""
        for delivery in deliveries:
            self._unsaid.setdefault(delivery.line, []).append(delivery.number)
        self._say_settled()
        self._pump()

    def close(self) -> None:
        """Say what is still unsaid, and leave."""
        if self._tick:
            self._tick.cancel()
        self._say_settled()
        self._loop.remove_reader(self._socket.fileno())
        self._socket.close()
        self._context.term()

    def _greet(self) -> None:
        self._send(HELLO_KIND, self._hello)
        self._say_settled()
        self._pump()
        self._tick = self._loop.call_later(_HELLO_SECONDS, self._greet)

    def _say_settled(self) -> None:
        """Say what could not be said before too, so that a busy live end forgets nothing."""
        for line, numbers in tuple(self._unsaid.items()):
            if self._send(SETTLED_KIND, SETTLED.encode(Settled(line, tuple(numbers)))):
                del self._unsaid[line]

    def _send(self, kind: bytes, payload: bytes) -> bool:
        try:
            self._socket.send_multipart((kind, payload), zmq.NOBLOCK)
        except zmq.Again:
            return False
        return True

    def _pump(self) -> None:
        """Read all there is; the descriptor only tells of changes, so nothing may be left."""
        while True:
            try:
                parts = self._socket.recv_multipart(zmq.NOBLOCK)
            except zmq.Again:
                return
            self.heard_at = self._loop.time()
            if len(parts) == 2:
                self._hear(*parts)

    def _hear(self, kind: bytes, payload: bytes) -> None:
        try:
            if kind == DELIVERY_KIND:
                self._take(DELIVERIES.decode(payload))
            elif kind == LIVE_COUNTS_KIND:
                self.live = LIVE_COUNTS.decode(payload)
        except CodecError:
            return

    def _take(self, deliveries: Deliveries) -> None:
        line = deliveries.line
        self.lines.add(line)
        for each in deliveries.handed_over:
            identity = DeliveryId(line=line, number=each.number)
            delivery = Delivery(id=identity, exchange=each.exchange, earlier=each.earlier)
            self.deliveries.put_nowait(delivery)
