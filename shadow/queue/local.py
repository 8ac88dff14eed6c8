"""The queue between processes of one machine: ZeroMQ over a Unix socket, from the live end.

The live end keeps every exchange until a worker says it is committed, and hands it to another
worker when the first one dies; so a killed worker loses nothing. What is kept is bounded in
number and bytes: when that is reached, `offer` says no. Nothing here ever blocks.

A hand-over is named by line (this live process and one run of a worker) and number; the store
remembers per line what is counted, which makes a hand-over after a death safe to repeat.
"""

import contextlib
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

import zmq
from msgspec import Struct

from shadow.errors import UnavailableError
from shadow.model import DeliveryId, Exchange, LiveCounts
from shadow.queue.codec import (
    DELIVERIES,
    EXCHANGE,
    HELLO,
    LIVE_COUNTS,
    SETTLED,
    CodecError,
    Deliveries,
    HandedOver,
    Settled,
)

HELLO_KIND, SETTLED_KIND, DELIVERY_KIND, LIVE_COUNTS_KIND = b"H", b"S", b"D", b"L"

_MOST_MESSAGES_READ = 256
"""Read at one go, so that talkative workers cannot hold up the live path."""

_MOST_HANDED_OVER = 32
"""Handed over at one go; a worker that comes back to a full queue must not cost a user a pause."""

_MOST_LISTENED_AGAIN = 16
"""How often a removed socket is replaced; each one before it costs a descriptor until the end."""

