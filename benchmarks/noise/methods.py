"""The methods that are compared: what each makes of the same exchanges.

All see differences where Shadow's differ sees them, so that they differ in how they judge only.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import NoReturn

from sqlalchemy import Engine

from shadow.diff.compare import Comparer
from shadow.diff.endpoints.router import EndpointRouter
from shadow.diff.excuses import Excuses
from shadow.diff.limits import Findings
from shadow.diff.rules.book import RuleBook
from shadow.model import (
    Decision,
    DeliveryId,
    Differences,
    Endpoint,
    Exchange,
    LiveCounts,
    Observation,
    Replies,
    Reply,
    Request,
    Response,
)
from shadow.pipeline import Batch, Counted, Pipeline
from shadow.quota import ExampleQuota
from shadow.redact.redactor import Redactor
from shadow.store.reader import StoreReader
from shadow.store.writer import StoreWriter
from shadow.verdict.judge import judge
from shadow.verdict.policy import Policy

type Place = tuple[Endpoint, str]
"""An endpoint, and a location in its answers."""

SHADOW, SELF, DIFFY = "Shadow", "Shadow, secondary: self", "Diffy's rule"
UNLESS_NOISY, ANY = "noisy places ignored", "any difference"
METHODS = (SHADOW, SELF, DIFFY, UNLESS_NOISY, ANY)

_BATCH = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What a method says of a release, and the places that it holds against it."""

    decision: Decision
    flagged: frozenset[Place]


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembering(Comparer):
    """A comparer that compares the same two replies once, as long as they are remembered.

    Several releases are judged on the same replies of production.
    """

    _found: dict[tuple[int, int], Findings] = field(default_factory=dict, repr=False)

    def compare(
        self,
        method: str,
        primary: Response,
        other: Reply,
        rules: Excuses | None = None,
        target: str = "",
    ) -> Findings:
        """Find differences, or take what was found before."""
        key = (id(primary), id(other))
        if key not in self._found:
            self._found[key] = Comparer.compare(self, method, primary, other, rules, target)
        return self._found[key]

    def forget(self) -> None:
        """Forget all; to be called while all that was compared is still there."""
        self._found.clear()


class _NothingToRedact(Redactor):
    def clean(self, observation: Observation, request: Request) -> Observation:  # noqa: ARG002 - a stand-in
        return observation


_NOTHING_SECRET = _NothingToRedact(key=b"benchmark")


class Run:
    """Shadow itself over one release: its pipeline, its store and its verdict.

    Nothing is replayed, as the replies are there; no examples are kept, as nobody reads them; and
    nothing is redacted, as that costs more than comparing and changes no count.
    """

    def __init__(
        self,
        engine: Engine,
        release: str,
        comparer: Comparer,
        redactor: Redactor = _NOTHING_SECRET,
    ) -> None:
        self._engine, self._release = engine, release
        self._writer = StoreWriter(engine, release, "benchmark")
        self._pipeline = Pipeline(
            replayer=_NothingToReplay(),
            router=EndpointRouter(),
            comparer=comparer,
            rules=RuleBook.of((), date(2026, 1, 1)),
            redactor=redactor,
            quota=_NoExamples(),
        )
        self._waiting: list[Counted] = []
        self._captured = 0

    def compare(self, exchange: Exchange, endpoint: Endpoint, replies: Replies) -> Observation:
        """Compare the replies to one exchange."""
        return self._pipeline.compare(exchange, endpoint, replies)

    def count(self, observation: Observation) -> None:
        """Put an observation into the store."""
        self._captured += 1
        delivery = DeliveryId(line="benchmark", number=self._captured)
        self._waiting.append(Counted(delivery=delivery, observation=observation))
        if len(self._waiting) >= _BATCH:
            self._commit()

    def judgement(self) -> Judgement:
        """The verdict on all that was counted, by the policy that Shadow has by default."""
        self._commit()
        verdict = judge(StoreReader(self._engine).counts(self._release), Policy(), now=0.0)
        places = ((f.signature.endpoint, f.signature.location) for f in verdict.findings)
        return Judgement(decision=verdict.decision, flagged=frozenset(places))

    def _commit(self) -> None:
        live = LiveCounts(source="benchmark", captured=self._captured, outcomes=())
        self._writer.commit(Batch(counted=tuple(self._waiting), live=(live,)))
        self._waiting.clear()


@dataclass(slots=True)
class Fields:
    """How often each place differs, whatever the kind: in the candidate, and as noise."""

    totals: Counter[Endpoint] = field(default_factory=Counter)
    raw: Counter[Place] = field(default_factory=Counter)
    noise: Counter[Place] = field(default_factory=Counter)

    def count(self, observation: Observation) -> None:
        """Count what one exchange with all three replies shows."""
        endpoint = observation.endpoint
        self.totals[endpoint] += 1
        self.raw.update(_places(endpoint, observation.differences))
        self.noise.update(_places(endpoint, observation.noise))

    def judgement(self, is_shown: "Rule") -> Judgement:
        """A release fails by a place that the rule shows; these rules are always sure."""
        flagged = frozenset(
            place
            for place, raw in self.raw.items()
            if is_shown(raw, self.noise[place], self.totals[place[0]])
        )
        decision = Decision.FAIL if flagged else Decision.PASS
        return Judgement(decision=decision, flagged=flagged)


type Rule = Callable[[int, int, int], bool]
"""Whether to show a place, from how often the candidate, the secondary, and answers there were."""


def diffy_shows(raw: int, noise: int, total: int) -> bool:
    """Diffy's two fixed cuts: 20 % relative difference, and 0.03 % of the answers."""
    return (
        raw > noise
        and abs(raw - noise) / (raw + noise) * 100 > 20
        and abs(raw - noise) / total * 100 > 0.03
    )


def unless_noisy_shows(raw: int, noise: int, _: int) -> bool:
    """What tools do that learn which fields to ignore: one difference of production is enough."""
    return raw > 0 and noise == 0


def any_shows(raw: int, _noise: int, _total: int) -> bool:
    """What a plain diff does."""
    return raw > 0


RULES: tuple[tuple[str, Rule], ...] = (
    (DIFFY, diffy_shows),
    (UNLESS_NOISY, unless_noisy_shows),
    (ANY, any_shows),
)


def _places(endpoint: Endpoint, differences: Differences) -> Iterable[Place]:
    return {(endpoint, difference.location) for difference in differences}


class _NothingToReplay:
    async def ask(self, request: Request) -> NoReturn:
        raise AssertionError(f"the replies to {request.target} are there")


class _NoExamples(ExampleQuota):
    def wants(self, endpoint: Endpoint, differences: Differences) -> bool:  # noqa: ARG002 - a stand-in
        return False
