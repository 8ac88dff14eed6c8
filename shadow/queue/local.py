"""The queue between processes of one machine, by a Unix socket, from the live end.

The live end keeps every exchange until a worker says it is committed, and hands it to another
worker when the first one dies; so a killed worker loses nothing. What is kept is bounded in
number and bytes: when that is reached, `offer` says no. Nothing here ever blocks.

A hand-over is named by line (this live process and one run of a worker) and number; the store
remembers per line what is counted, which makes a hand-over after a death safe to repeat.
"""

import contextlib
from collections import deque
from collections.abc import Callable, Sequence
from selectors import EVENT_READ, EVENT_WRITE, DefaultSelector
from socket import socket
from time import monotonic

from msgspec import structs

from shadow.errors import UnavailableError
from shadow.model import Drop, Exchange, LiveCounts
from shadow.queue.blocks import SharedBlocks
from shadow.queue.codec import (
    BUSY,
    DELIVERIES,
    HELLO,
    LIVE_COUNTS,
    REST,
    SETTLED,
    CodecError,
    exchange_parts,
)
from shadow.queue.frames import Frame, beginning
from shadow.queue.lines import HandOver, Kept, Line, QueueLimits
from shadow.queue.meeting_place import MeetingPlace
from shadow.queue.messages import (
    BUSY_KIND,
    DELIVERY_KIND,
    HELLO_KIND,
    LIVE_COUNTS_KIND,
    MEMORY_KIND,
    REST_KIND,
    SETTLED_KIND,
    Busy,
    Deliveries,
    HandedOver,
    Hello,
    Settled,
)
from shadow.queue.pipe import GoneError, Pipe

_MOST_READ_BYTES = 16 * 1024
"""Read of a worker at one go, so that a talkative one cannot hold up the live path."""

_MOST_HEARD_BYTES = 256 * 1024
"""What a message of a worker may be long."""

_MOST_HANDED_OVER = 64
"""Handed over at one go; a worker that comes back to a full queue must not cost a user a pause."""

_MOST_IN_TURN = 8
"""Of these, given to one worker before it is seen which has most room."""

_MOST_LINES = 256

_LINGER_SECONDS = 0.5
"""How long the last totals may take to leave when the queue is closed."""


class LocalQueue:
    """The live end. Not thread-safe: all calls come from the live process's event loop.

    `gathered_bytes` is how much was offered since it last handed over.

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
        self._waiting: deque[Kept] = deque()
        self._lines: dict[int, Line] = {}
        self._lines_opened = 0
        self._kept_bytes = 0
        self._kept = 0
        self.gathered_bytes = 0
        self._when_offered: Callable[[], object] = self.hand_over
        self._when_at_rest: Callable[[int], object] = lambda _: None
        self._at_rest = False
        self._place = MeetingPlace(endpoint)
        self._selector = DefaultSelector()
        self._listening: socket | None = None
        self._listen()
        # On a line that later runs have too, a worker may settle what it had of an earlier one.
        self._memory = SharedBlocks(limits.max_bytes if line is None else 0)

    @property
    def descriptor(self) -> int:
        """Is readable when `hear` has something to do."""
        return self._selector.fileno()

    @property
    def unsettled(self) -> int:
        """How many exchanges are kept: waiting, or with a worker that has not committed them."""
        return self._kept

    def refusal(self) -> Drop | None:
        """Say why there is no use in offering anything; None where there is.

        While all workers leave their candidate alone, one exchange waits for when it is tried.
        """
        if self._at_rest and self._waiting:
            return Drop.CANDIDATE_HELD_BACK
        limits = self._limits
        if self._kept >= limits.max_exchanges or self._kept_bytes >= limits.max_bytes:
            return Drop.QUEUE_FULL
        return None

    def offer(self, exchange: Exchange, number: int | None = None) -> bool:
        """Take an exchange if there is room and use for it; never waits."""
        if self._kept >= self._limits.max_exchanges:
            return False
        if self._at_rest and self._waiting and number is None:
            return False
        message, body = exchange_parts(exchange)
        size = len(message) + self._memory.room_for(len(body))
        if self._kept_bytes + size > self._limits.max_bytes:
            return False
        kept = self._keep(message, body, size, number)
        self._kept += 1
        self._kept_bytes += size
        self.gathered_bytes += size
        self._waiting.append(kept)
        self._when_offered()
        return True

    def hand_over_later(self, soon: Callable[[], object]) -> None:
        """Have `soon` called for what is offered, which must see to it that `hand_over` is."""
        self._when_offered = soon

    def when_at_rest(self, gone: Callable[[int], object]) -> None:
        """Have `gone` called with how much was let go because all workers came to rest."""
        self._when_at_rest = gone

    def hand_over(self) -> bool:
        """Give what waits longest to the workers with most room, a message to each.

        Tells whether it ended as it had given as much as it may at one go.
        """
        self.gathered_bytes = 0
        shares: dict[int, list[HandOver]] = {}
        left = _MOST_HANDED_OVER
        while left and self._waiting and (roomy := self._roomiest()) is not None:
            fair = -(-len(self._waiting) // len(self._lines))
            most = min(left, fair, _MOST_IN_TURN)
            assigned = self._lines[roomy].assign(self._waiting, most, self._limits)
            shares.setdefault(roomy, []).extend(assigned)
            left -= len(assigned)
        for number, share in shares.items():
            self._hand_to(number, share)
        return not left and bool(self._waiting)

    def hear(self) -> bool:
        """Let workers in and hear what they said; tell whether anything waits for them."""
        for key, events in self._selector.select(0):
            if key.fd not in self._lines:
                self._let_in()
            elif events & EVENT_WRITE:
                self._send_the_rest(key.fd)
            else:
                self._read(key.fd)
        return bool(self._waiting)

    def let_go(self) -> int:
        """Forget what waits for a worker; return how much that was.

        What a worker had before it died may be counted already, and stays.
        """
        gone = [kept for kept in self._waiting if not kept.earlier]
        self._waiting = deque(kept for kept in self._waiting if kept.earlier)
        self._forget(gone)
        return len(gone)

    def give_back(self) -> None:
        """Return to the system some of the memory that is not used."""
        self._memory.give_back()

    def announce(self, counts: LiveCounts) -> None:
        """Tell every worker the running totals."""
        message = beginning(LIVE_COUNTS_KIND, LIVE_COUNTS.encode(counts))
        for number, line in tuple(self._lines.items()):
            if line.can_be_sent_to:
                self._send(number, (message,))

    def tell_whether_busy(self, *, busy: bool) -> None:
        """Tell workers that do not know it yet whether users keep this process busy."""
        message = beginning(BUSY_KIND, BUSY.encode(Busy(busy)))
        for number, line in tuple(self._lines.items()):
            if line.knows_busy != busy and line.can_be_sent_to:
                line.knows_busy = busy
                self._send(number, (message,))

    def listen_again(self) -> None:
        """Listen where nobody else does any more.

        Cleaners of temporary folders remove the socket's file; workers that are connected stay so.
        """
        if self._listening is not None and not self._place.is_there:
            self._listen_no_more()
        if self._listening is None:
            with contextlib.suppress(UnavailableError):
                self._listen()

    def close(self) -> None:
        """Close all connections; what was not settled is forgotten."""
        self._listen_no_more()
        self._place.leave()
        until = monotonic() + _LINGER_SECONDS
        for line in self._lines.values():
            line.pipe.close(max(0.0, until - monotonic()))
        self._lines.clear()
        self._selector.close()
        self._memory.close()

    def _listen(self) -> None:
        self._listening = self._place.listen()
        self._selector.register(self._listening, EVENT_READ)

    def _listen_no_more(self) -> None:
        if self._listening is not None:
            self._selector.unregister(self._listening)
            self._listening.close()
            self._listening = None

    def _let_in(self) -> None:
        """Accept one worker; without descriptors, listen again in a while."""
        if self._listening is None:
            return
        try:
            wire, _ = self._listening.accept()
        except (BlockingIOError, InterruptedError, ConnectionAbortedError):
            return
        except OSError:
            self._listen_no_more()
            return
        if len(self._lines) >= _MOST_LINES:
            wire.close()
            return
        pipe = Pipe(wire, _MOST_HEARD_BYTES, _MOST_READ_BYTES)
        try:
            pipe.lend(beginning(MEMORY_KIND, b""), self._memory.descriptor)
        except GoneError:
            pipe.close()
            return
        self._lines[pipe.descriptor] = Line(pipe=pipe)
        self._selector.register(pipe.descriptor, EVENT_READ)

    def _read(self, number: int) -> None:
        line = self._lines[number]
        try:
            for frame in line.pipe.receive():
                self._hear(line, frame)
        except GoneError:
            self._bury(number)

    def _hear(self, line: Line, frame: Frame) -> None:
        try:
            if frame.kind == HELLO_KIND:
                self._greet(line, HELLO.decode(frame.message))
            elif frame.kind == SETTLED_KIND:
                self._settle(line, SETTLED.decode(frame.message))
            elif frame.kind == REST_KIND:
                line.rests = REST.decode(frame.message).rests
                self._see_who_rests()
        except CodecError:
            return

    def _greet(self, line: Line, hello: Hello) -> None:
        """Name a line that has no name yet; it is another one each time that a worker connects."""
        if not line.name:
            self._lines_opened += 1
            line.name = self._line or f"{self._source}/{self._lines_opened}-{hello.worker}"
            line.reads_memory = hello.reads_memory
            self._see_who_rests()

    def _see_who_rests(self) -> None:
        """Let go what waits when the last worker comes to rest: it would be old once it is used.

        Of a recording nothing grows old, and nobody is there to count it.
        """
        named = [line for line in self._lines.values() if line.name]
        was_at_rest = self._at_rest
        self._at_rest = bool(named) and all(line.rests for line in named)
        if self._at_rest and not was_at_rest and self._line is None:
            self._when_at_rest(self.let_go())

    def _settle(self, line: Line, settled: Settled) -> None:
        if settled.line != line.name:
            return
        self._forget(line.take_back(settled.numbers))

    def _hand_to(self, number: int, share: list[HandOver]) -> None:
        """Send a worker its share as one message."""
        line = self._lines[number]
        if not line.reads_memory:
            share = [(n, self._with_body(kept)) for n, kept in share]
        heads = tuple([_handed_over(n, kept) for n, kept in share])
        exchanges = [kept.message for _, kept in share]
        message = DELIVERIES.encode(Deliveries(line.name, heads))
        begin = beginning(DELIVERY_KIND, message, sum(map(len, exchanges)))
        self._send(number, (begin, *exchanges))

    def _keep(self, message: bytes, body: bytes, size: int, number: int | None) -> Kept:
        if body and self._memory.descriptor is None:
            message, body = message + body, b""
        blocks = self._memory.keep(body) if body else ()
        return Kept(message=message, blocks=blocks, body_bytes=len(body), size=size, number=number)

    def _with_body(self, kept: Kept) -> Kept:
        """The same, with all of it in the message."""
        body = self._memory.read(kept.blocks, kept.body_bytes)
        return structs.replace(kept, message=kept.message + body, blocks=(), body_bytes=0)

    def _forget(self, gone: Sequence[Kept]) -> None:
        self._kept -= len(gone)
        for kept in gone:
            self._kept_bytes -= kept.size
            if kept.blocks:
                self._memory.free(kept.blocks)

    def _roomiest(self) -> int | None:
        """The worker that has least of those that may have what waits longest as well."""
        first, found, least = self._waiting[0], None, self._limits.window
        for number, line in self._lines.items():
            if len(line.handed_over) < least and line.has_room(first, self._limits):
                found, least = number, len(line.handed_over)
        return found

    def _send(self, number: int, parts: tuple[bytes, ...]) -> None:
        line = self._lines[number]
        try:
            line.pipe.send(parts)
        except GoneError:
            self._lose(line)
            return
        if line.pipe.is_stuck:
            self._selector.modify(number, EVENT_READ | EVENT_WRITE)

    def _send_the_rest(self, number: int) -> None:
        line = self._lines[number]
        try:
            line.pipe.flush()
        except GoneError:
            self._lose(line)
            return
        if not line.pipe.is_stuck:
            self._selector.modify(number, EVENT_READ)

    def _lose(self, line: Line) -> None:
        """Send a worker that is gone nothing more; it is buried when all that it said is heard."""
        line.is_gone = True
        self._selector.modify(line.pipe.descriptor, EVENT_READ)

    def _bury(self, number: int) -> None:
        """A worker is gone: what it had not settled waits again, in front and in order."""
        self._selector.unregister(number)
        line = self._lines.pop(number)
        line.pipe.close()
        self._waiting.extendleft(line.unsettled())
        self._see_who_rests()


def _handed_over(number: int, kept: Kept) -> HandedOver:
    return HandedOver(number, len(kept.message), kept.earlier, tuple(kept.blocks), kept.body_bytes)
