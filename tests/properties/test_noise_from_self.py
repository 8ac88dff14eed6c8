"""A noisy service, compared as a worker does, whose production is asked again for a share."""

import json
from collections.abc import Callable
from datetime import date
from random import Random

import pytest

from shadow.diff.compare import Comparer
from shadow.diff.endpoints.router import EndpointRouter
from shadow.diff.rules.book import RuleBook
from shadow.model import (
    Accounting,
    Decision,
    DifferenceKind,
    Endpoint,
    Exchange,
    NoiseSource,
    ReleaseCounts,
    Replies,
    Request,
    Response,
    Verdict,
)
from shadow.pipeline import Pipeline
from shadow.redact.redactor import Redactor
from shadow.store.tally import tally
from shadow.verdict.judge import judge
from shadow.verdict.policy import Policy

ENDPOINT = Endpoint(method="GET", template="/items")
REQUEST = Request(method="GET", target="/items", headers=())
EXCHANGES, SHARE = 500, 0.05

type Body = dict[str, object]
type Answer = Callable[[Random], Body]


class NobodyAsks:
    """A replayer that is not asked: replies are given to `Pipeline.compare`."""

    async def ask(self, request: Request, exchange_id: str) -> Replies:
        raise NotImplementedError


def production(random: Random) -> Body:
    """An answer with an id, a time, a jittering score, a duration and a shuffled list."""
    return {
        "name": "lamp",
        "id": f"{random.getrandbits(128):032x}",
        "at": 1_769_860_800 + round(random.random() * 5, 3),
        "score": round(random.gauss(0.5, 0.02), 4),
        "took_ms": int(random.expovariate(1 / 20)) + 1,
        "tags": random.sample(["a", "b", "c", "d"], 4),
    }


def renamed(random: Random) -> Body:
    return production(random) | {"name": "Lamp"}


def without_time(random: Random) -> Body:
    return production(random) | {"at": None}


def with_words_for_an_id(random: Random) -> Body:
    return production(random) | {"id": "not available"}


def verdict_on(candidate: Answer, seed: int) -> Verdict:
    random = Random(seed)
    worker = Pipeline(
        replayer=NobodyAsks(),
        router=EndpointRouter(),
        comparer=Comparer(),
        rules=RuleBook.of((), date(2026, 1, 1)),
        redactor=Redactor(key=b"k" * 32),
    )
    observed = []
    for number in range(EXCHANGES):
        exchange = Exchange(
            id=f"x-{number}", captured_at=0.0, request=REQUEST, primary=response(production(random))
        )
        again = response(production(random)) if random.random() < SHARE else None
        replies = Replies(
            candidate=response(candidate(random)), secondary=again, noise_from=NoiseSource.SELF
        )
        observed.append(worker.compare(exchange, ENDPOINT, replies))
    counted = tally(observed)
    counts = ReleaseCounts(
        release="r",
        accounting=Accounting(captured=EXCHANGES, outcomes=counted.outcomes),
        endpoints=counted.endpoints,
        signatures=counted.signatures,
    )
    return judge(counts, Policy(), 0.0)


def response(body: Body) -> Response:
    headers = ((b"content-type", b"application/json"),)
    return Response(status=200, headers=headers, body=json.dumps(body).encode(), seconds=0.0)


@pytest.mark.parametrize("seed", range(3))
def test_a_clean_service_passes_with_25_pairs(seed: int) -> None:
    verdict = verdict_on(production, seed)
    assert verdict.decision is Decision.PASS, verdict.reasons
    assert verdict.noise_from is NoiseSource.SELF


@pytest.mark.parametrize(
    ("candidate", "location", "kind"),
    [
        (renamed, "$.name", DifferenceKind.VALUE),
        (without_time, "$.at", DifferenceKind.NULL),
        (with_words_for_an_id, "$.id", DifferenceKind.SHAPE),
    ],
)
def test_a_regression_beside_and_inside_of_noise_is_found(
    candidate: Answer, location: str, kind: DifferenceKind
) -> None:
    verdict = verdict_on(candidate, seed=7)
    assert verdict.decision is Decision.FAIL
    found = {(each.signature.location, each.signature.kind) for each in verdict.findings}
    assert (location, kind) in found
    assert {place for place, _ in found} == {location}
