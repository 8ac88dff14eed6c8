"""What lies outside of noise: no false alarm whatever the noise is, and regressions found in it."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest

from shadow.diff.compare import Comparer
from shadow.diff.endpoints.router import EndpointRouter
from shadow.diff.envelope import Envelope
from shadow.diff.reach import Measure
from shadow.diff.rules.book import RuleBook
from shadow.model import (
    DifferenceKind,
    Differences,
    Endpoint,
    Exchange,
    Observation,
    Replies,
    Request,
    Response,
)
from shadow.pipeline import Pipeline
from shadow.redact.redactor import Redactor
from shadow.verdict.evidence import worse_than_noise
from tests.unit.diff.pairs import response

ALPHA = 0.05
RUNS = 334
"""Of each of six kinds of noise: 2,004 in all."""
EXCHANGES = 300
ENDPOINT = Endpoint(method="GET", template="/items")
NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)

type Draw = Callable[[Random], float]

NOISE: dict[str, tuple[Measure, Draw]] = {
    "uniform": (Measure.NUMBER, lambda random: random.uniform(-0.02, 0.02)),
    "normal": (Measure.NUMBER, lambda random: random.gauss(0, 1)),
    "lognormal": (Measure.NUMBER, lambda random: random.lognormvariate(0, 1)),
    "Pareto": (Measure.NUMBER, lambda random: random.paretovariate(1.5)),
    "rare and far": (
        Measure.NUMBER,
        lambda random: random.gauss(0, 1_000 if random.random() < 0.005 else 1),
    ),
    "clock ticks": (Measure.SECONDS, lambda random: 300 * int(random.expovariate(1))),
}


def evidence_at_its_highest(measure: Measure, draw: Draw, random: Random) -> float:
    """What an onlooker sees at most who looks after each exchange of a release without fault."""
    envelope = Envelope(measure)
    only_candidate = only_secondary = 0
    highest = 0.0
    for _ in range(EXCHANGES):
        primary, candidate, secondary = draw(random), draw(random), draw(random)
        of_candidate, of_secondary = abs(candidate - primary), abs(secondary - primary)
        is_outside = bool(of_candidate) and envelope.excludes(of_candidate)
        is_noise = bool(of_secondary) and envelope.excludes(of_secondary)
        only_candidate += is_outside and not is_noise
        only_secondary += is_noise and not is_outside
        if is_outside and not is_noise:
            highest = max(highest, worse_than_noise(only_candidate, only_secondary))
        if of_secondary:
            envelope.learn(of_secondary)
    return highest


@pytest.mark.parametrize("name", [*NOISE])
def test_no_noisier_than_the_secondary_is_no_finding_whoever_looks(name: str) -> None:
    random = Random(20_260_131)
    highest = [evidence_at_its_highest(*NOISE[name], random) for _ in range(RUNS)]
    assert sum(evidence >= 1 / ALPHA for evidence in highest) <= ALPHA * RUNS


class Answers:
    """A replayer that is not asked: replies are given to `Pipeline.compare`."""

    async def ask(self, request: Request, exchange_id: str) -> Replies:
        raise NotImplementedError


def pipeline() -> Pipeline:
    return Pipeline(
        replayer=Answers(),
        router=EndpointRouter(),
        comparer=Comparer(),
        rules=RuleBook.of((), date(2026, 1, 1)),
        redactor=Redactor(key=b"k" * 32),
    )


def observed(
    worker: Pipeline, primary: Response, candidate: Response, secondary: Response | None
) -> Observation:
    request = Request(method="GET", target="/items", headers=(), body=b"")
    exchange = Exchange(id="x", captured_at=0.0, request=request, primary=primary)
    return worker.compare(exchange, ENDPOINT, Replies(candidate=candidate, secondary=secondary))


type Three = tuple[Response, Response, Response]


def scores(random: Random, share: float, off: float) -> Iterator[Three]:
    """Scores that jitter by 0.02, and are off in a share of the candidate's answers."""
    while True:
        jitter = [0.5 + random.uniform(-0.02, 0.02) for _ in range(3)]
        jitter[1] += off if random.random() < share else 0
        primary, candidate, secondary = (response({"score": round(x, 4)}) for x in jitter)
        yield primary, candidate, secondary