_LINGER_MILLISECONDS = 500
"""How long the last totals may take to leave when the queue is closed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueLimits:
    """What a live process keeps for its workers.

    One worker at a time has `window` exchanges of `window_bytes` together, and one at least
    however large it is. ZeroMQ holds a copy of what a worker has not read.
    """

    max_exchanges: int = 2000
    max_bytes: int = 16 * 1024 * 1024
    window: int = 512
    window_bytes: int = 4 * 1024 * 1024


class _Kept(Struct, frozen=True, kw_only=True):
    exchange: bytes
    number: int | None = None
    earlier: tuple[DeliveryId, ...] = ()


@dataclass(slots=True, kw_only=True)
class _Line:
    name: str
    last_number: int = 0
    handed_over: dict[int, _Kept] = field(default_factory=dict)
    handed_over_bytes: int = 0
    is_stuck: bool = False
    """Nothing could be sent to it, and nothing has been heard of it since."""

    def has_room(self, kept: _Kept, limits: QueueLimits) -> bool:
        """Tell whether the worker may have this as well, as far as bytes go."""
        held = self.handed_over_bytes + len(kept.exchange)
        return not self.is_stuck and (not self.handed_over or held <= limits.window_bytes)


class _Sent(Enum):
    """What came of a message; a worker that is gone gets none any more."""

    YES = 0
    LATER = 1
    NEVER = 2


class LocalQueue:
    """The live end. Not thread-safe: all calls come from the live process's event loop.

    With a `line`, all workers are on that one, and whoever offers says what number an exchange has:
    a later run that gives the same numbers can then tell what is counted.

    Raises `UnavailableError` when nothing can listen at `endpoint`.
    """

    def __init__(
        self, endpoint: str, source: str, limits: QueueLimits, line: str | None = None
    ) -> None:
        self._source = source
        self._line = line
        self._limits = limits
        self._waiting: deque[_Kept] = deque()
        self._lines: dict[bytes, _Line] = {}
        self._lines_opened = 0
        self._kept_bytes = 0
        self._kept = 0
        self._when_offered = self.pump
        self._context = zmq.Context()
        self._socket = self._context.socket(zmq.ROUTER)
        self._socket.setsockopt(zmq.ROUTER_MANDATORY, 1)
        self._socket.setsockopt(zmq.LINGER, _LINGER_MILLISECONDS)
        self._socket.setsockopt(zmq.SNDHWM, limits.window + 16)
        self._socket.setsockopt(zmq.MAXMSGSIZE, 1024 * 1024)
        self._endpoint = endpoint
        self._listened_again = 0
        self._bind(endpoint)

    @property
    def descriptor(self) -> int:
        """Becomes readable when `pump` may have something to do."""
        return self._socket.fileno()

    @property
    def unsettled(self) -> int:
        """How many exchanges are kept: waiting, or with a worker that has not committed them."""
        return self._kept

    @property
    def is_full(self) -> bool:
        """Whether there is no room for any exchange."""
        limits = self._limits
        return self._kept >= limits.max_exchanges or self._kept_bytes >= limits.max_bytes

    def offer(self, exchange: Exchange, number: int | None = None) -> bool:
        """Take an exchange if there is room for it; never waits."""
        if self._kept >= self._limits.max_exchanges:
            return False
        kept = _Kept(exchange=EXCHANGE.encode(exchange), number=number)
        if self._kept_bytes + len(kept.exchange) > self._limits.max_bytes:
            return False
        self._kept += 1
        self._kept_bytes += len(kept.exchange)
        self._waiting.append(kept)
        self._when_offered()
        return True

    def hand_over_later(self, soon: Callable[[], None]) -> None:
        """Have `soon` called for what is offered, which must see to it that `pump` is."""
        self._when_offered = soon

    def pump(self) -> None:
        """Read what workers said and hand over what they have room for."""
        self._read()
        self._hand_over()

    def let_go(self) -> int:
        """Forget what waits for a worker; return how much that was.

        What a worker had before it died may be counted already, and stays.
        """
        gone = [kept for kept in self._waiting if not kept.earlier]
        self._waiting = deque(kept for kept in self._waiting if kept.earlier)
        self._kept -= len(gone)
        self._kept_bytes -= sum(len(kept.exchange) for kept in gone)
        return len(gone)

    def announce(self, counts: LiveCounts) -> None:
        """Tell every worker the running totals, and find out which workers are gone."""
        message = LIVE_COUNTS.encode(counts)
        for identity in tuple(self._lines):
            if self._send(identity, LIVE_COUNTS_KIND, message) is _Sent.NEVER:
                self._bury(identity)

    def listen_again(self) -> None:
        """Replace the socket's file if it was removed, as cleaners of temporary folders do.

        Workers that are connected stay so either way; those that start need the file.
        """
        path = self._endpoint.removeprefix("ipc://")
        if not path.startswith("/") or Path(path).exists():
            return
        if self._listened_again < _MOST_LISTENED_AGAIN:
            # Unbinding would cut off the workers that came by the old one.
            with contextlib.suppress(zmq.ZMQError):
                self._socket.bind(self._endpoint)
                self._listened_again += 1

    def close(self) -> None:
        """Close the socket; what was not settled is forgotten."""
        self._socket.close()
        self._context.term()

    def _bind(self, endpoint: str) -> None:
        try:
            self._socket.bind(endpoint)
        except zmq.ZMQError as error:
            self.close()
            raise UnavailableError(
                f"the queue cannot listen at {endpoint} ({error.strerror}); "
                "set `queue` to an ipc:// path in a folder that this user can write"
            ) from None

    def _read(self) -> None:
        for _ in range(_MOST_MESSAGES_READ):
            try:
                parts = self._socket.recv_multipart(zmq.NOBLOCK)
            except zmq.Again:
                return
            if len(parts) == 3:
                self._hear(*parts)

    def _hear(self, identity: bytes, kind: bytes, payload: bytes) -> None:
        if line := self._lines.get(identity):
            line.is_stuck = False
        try:
            if kind == HELLO_KIND:
                self._greet(identity, HELLO.decode(payload).worker)
            elif kind == SETTLED_KIND and line:
                self._settle(line, SETTLED.decode(payload))
        except CodecError:
            return

    def _greet(self, identity: bytes, worker: str) -> None:
        """Open a line to a worker that has none; its name is new even to a worker that is not."""
        if identity not in self._lines:
            self._lines_opened += 1
            own = f"{self._source}/{self._lines_opened}-{worker}"
            self._lines[identity] = _Line(name=self._line or own)

    def _settle(self, line: _Line, settled: Settled) -> None:
        if settled.line != line.name:
            return
        for number in settled.numbers:
            if kept := line.handed_over.pop(number, None):
                line.handed_over_bytes -= len(kept.exchange)
                self._kept -= 1
                self._kept_bytes -= len(kept.exchange)

    def _hand_over(self) -> None:
        """Give what waits longest to the workers with most room: a message to each."""
        shares: dict[bytes, list[HandedOver]] = {}
        for _ in range(_MOST_HANDED_OVER):
            roomy = self._roomiest() if self._waiting else None
            if roomy is None:
                break
            shares.setdefault(roomy, []).append(self._assigned(self._lines[roomy]))
        for identity, share in shares.items():
            line = self._lines[identity]
            message = DELIVERIES.encode(Deliveries(line.name, tuple(share)))
            sent = self._send(identity, DELIVERY_KIND, message)
            if sent is not _Sent.YES:
                self._take_back(line, share)
            if sent is _Sent.NEVER:
                self._bury(identity)

    def _roomiest(self) -> bytes | None:
        """The worker that has least of those that may have what waits longest as well."""
        first, found, least = self._waiting[0], None, self._limits.window
        for identity, line in self._lines.items():
            if len(line.handed_over) < least and line.has_room(first, self._limits):
                found, least = identity, len(line.handed_over)
        return found

    def _assigned(self, line: _Line) -> HandedOver:
        """Note what waits longest as handed over on a line."""
        kept = self._waiting.popleft()
        number = line.last_number + 1 if kept.number is None else kept.number
        line.last_number = number
        line.handed_over[number] = kept
        line.handed_over_bytes += len(kept.exchange)
        return HandedOver(number, kept.exchange, kept.earlier)

    def _take_back(self, line: _Line, share: Sequence[HandedOver]) -> None:
        """Have what could not be sent wait again, in front and in order, as if it had not been."""
        line.is_stuck = True
        for each in reversed(share):
            kept = line.handed_over.pop(each.number)
            line.handed_over_bytes -= len(kept.exchange)
            line.last_number = each.number - 1
            self._waiting.appendleft(kept)

    def _send(self, identity: bytes, kind: bytes, payload: bytes) -> _Sent:
        try:
            self._socket.send_multipart((identity, kind, payload), zmq.NOBLOCK)
        except zmq.Again:
            return _Sent.LATER
        except zmq.ZMQError:
            return _Sent.NEVER
        return _Sent.YES

    def _bury(self, identity: bytes) -> None:
        """A worker is gone: what it had not settled waits again, in front and in order."""
        line = self._lines.pop(identity)
        again = (
            _Kept(
                exchange=kept.exchange,
                number=kept.number,
                earlier=(*kept.earlier, DeliveryId(line=line.name, number=number)),
            )
            for number, kept in sorted(line.handed_over.items(), reverse=True)
        )
        self._waiting.extendleft(again)
