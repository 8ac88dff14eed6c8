"""All that protects users and machine, as one decision a second."""

from dataclasses import dataclass

from shadow.capture.guard.allowance import Allowance, LeftOut
from shadow.capture.guard.latency import Added, LatencyGuard
from shadow.capture.guard.memory import Memory, MemoryGuard
from shadow.capture.guard.rate import TargetRate
from shadow.model import Drop, Skip

_MIB = 1024**2


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a live process knows of itself at `now`, in the clock's seconds.

    `paused_by` are what asks it to pause. `resident` is its memory in bytes, None where that
    can't be known. `added` is what users wait longer, None while too little is measured. The
    totals are of requests that the sample takes, and that the target rate takes of them.
    """

    now: float
    paused_by: tuple[str, ...] = ()
    resident: int | None = None
    added: Added | None = None
    in_sample: int = 0
    in_rate: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """What follows: what may be captured, and what else is to be done.

    `let_go` tells to forget what waits in the queue, `give_back` to return freed memory to the
    system, `measure_anew` to forget what was measured.
    `news` are sentences for the operator, one for each change; `state` is how it stands.
    """

    allowance: Allowance
    let_go: bool = False
    give_back: bool = False
    measure_anew: bool = False
    news: tuple[str, ...] = ()
    state: str = "capturing"


class Guard:
    """Weighs pause, memory, added latency and target rate; each may be left out."""

    def __init__(
        self,
        *,
        memory: MemoryGuard | None = None,
        latency: LatencyGuard | None = None,
        rate: TargetRate | None = None,
    ) -> None:
        self._memory = memory
        self._latency = latency
        self._rate = rate
        self._paused_by: tuple[str, ...] = ()
        self._in_vain = False

    def rule(self, seen: Seen) -> Ruling:
        """Say what may be captured from now on."""
        news = list(self._news_of_pause(seen))
        memory = self._look_at_memory(seen, news)
        measure_anew = self._look_at_latency(seen, news)
        share = self._latency.share if self._latency else 1.0
        rate = self._rate.look(seen.in_sample, seen.in_rate, seen.now) if self._rate else 1.0
        allowance = Allowance(
            new=_why_nothing_new(seen, memory, share),
            under_way=_why_nothing_at_all(seen, memory),
            rate_share=rate,
            latency_share=share or 1.0,
        )
        return Ruling(
            allowance=allowance,
            let_go=memory is Memory.OVER,
            give_back=memory is not Memory.FREE,
            measure_anew=measure_anew,
            news=tuple(news),
            state=_state(allowance),
        )

    def _news_of_pause(self, seen: Seen) -> tuple[str, ...]:
        if seen.paused_by == self._paused_by:
            return ()
        self._paused_by = seen.paused_by
        if seen.paused_by:
            return (f"capture is paused ({' and '.join(seen.paused_by)}); users are served on",)
        return ("capture is no longer paused",)

    def _look_at_memory(self, seen: Seen, news: list[str]) -> Memory:
        if self._memory is None or seen.resident is None:
            return Memory.FREE
        before = self._memory.state
        state = self._memory.look(seen.resident)
        if state is not before:
            takes = (
                f"the live process takes {seen.resident // _MIB:,} MiB, and may take "
                f"{self._memory.ceiling // _MIB:,} (capture.max_memory_bytes)"
            )
            news.append(f"{takes}: {_OF_MEMORY[state]}")
        return state

    def _look_at_latency(self, seen: Seen, news: list[str]) -> bool:
        if self._latency is None or seen.added is None:
            return False
        waits = (
            f"users wait {seen.added.seconds * 1000:.1f} ms longer, as {seen.added.shown_by}"
            f" (capture.guard.max_added_ms {self._latency.max_seconds * 1000:g})"
        )
        if self._latency.look(seen.added.seconds, seen.now):
            self._in_vain = False
            news.append(f"{waits}: {_said_of(self._latency.share)}")
            return True
        stopped = not self._latency.share
        if stopped and not self._in_vain and seen.added.seconds > self._latency.max_seconds:
            self._in_vain = True
            news.append(f"{waits} though nothing is captured: the relaying itself is too slow")
        return False


_OF_MEMORY = {
    Memory.FREE: "capture goes on",
    Memory.SCARCE: "nothing more is captured",
    Memory.OVER: "capture stops, and what waits for workers is let go",
}


def _said_of(share: float) -> str:
    if not share:
        return "capture stops"
    return (
        f"{share:.4g} of the sample is captured" if share < 1 else "all of the sample is captured"
    )


def _why_nothing_new(seen: Seen, memory: Memory, share: float) -> LeftOut | None:
    if seen.paused_by:
        return Skip.PAUSED
    if memory is not Memory.FREE:
        return Drop.MEMORY
    return None if share else Drop.ADDED_LATENCY


def _why_nothing_at_all(seen: Seen, memory: Memory) -> LeftOut | None:
    if seen.paused_by:
        return Skip.PAUSED
    return Drop.MEMORY if memory is Memory.OVER else None


def _state(allowance: Allowance) -> str:
    if allowance.new is Skip.PAUSED:
        return "paused"
    if allowance.new is not None:
        return f"stopped: {allowance.new}"
    if allowance.latency_share < 1:
        return f"capturing {allowance.latency_share:.4g} of the sample"
    return "capturing"
