"""Three servers that are one, with all their faults: whoever stands in for the candidate."""

from collections import Counter
from datetime import date
from random import Random

import pytest

from shadow.diff.compare import Comparer
from shadow.diff.endpoints.router import EndpointRouter
from shadow.diff.rules.book import RuleBook
from shadow.model import (
    DifferenceKind,
    Exchange,
    Failure,
    FailureKind,
    Observation,
    Outcome,
    Replies,
    Reply,
    Request,
    Response,
)
from shadow.pipeline import Pipeline
from shadow.redact.redactor import Redactor
from shadow.store.tally import tally

EXCHANGES = 3_000
TIMEOUT = Failure(kind=FailureKind.TIMEOUT, detail="", seconds=1.0)
LOGIN = ((b"location", b"/login?next=/a"),)


class Answers:
    """Gives the replies that were drawn."""

    def __init__(self) -> None:
        self.replies: Replies | None = None

    async def ask(self, request: Request, exchange_id: str) -> Replies:
        assert self.replies is not None
        return self.replies


def response(status: int = 200, headers: tuple[tuple[bytes, bytes], ...] = ()) -> Response:
    return Response(status=status, headers=headers, body=b'{"a":1}', seconds=0.01)


def timing_out(random: Random) -> Reply:
    return TIMEOUT if random.random() < 0.05 else response()


def failing(random: Random) -> Reply:
    return response(500) if random.random() < 0.1 else response()


def logged_out(random: Random) -> Reply:
    return response(302, LOGIN) if random.random() < 0.3 else response()


@pytest.mark.parametrize("server", [timing_out, failing, logged_out])
async def test_a_candidate_that_is_production_differs_as_often_as_the_secondary(server) -> None:
    random, answers = Random(20_261_125), Answers()
    worker = Pipeline(
        replayer=answers,
        router=EndpointRouter(),
        comparer=Comparer(),
        rules=RuleBook.of((), date(2026, 1, 1)),
        redactor=Redactor(key=b"k" * 32),
    )
    seen: list[Observation] = []
    for number in range(EXCHANGES):
        primary = server(random)
        if not isinstance(primary, Response):
            continue
        answers.replies = Replies(candidate=server(random), secondary=server(random))
        request = Request(method="GET", target="/a", headers=())
        exchange = Exchange(id=str(number), captured_at=0.0, request=request, primary=primary)
        seen.append(await worker.observe(exchange))
    alone: Counter[DifferenceKind] = Counter()
    noise: Counter[DifferenceKind] = Counter()
    for signature, counts in tally(seen).signatures.items():
        alone[signature.kind] += counts.only_candidate
        noise[signature.kind] += counts.only_secondary
    assert alone.total() > 100
    for kind in alone | noise:
        # Four standard deviations of a fair coin; the seed makes it certain.
        assert abs(alone[kind] - noise[kind]) <= 4 * (alone[kind] + noise[kind]) ** 0.5, kind
    assert sum(each.outcome is Outcome.COMPARED for each in seen) > EXCHANGES / 2
