"""The flow on one screen: an exchange goes in, an observation that may be kept comes out.

    capture ─► queue ─► replay ─► diff ─► redact ─► store ─► verdict ─► report

This module holds what a worker does with one exchange, and names (as protocols) the edges it
needs. `capture` offers exchanges to the `queue` without ever waiting; a worker takes them from
there, calls `Pipeline.observe`, and hands observations to the `store` in batches.
"""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from typing import Protocol

from msgspec import structs

from shadow.diff.compare import Comparer
from shadow.diff.endpoints.router import EndpointRouter
from shadow.diff.informative import has_failed, says_nothing
from shadow.diff.limits import DeadlineReachedError, Findings
from shadow.diff.outside import NoiseLearner
from shadow.diff.renamings import with_renamings
from shadow.diff.rules.book import EndpointRules, RuleBook
from shadow.health.asked import asked_of
from shadow.latency.timing import timing_of
from shadow.model import (
    SAFE_METHODS,
    Asked,
    DeliveryId,
    Differences,
    Drop,
    Endpoint,
    Example,
    Exchange,
    Failure,
    FailureKind,
    LiveCounts,
    NoiseSource,
    Observation,
    Outcome,
    Replies,
    Reply,
    Request,
    Response,
    Skip,
)
from shadow.quota import ExampleQuota
from shadow.redact.redactor import Redactor
from shadow.turns import Turns


class TimeLimit(Protocol):
    """Bounds the time of one comparison."""

    def __call__(self) -> AbstractContextManager[None]:
        """A block in which DeadlineReachedError is raised when its time is over."""


class Replayer(Protocol):
    """Asks targets the same request at the same moment."""

    async def ask(self, request: Request, exchange_id: str, /) -> Replies:
        """Send `request` once to candidate and secondary; never raises for what a target does.

        Whether and when a share of the exchanges is treated otherwise hangs on `exchange_id`.
        """

    async def ask_all(self, request: Request, exchange_id: str, /) -> Replies:
        """Do as `ask`, and send it to the primary too."""


class Observer(Protocol):
    """What a worker does with an exchange: a `Pipeline`, or more than that."""

    async def observe(self, exchange: Exchange, /) -> Observation:
        """Replay, compare and redact one exchange."""

    def abandoned(self, exchange: Exchange, reason: Drop, /) -> Observation:
        """Account for an exchange that could not be worked on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """An observation with the hand-over it answers, so that it can be counted exactly once."""

    delivery: DeliveryId
    observation: Observation


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What a worker commits in one transaction."""

    counted: tuple[Counted, ...] = ()
    live: tuple[LiveCounts, ...] = ()


class Writer(Protocol):
    """The store as a worker sees it. Both calls block and are made off the event loop."""

    def commit(self, batch: Batch) -> None:
        """Add a batch to the release's counts, all of it or nothing.

        Raises `UnavailableError` when the store cannot take it now; the batch may be tried again.
        """

    def was_counted(self, delivery: DeliveryId) -> bool:
        """Tell whether an earlier hand-over of an exchange was committed before its worker died."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pipeline:
    """What happens to one exchange in a worker: replay, diff, redact.

    `may_repeat` says whether a request that the primary has had may be sent to it once more;
    `clock` gives epoch seconds.
    """

    replayer: Replayer
    router: EndpointRouter
    comparer: Comparer
    rules: RuleBook
    redactor: Redactor
    learner: NoiseLearner = field(default_factory=NoiseLearner)
    quota: ExampleQuota = field(default_factory=ExampleQuota)
    turns: Turns = field(default_factory=Turns)
    deadline: TimeLimit = nullcontext
    may_repeat: Callable[[Request], bool] = lambda request: request.method in SAFE_METHODS
    clock: Callable[[], float] = time.time

    async def observe(self, exchange: Exchange) -> Observation:
        """Replay, compare and redact one exchange."""
        before = says_nothing(exchange, None)
        if before is not None:
            return self._ended(exchange, Outcome.UNINFORMATIVE, before)
        if exchange.primary is None:
            return await self._observe_all(exchange)
        at = self.clock()
        replies = await self.replayer.ask(exchange.request, exchange.id)
        return await self._weigh(exchange, replies, at)

    async def _observe_all(self, exchange: Exchange) -> Observation:
        """Ask the primary as well; where it gives no answer, there is nothing to compare with."""
        if not self.may_repeat(exchange.request):
            return self._ended(exchange, Outcome.SKIPPED, Skip.METHOD)
        at = self.clock()
        replies = await self.replayer.ask_all(exchange.request, exchange.id)
        if isinstance(replies.primary, Failure):
            return self._ended(exchange, *_without_primary(replies.primary))
        return await self._weigh(structs.replace(exchange, primary=replies.primary), replies, at)

    async def _weigh(self, exchange: Exchange, replies: Replies, at: float) -> Observation:
        asked = asked_of(exchange.primary, replies, at)
        held_back = _why_not_answered(replies)
        if held_back is not None:
            return self._ended(exchange, Outcome.DROPPED, held_back, asked)
        after = says_nothing(exchange, replies.candidate, replies.secondary)
        if after is not None:
            return self._ended(exchange, Outcome.UNINFORMATIVE, after, asked)
        async with self.turns.turn():
            return self.compare(exchange, self._endpoint(exchange), replies, asked)

    def compare(
        self, exchange: Exchange, endpoint: Endpoint, replies: Replies, asked: Asked | None = None
    ) -> Observation:
        """Compare replies that are there; values are kept only where an example is."""
        primary, secondary = exchange.answer, replies.secondary
        paired = secondary is not None and not isinstance(secondary, Failure)
        request, rules = exchange.request, self.rules.at(endpoint)
        found = self._in_time(request, primary, replies.candidate, rules)
        noise = None
        if secondary is not None and (paired or has_failed(secondary)):
            noise = self._in_time(request, primary, secondary, rules)
        outside, noisy = self.learner.weigh(endpoint, found, noise if paired else None)
        outline = (*found.outline(), *outside.outline())
        shown = bool(outline) and self.quota.wants(endpoint, outline)
        all_of_it = (*found.differences(), *outside.differences()) if shown else outline
        differences = with_renamings(all_of_it, found)
        observation = Observation(
            exchange_id=exchange.id,
            endpoint=endpoint,
            status=primary.status,
            outcome=Outcome.COMPARED,
            paired=paired,
            differences=differences,
            noise=(*noise.outline(), *noisy.outline()) if noise is not None else (),
            example=_example(exchange, replies, differences) if shown else None,
            timing=timing_of(primary, _asked_together(replies)),
            noise_from=replies.noise_from,
            asked=asked,
        )
        return self.redactor.clean(observation, exchange.request)

    def _in_time(
        self, request: Request, primary: Response, other: Reply, rules: EndpointRules | None
    ) -> Findings:
        try:
            with self.deadline():
                return self.comparer.compare(request.method, primary, other, rules, request.target)
        except DeadlineReachedError as reached:
            return self.comparer.gave_up(str(reached))

    def abandoned(self, exchange: Exchange, reason: Drop) -> Observation:
        """Account for an exchange that could not be worked on."""
        return self._ended(exchange, Outcome.DROPPED, reason)

    def _endpoint(self, exchange: Exchange) -> Endpoint:
        return self.router.route(exchange.request, _status(exchange))

    def _ended(
        self, exchange: Exchange, outcome: Outcome, reason: str, asked: Asked | None = None
    ) -> Observation:
        observation = Observation(
            exchange_id=exchange.id,
            endpoint=self._endpoint(exchange),
            status=_status(exchange),
            outcome=outcome,
            reason=reason,
            asked=asked,
        )
        return self.redactor.clean(observation, exchange.request)


def _asked_together(replies: Replies) -> Replies:
    """Leave out the primary asked again: it may be asked later, and has answered this before."""
    if replies.noise_from is not NoiseSource.SELF:
        return replies
    return replace(replies, secondary=None)


def _status(exchange: Exchange) -> int:
    return 0 if exchange.primary is None else exchange.primary.status


def _without_primary(failure: Failure) -> tuple[Outcome, str]:
    """How an exchange ends that the primary gave no complete answer to."""
    match failure.kind:
        case FailureKind.NOT_ASKED:
            return Outcome.DROPPED, Drop.PRIMARY_HELD_BACK
        case FailureKind.TOO_LARGE:
            return Outcome.SKIPPED, Skip.RESPONSE_TOO_LARGE
        case _:
            return Outcome.SKIPPED, Skip.PRIMARY_FAILED


def _why_not_answered(replies: Replies) -> Drop | None:
    match replies.candidate:
        case Failure(kind=FailureKind.UNREACHABLE):
            return Drop.CANDIDATE_UNREACHABLE
        case Failure(kind=FailureKind.NOT_ASKED):
            return Drop.CANDIDATE_HELD_BACK
        case _:
            return None


def _example(exchange: Exchange, replies: Replies, differences: Differences) -> Example:
    return Example(
        exchange_id=exchange.id,
        captured_at=exchange.captured_at,
        request=exchange.request,
        primary=exchange.answer,
        candidate=replies.candidate,
        differences=differences,
    )
