"""Noise that does not hide what is in it, reply by reply."""

from collections.abc import Callable, Sequence
from datetime import date
from random import Random

import pytest

from shadow.diff.compare import Comparer
from shadow.diff.envelope import FEWEST
from shadow.diff.limits import Findings
from shadow.diff.outside import NoiseLearner, Outliers
from shadow.diff.rules.book import Rule, RuleBook
from shadow.diff.rules.rule import Action, Ignore, SameShape, Tolerance
from shadow.diff.sample import MOST
from shadow.model import DifferenceKind, Endpoint, Response
from tests.unit.diff.pairs import response

ENDPOINT = Endpoint(method="GET", template="/items")
ELSEWHERE = Endpoint(method="GET", template="/orders")

type Draw = Callable[[Random], object]


def found(primary: object, other: object, action: Action | None = None) -> Findings:
    rules = [Rule(name="rule", action=action, location="$.score", reason="r")] if action else []
    book = RuleBook.of(rules, date(2026, 1, 1)).at(None)
    return Comparer().compare("GET", _reply(primary), _reply(other), book)


def _reply(body: object) -> Response:
    return body if isinstance(body, Response) else response(body)


def taught(draw: Draw, times: int = 2 * FEWEST, action: Action | None = None) -> NoiseLearner:
    """A learner that has seen what is drawn as the primary's and the secondary's answers."""
    learner, random = NoiseLearner(), Random(1)
    for _ in range(times):
        noise = found(draw(random), draw(random), action)
        learner.weigh(ENDPOINT, found({}, {}), noise)
    return learner


def outside(learner: NoiseLearner, primary: object, other: object) -> Outliers:
    """What of an answer lies outside, where the secondary gave none."""
    return learner.weigh(ENDPOINT, found(primary, other), None)[0]


def places(outliers: Outliers) -> Sequence[str]:
    return [difference.location for difference in outliers.outline()]


def scored(random: Random) -> dict[str, float]:
    return {"score": round(0.5 + random.uniform(-0.02, 0.02), 4)}


def timed(random: Random) -> dict[str, str]:
    return {"at": f"2026-01-31T12:00:{random.randrange(60):02}Z"}


def listed(random: Random) -> dict[str, list[dict[str, object]]]:
    return {
        "items": [
            {"id": number, "score": round(0.5 + random.uniform(-0.02, 0.02), 4)}
            for number in range(100)
        ]
    }


def named(random: Random) -> dict[str, str]:
    return {"name": random.choice(["red", "green lamp", "blue-1", "/lamps"])}


def test_a_score_far_outside_of_its_jitter_is_a_further_difference() -> None:
    (difference,) = outside(taught(scored), {"score": 0.5}, {"score": 1.0}).differences()
    assert difference.kind is DifferenceKind.OUTSIDE
    assert (difference.location, difference.pointer) == ("$.score", "/score")
    assert (difference.primary, difference.candidate) == ("0.5", "1.0")


def test_a_score_within_its_jitter_is_not() -> None:
    assert places(outside(taught(scored), {"score": 0.5}, {"score": 0.53})) == []


def test_a_time_that_is_an_hour_off_is_outside_and_one_that_is_late_is_not() -> None:
    learner, at = taught(timed), {"at": "2026-01-31T12:00:00Z"}
    assert places(outside(learner, at, {"at": "2026-01-31T13:00:00Z"})) == ["$.at"]
    assert places(outside(learner, at, {"at": "2026-01-31T12:00:45Z"})) == []


def test_what_the_secondary_shows_counts_as_noise_by_the_same_measure() -> None:
    learner = taught(scored)
    far, near = found({"score": 0.5}, {"score": 3.0}), found({"score": 0.5}, {"score": 0.51})
    assert list(map(places, learner.weigh(ENDPOINT, near, far))) == [[], ["$.score"]]
    assert list(map(places, learner.weigh(ENDPOINT, far, near))) == [[], []]


def test_nothing_is_learned_from_the_candidate() -> None:
    learner = taught(scored)
    for _ in range(1_000):
        assert places(outside(learner, {"score": 0.5}, {"score": 9.0})) == ["$.score"]