def times(random: Random, share: float, off: float) -> Iterator[Three]:
    """Times of answers that come within some seconds, and are off in a share of the candidate's."""
    while True:
        seconds = [random.uniform(0, 3) for _ in range(3)]
        seconds[1] += off if random.random() < share else 0
        primary, candidate, secondary = (
            response({"at": (NOON + timedelta(seconds=x)).isoformat()}) for x in seconds
        )
        yield primary, candidate, secondary


def counted(three: Iterator[Three], exchanges: int) -> tuple[int, int, list[Differences]]:
    """How often the candidate alone lay outside, how often the secondary; and what was shown."""
    worker = pipeline()
    only_candidate = only_secondary = 0
    shown = []
    for _ in range(exchanges):
        seen = observed(worker, *next(three))
        is_outside = has_outside(seen.differences)
        is_noise = has_outside(seen.noise)
        only_candidate += is_outside and not is_noise
        only_secondary += is_noise and not is_outside
        if is_outside and seen.example:
            shown.append(seen.differences)
    return only_candidate, only_secondary, shown


def has_outside(differences: Differences) -> bool:
    return any(difference.kind is DifferenceKind.OUTSIDE for difference in differences)


@pytest.mark.parametrize(
    "three",
    [
        scores(Random(1), share=0.02, off=0.4),
        scores(Random(2), share=0.02, off=-0.4),
        times(Random(3), share=0.02, off=3_600),
        times(Random(4), share=0.02, off=-3_600),
    ],
    ids=["score up", "score down", "an hour late", "an hour early"],
)
def test_what_is_far_off_in_some_answers_is_found_where_all_answers_differ(
    three: Iterator[Three],
) -> None:
    only_candidate, only_secondary, shown = counted(three, 2_000)
    assert only_candidate > 20
    assert worse_than_noise(only_candidate, only_secondary) >= 1_000
    (difference,) = [d for d in shown[0] if d.kind is DifferenceKind.OUTSIDE]
    assert difference.primary is not None
    assert difference.candidate is not None


@pytest.mark.parametrize("off", [3_600, -3_600, 86_400])
def test_a_clock_that_is_exactly_an_hour_or_a_day_off_is_found_at_once(off: int) -> None:
    only_candidate, only_secondary, _ = counted(times(Random(5), 1.0, off), 100)
    assert worse_than_noise(only_candidate, only_secondary) >= 1_000


@pytest.mark.parametrize("make", [scores, times])
def test_without_a_fault_nothing_is_outside_of_bounded_noise(
    make: Callable[[Random, float, float], Iterator[Three]],
) -> None:
    assert counted(make(Random(6), 0.0, 0.0), 500)[:2] == (0, 0)


def test_what_was_learned_is_held_against_answers_without_a_secondary_too() -> None:
    random, worker = Random(7), pipeline()
    sound, broken = scores(random, 0.0, 0.0), scores(random, 1.0, 0.5)
    for number in range(1_000):
        primary, candidate, secondary = next(sound)
        observed(worker, primary, candidate, secondary if number % 20 == 0 else None)
    primary, candidate, _ = next(sound)
    assert not has_outside(observed(worker, primary, candidate, None).differences)
    primary, candidate, _ = next(broken)
    seen = observed(worker, primary, candidate, None)
    assert has_outside(seen.differences)
    assert not seen.paired


def test_without_a_secondary_there_is_no_noise_to_be_outside_of() -> None:
    worker, three = pipeline(), scores(Random(8), 0.02, 0.5)
    for _ in range(500):
        primary, candidate, _ = next(three)
        assert not has_outside(observed(worker, primary, candidate, None).differences)


def test_a_secret_that_lies_outside_is_redacted() -> None:
    random, worker = Random(9), pipeline()
    for _ in range(100):
        pins = (response({"password": f"{random.uniform(10, 11):.3f}"}) for _ in range(3))
        observed(worker, *pins)
    sound = response({"password": "10.123"})
    seen = observed(worker, sound, response({"password": "98765.432"}), None)
    assert has_outside(seen.differences)
    assert "98765" not in repr(seen)
