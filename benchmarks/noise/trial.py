"""One service, its traffic, and several releases of it: what every method says of each release."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random

from sqlalchemy import Engine

from benchmarks.noise import regressions
from benchmarks.noise.methods import RULES, SELF, SHADOW, Fields, Judgement, Place, Remembering, Run
from benchmarks.noise.regressions import Regression
from benchmarks.noise.services import Service, service
from benchmarks.noise.traffic import Answered, traffic
from shadow.model import NoiseSource, Observation, Replies, Response

type Seen = tuple[Observation, Observation]
"""What became of an exchange with a secondary, and with `secondary: self`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One release, judged by each method; a clean one has no regression.

    The regression showed in `occurred` answers, at `planted`. `noise` are the places of noise, each
    with its sort.
    """

    sort: str
    detail: str
    occurred: int
    planted: Place | None
    noise: tuple[tuple[Place, str], ...]
    judgements: Mapping[str, Judgement]


def trials(engine: Engine, seed: str, sorts: Sequence[str], exchanges: int) -> tuple[Trial, ...]:
    """Judge the clean release of a service, and one for each sort of regression it has a place for.

    All of them get the same traffic; each method sees the same replies. Equal seeds give equal
    trials. Raises UnavailableError when the store cannot be written.
    """
    draw, comparer = Random(seed), Remembering()
    made = service(draw)
    planted = [regressions.plant(sort, made, draw) for sort in sorts]
    clean = Release(engine, f"{seed}/clean", None, comparer)
    others = [
        Release(engine, f"{seed}/{regression.sort}", regression, comparer)
        for regression in planted
        if regression is not None
    ]
    for answered in traffic(made, exchanges, draw):
        seen = clean.compare(answered)
        clean.count(seen)
        for release in others:
            release.count(release.compare(answered) if release.concerns(answered) else seen)
        comparer.forget()
    return tuple(release.trial(_noise(made)) for release in (clean, *others))


class Release:
    """A release that is being judged.

    Where it has no regression it answers as the clean one does, to the byte. What a pipeline finds
    in an exchange depends on those of the same endpoint only; so of endpoints without a regression
    every release may count what was found for the clean one.
    """

    def __init__(
        self, engine: Engine, name: str, regression: Regression | None, comparer: Remembering
    ) -> None:
        self._regression = regression
        self._draw = Random(name)
        self._occurred = 0
        self._with_secondary = Run(engine, name, comparer)
        self._with_self = Run(engine, f"{name}, self", comparer)
        self._fields = Fields()

    def concerns(self, answered: Answered) -> bool:
        """Whether the regression is in the endpoint that was asked."""
        return self._regression is not None and answered.route is self._regression.route

    def compare(self, answered: Answered) -> Seen:
        """What Shadow finds in the candidate's reply, with either kind of secondary."""
        candidate = self._reply(answered)
        both = Replies(candidate=candidate, secondary=answered.secondary)
        again = Replies(candidate=candidate, secondary=answered.again, noise_from=NoiseSource.SELF)
        exchange, endpoint = answered.exchange, answered.endpoint
        return (
            self._with_secondary.compare(exchange, endpoint, both),
            self._with_self.compare(exchange, endpoint, again),
        )

    def count(self, seen: Seen) -> None:
        """Count it by every method."""
        with_secondary, with_self = seen
        self._with_secondary.count(with_secondary)
        self._with_self.count(with_self)
        self._fields.count(with_secondary)

    def trial(self, noise: tuple[tuple[Place, str], ...]) -> Trial:
        """What all methods say in the end."""
        planted = self._regression
        judged = {SHADOW: self._with_secondary.judgement(), SELF: self._with_self.judgement()}
        return Trial(
            sort=planted.sort if planted else "",
            detail=planted.detail if planted else "",
            occurred=self._occurred,
            planted=(planted.route.endpoint, planted.location) if planted else None,
            noise=noise,
            judgements=judged | {name: self._fields.judgement(rule) for name, rule in RULES},
        )

    def _reply(self, answered: Answered) -> Response:
        struck = self._regression and self._regression.strike(answered, self._draw)
        if struck is None:
            return answered.candidate
        self._occurred += 1
        return struck.response()


def _noise(made: Service) -> tuple[tuple[Place, str], ...]:
    return tuple(
        ((route.endpoint, location), noise.sort)
        for route in made.routes
        for noise in route.noises
        for location in noise.locations
    )