def test_a_place_without_noise_needs_none() -> None:
    learner = taught(scored)
    assert places(outside(learner, {"total": 1}, {"total": 10_000})) == []
    assert learner.weigh(ELSEWHERE, found({"score": 1}, {"score": 9}), None)[0] == Outliers()


def test_an_answer_that_does_not_differ_has_nothing_outside() -> None:
    assert outside(taught(scored), {"score": 0.5}, {"score": 0.5}) == Outliers()


def test_each_element_of_a_long_list_is_looked_at_in_turn() -> None:
    learner = taught(listed)
    primary = listed(Random(2))
    wrong = {"items": [dict(item) for item in primary["items"]]}
    wrong["items"][37]["score"] = 9.0
    turns = -(-100 // MOST)
    seen = [outside(learner, primary, _jittered(wrong)).differences() for _ in range(turns)]
    (difference,) = [d for each in seen for d in each]
    assert (difference.location, difference.pointer) == ("$.items[*].score", "/items/37/score")
    assert difference.candidate == "9.0"


def _jittered(answer: dict[str, list[dict[str, object]]]) -> object:
    jitter = Random(3)
    return {
        "items": [
            item | {"score": item["score"] + jitter.uniform(0.001, 0.01)}  # type: ignore[operator]
            if item["score"] != 9.0
            else item
            for item in answer["items"]
        ]
    }


def test_a_placeholder_where_names_differ_anyway_is_outside() -> None:
    learner = taught(named)
    assert places(outside(learner, {"name": "red"}, {"name": "undefined"})) == ["$.name"]
    assert places(outside(learner, {"name": "red"}, {"name": "a word never seen"})) == []


def test_a_form_never_seen_is_outside_where_forms_differ_anyway() -> None:
    def draw(random: Random) -> object:
        return {"id": random.choice(["2026-01-31", "0d6e5a1e-4b7b-4f51-9d2b-0f3f1a2b3c4d"])}

    learner = taught(draw, 200)
    assert places(outside(learner, {"id": "2026-01-31"}, {"id": "a@example.com"})) == ["$.id"]
    uuid = {"id": "7c9e6679-7425-40de-944b-e07fc1f90ae7"}
    assert places(outside(learner, {"id": "2026-01-31"}, uuid)) == []


def test_a_change_of_form_that_noise_does_not_hide_is_not_said_twice() -> None:
    assert places(outside(taught(timed), {"at": "2026-01-31T12:00:00Z"}, {"at": "N/A"})) == []


@pytest.mark.parametrize("action", [Ignore(), SameShape(), Tolerance(absolute=10)])  # type: ignore[arg-type]
def test_what_a_rule_excuses_does_not_lie_outside(action: Action) -> None:
    candidate = found({"score": 0.5}, {"score": 9.0}, action)
    assert taught(scored).weigh(ENDPOINT, candidate, None)[0] == Outliers()


def test_a_header_far_outside_of_its_noise_shows_its_values() -> None:
    def answer(left: float) -> Response:
        return response({}, {"x-cost": f"{left:.2f}"})

    learner = taught(lambda random: answer(random.uniform(10, 11)))
    (difference,) = outside(learner, answer(10), answer(99)).differences()
    assert (difference.location, difference.pointer) == ("header:x-cost", "")
    assert (difference.primary, difference.candidate) == ("10.00", "99.00")


def test_of_too_many_places_those_are_forgotten_that_are_quiet() -> None:
    learner, random = NoiseLearner(most_places=2), Random(1)

    def learn(name: str) -> None:
        noise = found({name: random.random()}, {name: random.random()})
        learner.weigh(ENDPOINT, found({}, {}), noise)

    for _ in range(40):
        for name in ("a", "b"):
            learn(name)
    learn("a")
    learn("c")
    assert places(outside(learner, {"a": 0.5}, {"a": 99})) == ["$.a"]
    assert places(outside(learner, {"b": 0.5}, {"b": 99})) == []
