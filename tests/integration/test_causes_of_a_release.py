"""From requests to the sentence: a regression that only some users get is said to be theirs."""

import json
import random
from pathlib import Path

import pytest

from shadow.model import (
    Difference,
    DifferenceKind,
    Endpoint,
    Example,
    Observation,
    Outcome,
    Request,
    Response,
)
from shadow.pipeline import Batch, Counted, DeliveryId
from shadow.redact.redactor import Redactor
from shadow.store.engine import migrate, open_store
from shadow.store.writer import StoreWriter
from tests.support.processes import shadow

SECRET = "a-password-that-nobody-may-see"
QUOTES = Endpoint(method="GET", template="/quotes/{int}")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> str:
    """1,000 exchanges: totals in dollars are wrong, and a timestamp is noise."""
    url = f"sqlite:///{tmp_path_factory.mktemp('causes') / 'shadow.db'}"
    engine = open_store(url)
    migrate(engine)
    redactor = Redactor(key=b"k" * 32)
    draw = random.Random(11)
    seen = [_observed(number, draw, redactor) for number in range(1000)]
    writer = StoreWriter(engine, "2.4.0", "one")
    for start in range(0, len(seen), 200):
        counted = (
            Counted(delivery=DeliveryId(line="one", number=number + 1), observation=seen[number])
            for number in range(start, start + 200)
        )
        writer.commit(Batch(counted=tuple(counted)))
    engine.dispose()
    return url


def _observed(number: int, draw: random.Random, redactor: Redactor) -> Observation:
    dollars = draw.random() < 0.1
    noisy, also = (_changed("$.at", str(number)),), draw.random() < 0.3
    wrong = (_changed("$.tax", "1"), _changed("$.total", "1")) if dollars else ()
    differences = (*wrong, *(noisy if also else ()))
    request = Request(
        method="GET",
        target=f"/quotes/{number}?currency={'USD' if dollars else draw.choice(('EUR', 'CHF'))}"
        f"&note={SECRET}",
        headers=(
            (b"accept-language", draw.choice((b"de", b"fr"))),
            (b"authorization", b"Bearer " + SECRET.encode()),
            (b"x-copy", SECRET.encode()),
        ),
    )
    answer = Response(status=200, headers=(), body=b"{}", seconds=0.0)
    example = Example(
        exchange_id=str(number),
        captured_at=0.0,
        request=request,
        primary=answer,
        candidate=answer,
        differences=differences,
    )
    observation = Observation(
        exchange_id=str(number),
        endpoint=QUOTES,
        status=200,
        outcome=Outcome.COMPARED,
        paired=True,
        differences=differences,
        noise=noisy if draw.random() < 0.3 else (),
        example=example if differences else None,
    )
    return redactor.clean(observation, request)


def _changed(location: str, primary: str) -> Difference:
    return Difference(location=location, kind=DifferenceKind.VALUE, primary=primary, candidate="2")


def _asked(store: str, *more: str) -> str:
    done = shadow(*more, "--release", "2.4.0", "--store", store)
    assert done.stdout, done.stderr
    return done.stdout


def test_the_gate_says_what_the_requests_share(store: str) -> None:
    (line,) = [line for line in _asked(store, "gate").splitlines() if "cause: " in line]
    assert "`$.tax` (value), `$.total` (value) come together in " in line
    assert "have `query:currency=USD`, and none of the rest has" in line


def test_machines_read_the_cause_and_a_line_to_try(store: str) -> None:
    (cause,) = json.loads(_asked(store, "gate", "--format", "json"))["causes"]
    (shared,) = cause["shared"]
    assert (shared["trait"], shared["share"], shared["lift"]) == ("query:currency=USD", 1.0, None)
    assert cause["renaming"] == {"primary": "1", "candidate": "2", "pairs": 1, "places": 2}
    assert "currency=USD" in cause["example"]["curl"]


def test_the_report_has_the_line_and_no_secret(store: str, tmp_path: Path) -> None:
    report = _asked(store, "report", "--output", "-")
    assert "## What the differences share" in report
    assert "authorization: Bearer redacted:" in report
    assert SECRET not in report


def test_no_secret_is_in_the_store(store: str) -> None:
    folder = Path(store.removeprefix("sqlite:///")).parent
    assert all(SECRET.encode() not in file.read_bytes() for file in folder.iterdir())
