"""From answers to one decision: a user's id that is another one everywhere is one finding."""

import asyncio
import json

import pytest

from shadow.diff.compare import Comparer
from shadow.diff.endpoints.router import EndpointRouter
from shadow.diff.rules.book import RuleBook
from shadow.model import Exchange, Replies, Request, Response
from shadow.pipeline import Batch, Counted, DeliveryId, Pipeline
from shadow.redact.redactor import Redactor
from shadow.store.engine import migrate, open_store
from shadow.store.writer import StoreWriter
from tests.integration.store.builders import live
from tests.support.processes import shadow

PASS, FAIL = 0, 1
ANSWERS = 400
PLACES = ["$.by", "$.lines[*].by", "$.user.id"]


class Replayer:
    """The secondary answers as the primary did; the candidate calls each user by another id."""

    async def ask(self, request: Request, exchange_id: str, /) -> Replies:
        number = int(exchange_id)
        return Replies(candidate=_answer(number, "acct"), secondary=_answer(number, "user"))


def _answer(number: int, prefix: str) -> Response:
    user = f"{prefix}-7f3a{number:04}"
    lines = [{"by": user, "n": n} for n in range(1 + number % 2)]
    body = {"user": {"id": user, "name": f"User {number}"}, "by": user, "lines": lines}
    headers = ((b"content-type", b"application/json"),)
    return Response(status=200, headers=headers, body=json.dumps(body).encode(), seconds=0.01)


def _exchange(number: int) -> Exchange:
    return Exchange(
        id=str(number),
        captured_at=0.0,
        request=Request(method="GET", target="/orders", headers=()),
        primary=_answer(number, "user"),
    )


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> str:
    url = f"sqlite:///{tmp_path_factory.mktemp('renaming') / 'shadow.db'}"
    engine = open_store(url)
    migrate(engine)
    worker = Pipeline(
        replayer=Replayer(),
        router=EndpointRouter(),
        comparer=Comparer(),
        rules=RuleBook(),
        redactor=Redactor(key=b"k" * 32),
    )

    async def observed() -> list[Counted]:
        return [
            Counted(
                delivery=DeliveryId(line="one", number=number + 1),
                observation=await worker.observe(_exchange(number)),
            )
            for number in range(ANSWERS)
        ]

    counted = asyncio.run(observed())
    writer = StoreWriter(engine, "2.4.0", "one")
    writer.commit(Batch(counted=tuple(counted), live=(live(captured=ANSWERS),)))
    engine.dispose()
    return url


def _asked(store: str, command: str, *more: str) -> tuple[int, str]:
    done = shadow(command, "--release", "2.4.0", "--store", store, *more)
    assert done.stdout, done.stderr
    return done.returncode, done.stdout


def _gate(store: str) -> tuple[int, dict]:
    code, text = _asked(store, "gate", "--format", "json")
    return code, json.loads(text)


def _locations(finding: dict) -> list[str]:
    return sorted([finding["location"], *(each["location"] for each in finding["also_at"])])


def test_it_is_one_finding_accepted_by_one_act_and_withdrawn_by_another(store: str) -> None:
    code, verdict = _gate(store)
    assert code == FAIL
    (finding,) = verdict["findings"]
    assert (_locations(finding), finding["renamed"]) == (PLACES, ANSWERS)
    assert "and 2 more places changed in one way in 400 of 400 answers" in verdict["reasons"][0]
    assert "and 2 more places" in _asked(store, "report", "--output", "-")[1]

    # Any of its places names it: which one stands for it may change with the counts.
    key = finding["also_at"][0]["id"]
    about = ("--finding", key, "--by", "Ann", "--reason", "users were moved")
    code, line = _asked(store, "approve", *about)
    assert code == 0
    assert all(f"{place} value" in line for place in PLACES)
    code, verdict = _gate(store)
    assert (code, verdict["findings"]) == (PASS, [])
    (accepted,) = verdict["accepted"]
    assert _locations(accepted) == PLACES

    assert _asked(store, "approve", *about, "--withdraw")[0] == 0
    code, verdict = _gate(store)
    assert (code, len(verdict["findings"]), verdict["accepted"]) == (FAIL, 1, [])
    assert "the log is as it was written" in _asked(store, "audit")[1]
