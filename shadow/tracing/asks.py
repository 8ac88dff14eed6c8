"""Each asking of a target as a span beneath the user's own: what the target does is beneath it.

A span begins where its request is sent, and ends with what became of the exchange, which is known
only later. Until then it lies with the exchange, in a context variable: targets are asked in tasks
of their own.
"""

import time
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Protocol

from msgspec import structs

from shadow.model import Drop, Exchange, Failure, Observation, Outcome, Reply, Request
from shadow.pipeline import Pipeline
from shadow.replay.sending import Around, Send
from shadow.trace_context import TraceParent, trace_parent, with_parent

CANDIDATE = "candidate"

_SERVER_ERROR = 500
_UNDER_WAY = "cancelled"

type Attributes = Mapping[str, str | int]
"""What is said of a span: of Shadow's own words and endpoints, never a path or a body."""


class Span(Protocol):
    """A span that has begun; `parent` is what the request bears that is sent within it."""

    @property
    def parent(self) -> TraceParent:
        """The span itself, as the parent of others."""

    def end(self, attributes: Attributes, error: str, ended_at: int) -> None:
        """Hand it on, with the nanosecond it ended at; `error` is empty if there was none."""


class Tracer(Protocol):
    """Begins spans, and sends them on in the background: nothing waits for that."""

    def begin(self, name: str, parent: TraceParent) -> Span | None:
        """Begin a span beneath one that is kept; None where its trace is not to be joined."""

    def close(self) -> None:
        """Send what waits, within a few seconds."""


@dataclass(slots=True)
class _Ask:
    """One asking of a target."""

    target: str
    span: Span
    reply: Reply | None = None
    ended_at: int = 0

    def answered(self, reply: Reply) -> None:
        self.reply, self.ended_at = reply, time.time_ns()

    def end(self, release: str, observation: Observation | None) -> None:
        attributes: dict[str, str | int] = {
            "shadow.target": self.target,
            "shadow.release": release,
            **_of_reply(self.reply),
            **_of_observation(observation, is_candidate=self.target == CANDIDATE),
        }
        self.span.end(attributes, _error(self.reply), self.ended_at or time.time_ns())


_ASKS: ContextVar[list[_Ask] | None] = ContextVar("shadow_asks", default=None)
"""What the exchange that is worked on has asked so far."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asks:
    """What is asked of targets, as spans of a tracer."""

    tracer: Tracer
    release: str

    def around(self, target: str) -> Around:
        """Return what a target's requests are sent within; `target` is its name in spans."""

        async def within(request: Request, send: Send) -> Reply:
            asks, parent = _ASKS.get(), trace_parent(request.headers)
            if asks is None or parent is None or not parent.is_sampled:
                return await send(request)
            span = self.tracer.begin(f"shadow ask {target}", parent)
            if span is None:
                return await send(request)
            ask = _Ask(target, span)
            asks.append(ask)
            headers = with_parent(request.headers, span.parent)
            reply = await send(structs.replace(request, headers=headers))
            ask.answered(reply)
            return reply

        return within

    def close(self) -> None:
        """Send what waits, within a few seconds."""
        self.tracer.close()

    def ended(self, observation: Observation | None) -> None:
        """End the spans of the exchange that is worked on; None where nothing became of it."""
        for ask in _ASKS.get() or ():
            ask.end(self.release, observation)


@dataclass(frozen=True, slots=True, kw_only=True)
class TracedPipeline:
    """A pipeline whose askings are spans."""

    pipeline: Pipeline
    asks: Asks

    async def observe(self, exchange: Exchange) -> Observation:
        """Do as the pipeline, and end the spans of what was asked, whatever comes."""
        observation: Observation | None = None
        token = _ASKS.set([])
        try:
            observation = await self.pipeline.observe(exchange)
        finally:
            self.asks.ended(observation)
            _ASKS.reset(token)
        return observation

    def abandoned(self, exchange: Exchange, reason: Drop) -> Observation:
        """Do as the pipeline: nothing is asked."""
        return self.pipeline.abandoned(exchange, reason)


def _of_reply(reply: Reply | None) -> Attributes:
    if reply is None or isinstance(reply, Failure):
        return {}
    return {"http.response.status_code": reply.status}


def _error(reply: Reply | None) -> str:
    match reply:
        case None:
            return _UNDER_WAY
        case Failure():
            return str(reply.kind)
        case _:
            return str(reply.status) if reply.status >= _SERVER_ERROR else ""


def _of_observation(observation: Observation | None, *, is_candidate: bool) -> Attributes:
    if observation is None:
        return {}
    attributes: dict[str, str | int] = {
        "shadow.exchange.id": observation.exchange_id,
        "shadow.endpoint": str(observation.endpoint),
        "shadow.outcome": str(observation.outcome),
    }
    if observation.reason:
        attributes["shadow.reason"] = str(observation.reason)
    if observation.outcome is Outcome.COMPARED and is_candidate:
        counted = [each for each in observation.differences if each.excused_by is None]
        attributes["shadow.differences"] = len(counted)
    return attributes
