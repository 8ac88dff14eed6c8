"""The same request to the primary, directly and through Shadow, again and again.

On a thread of its own, so that the event loop's own lateness is in one of the two times alone.
"""

import http.client
import ssl
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from threading import Event, Thread

from shadow.capture.guard.latency import ProbePair
from shadow.model import LOOP_GUARD

_TIMEOUT_SECONDS = 5.0
_MOST_BODY_BYTES = 64 * 1024
_MOST_WAITING = 16
_FAULTS = (OSError, http.client.HTTPException)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeTo:
    """Where a probe goes; `tls` gives the context for an address that speaks TLS.

    It is called on the probing thread, as loading authorities takes its time.
    """

    host: str
    port: int
    tls: Callable[[], ssl.SSLContext] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeOptions:
    """What is asked, and how often. `mark` is the loop guard's value, `authority` the Host."""

    direct: ProbeTo
    through: ProbeTo
    authority: str
    method: str = "HEAD"
    target: str = "/"
    mark: bytes = b"1"
    every_seconds: float = 5.0


class Prober:
    """Sends pairs of probes until it is stopped; `pairs` is what came of them.

    Each has a connection of its own, and its time is from the first packet to the answer's head:
    that is what a user with a new connection waits. Which of the two is sent first changes each
    time. `failures` is how many pairs in a row did not come about, and `problem` why the last did
    not.
    """

    def __init__(self, options: ProbeOptions) -> None:
        self._options = options
        self._stopped = Event()
        self.pairs: deque[ProbePair] = deque(maxlen=_MOST_WAITING)
        self.failures = 0
        self.problem = ""

    def start(self) -> None:
        """Begin, after a first pause."""
        Thread(target=self._run, daemon=True, name="probes").start()

    def stop(self) -> None:
        """Send no more."""
        self._stopped.set()

    def _run(self) -> None:
        through_first = False
        try:
            direct, through = _opened(self._options.direct), _opened(self._options.through)
        except (OSError, ValueError) as error:
            self._failed(error)
            return
        while not self._stopped.wait(self._options.every_seconds):
            through_first = not through_first
            self._ask(direct, through, through_first=through_first)

    def _ask(self, direct: "_Opened", through: "_Opened", *, through_first: bool) -> None:
        try:
            late = self._through(through) if through_first else None
            soon = _timed(direct, self._options)
            late = self._through(through) if late is None else late
        except _FAULTS as fault:
            self._failed(fault)
            return
        self.failures = 0
        self.pairs.append(ProbePair(direct=soon, through=late))

    def _failed(self, error: Exception) -> None:
        self.problem = type(error).__name__
        self.failures += 1

    def _through(self, through: "_Opened") -> float:
        try:
            return _timed(through, self._options)
        except TimeoutError:
            # Nothing came in time, which is how long a user waits at least.
            return _TIMEOUT_SECONDS


type _Opened = Callable[[], http.client.HTTPConnection]


def _opened(to: ProbeTo) -> _Opened:
    if to.tls is None:
        return lambda: http.client.HTTPConnection(to.host, to.port, timeout=_TIMEOUT_SECONDS)
    context = to.tls()
    return lambda: http.client.HTTPSConnection(
        to.host, to.port, timeout=_TIMEOUT_SECONDS, context=context
    )


def _timed(opened: _Opened, options: ProbeOptions) -> float:
    """Send one probe; seconds until its answer begins."""
    connection = opened()
    try:
        started = time.perf_counter()
        connection.putrequest(options.method, options.target, skip_host=True)
        connection.putheader("Host", options.authority)
        connection.putheader(LOOP_GUARD.decode(), options.mark)
        connection.endheaders()
        answer = connection.getresponse()
        answer.read1(_MOST_BODY_BYTES)
        return time.perf_counter() - started
    finally:
        connection.close()
