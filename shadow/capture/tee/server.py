"""The tee as a live process: accepts users, keeps their relays, and lets them end in order."""

import asyncio
import gc
import logging
import signal
import socket
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic

from shadow.capture.descriptors import possible_connections
from shadow.capture.intake import Intake
from shadow.capture.tee.afterwards import Afterwards
from shadow.capture.tee.bodies import Room
from shadow.capture.tee.first_bytes import AnyConversation
from shadow.capture.tee.limits import TeeLimits
from shadow.capture.tee.listener import listen, take_over
from shadow.capture.tee.offer import Http2, Offer
from shadow.capture.tee.primary import Primary
from shadow.capture.tee.relay import Relay
from shadow.capture.tee.tls import UsersTls
from shadow.capture.tee.transcript import Transcript

logger = logging.getLogger(__name__)

_ACCEPTED_AT_ONCE = 64
_NO_DESCRIPTORS_SECONDS = 0.1
_HANDSHAKE_SECONDS = 30.0
_DRAIN_LOOK_SECONDS = 0.05
_QUIET_SECONDS = 0.25
_PATIENT_SHARE = 1 / 3
_LAST_ARRIVALS_SECONDS = 0.5
_TAKE_OVER_SECONDS = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class TeeOptions:
    """How the tee listens and where it relays to; `processes` listen on the same address."""

    listen_host: str
    listen_port: int
    primary: Primary
    tls: UsersTls | None = None
    http2: Http2 = Http2.AUTO
    limits: TeeLimits = field(default_factory=TeeLimits)
    processes: int = 1


class Tee:
    """One process of the tee; it runs on uvloop."""

    def __init__(self, options: TeeOptions, intake: Intake) -> None:
        self.limits = options.limits
        self.afterwards: Afterwards
        self._options = options
        self._intake = intake
        self._way = Offer(options.primary, options.http2 if options.tls else Http2.NEVER)
        self._room = Room(options.limits.max_copied_bytes)
        self._relays: set[Relay] = set()
        self._greeting: set[asyncio.Task[None]] = set()
        self._listening: socket.socket | None = None
        self._accepts = False
        self._stopping = False
        self._most = _most_connections(options.limits.max_connections)

    @property
    def under_way(self) -> int:
        """How many users wait for an answer or its end, and how many copies to be read.

        What nobody waits for any more may still be unread: its relay is gone by then.
        """
        return sum(relay.is_busy for relay in self._relays) + self.afterwards.waiting

    async def run(self, ready: Callable[[str], None]) -> None:
        """Serve until SIGTERM or SIGINT, finish what users have under way, and return.

        `ready` is called with `host:port` once users can connect. Raises `UnavailableError` when
        that address cannot be listened on.
        """
        stop = _stop_signal()
        self.afterwards = Afterwards()
        self._listening = listen(self._options.listen_host, self._options.listen_port)
        self._accept()
        self._take_over()
        ready(_address(self._listening))
        watching = asyncio.get_running_loop().create_task(self._way.watch())
        gc.collect()
        gc.freeze()
        await stop.wait()
        await self._drain()
        watching.cancel()
        self.afterwards.call_all()

    def _take_over(self) -> None:
        """Take new connections from an earlier process for as long as it is there."""
        if self._listening is None or self._stopping:
            return
        if take_over(self._listening, self._options.processes):
            asyncio.get_running_loop().call_later(_TAKE_OVER_SECONDS, self._take_over)

    def left(self, relay: Relay) -> None:
        """Let somebody else in for a user who has left."""
        self._relays.discard(relay)
        self._accept()

    def _accept(self) -> None:
        """Accept when somebody comes, as long as there is room."""
        if self._accepts or self._listening is None:
            return
        if self._is_full and not self._stopping:
            return
        asyncio.get_running_loop().add_reader(self._listening.fileno(), self._let_in)
        self._accepts = True

    def _accept_nobody(self) -> None:
        if self._accepts and self._listening is not None:
            asyncio.get_running_loop().remove_reader(self._listening.fileno())
            self._accepts = False

    @property
    def _is_full(self) -> bool:
        return len(self._relays) >= self._most

    def _let_in(self) -> bool:
        """Take those who wait in; tell whether there may be more of them."""
        for _ in range(_ACCEPTED_AT_ONCE):
            if self._listening is None or (self._is_full and not self._stopping):
                self._accept_nobody()
                return False
            try:
                wire, _ = self._listening.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return False
            except OSError as error:
                logger.warning("nobody can be accepted for a moment: %s", error.strerror)
                self._accept_nobody()
                asyncio.get_running_loop().call_later(_NO_DESCRIPTORS_SECONDS, self._accept)
                return False
            wire.settimeout(0)
            relay = Relay(self, self._way, self._transcript())
            self._relays.add(relay)
            greeting = asyncio.get_running_loop().create_task(self._greet(relay, wire))
            self._greeting.add(greeting)
            greeting.add_done_callback(self._greeting.discard)
        return True

    async def _greet(self, relay: Relay, wire: socket.socket) -> None:
        """Make the user's end of a relay of an accepted connection."""
        tls = self._users_tls()
        relay.user.over(wire)
        try:
            await asyncio.get_running_loop().connect_accepted_socket(
                lambda: relay.user,
                wire,
                ssl=tls,
                ssl_handshake_timeout=_HANDSHAKE_SECONDS if tls else None,
            )
        except OSError:
            wire.close()
            relay.never_began()

    def _users_tls(self) -> ssl.SSLContext | None:
        """What the next user is shown."""
        tls = self._options.tls
        if tls is None:
            return None
        return tls.http2 if self._way.stands else tls.http1

    def _transcript(self) -> Transcript:
        return Transcript(AnyConversation(self._intake, self._room, _epoch_of))

    async def _drain(self) -> None:
        """Serve those who have connected, and let everybody go between two answers."""
        self._stopping = True
        self._accept()
        started = monotonic()
        ends_at = started + self.limits.drain_seconds
        patient_until = started + self.limits.drain_seconds * _PATIENT_SHARE
        arrivals_until = min(started + _LAST_ARRIVALS_SECONDS, ends_at)
        while (now := monotonic()) < ends_at:
            if self._listening is not None and now >= arrivals_until:
                self._close_listening()
            if now < patient_until:
                self._let_go_of_the_quiet(now - _QUIET_SECONDS)
            else:
                for relay in tuple(self._relays):
                    relay.leave_when_answered()
            if self._listening is None and not self._relays:
                return
            await asyncio.sleep(_DRAIN_LOOK_SECONDS)
        self._close_listening()
        for relay in tuple(self._relays):
            relay.cut()
        await asyncio.sleep(0.01)

    def _close_listening(self) -> None:
        """Take in whoever is queued there, and close it at once."""
        if self._listening is None:
            return
        while self._let_in():
            pass
        self._accept_nobody()
        self._listening.close()
        self._listening = None

    def _let_go_of_the_quiet(self, moved_before: float) -> None:
        for relay in tuple(self._relays):
            if not relay.is_busy and relay.quiet_since() <= moved_before:
                relay.leave_between_answers()


def _epoch_of(at: float) -> float:
    """The time of day at a time of the clock that only goes forward."""
    return time.time() - monotonic() + at


def _most_connections(wanted: int) -> int:
    """As many as descriptors allow for."""
    possible = possible_connections()
    if possible < wanted:
        logger.warning(
            "descriptors allow for %d connections, not for %d: raise LimitNOFILE", possible, wanted
        )
    return min(wanted, possible)


def _address(listening: socket.socket) -> str:
    host, port = listening.getsockname()[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _stop_signal() -> asyncio.Event:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop
