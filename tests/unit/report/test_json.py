import json

from shadow.model import (
    Accounting,
    Decision,
    Difference,
    DifferenceKind,
    Endpoint,
    EndpointCounts,
    EndpointSummary,
    Example,
    Failure,
    FailureKind,
    Finding,
    Outcome,
    OutcomeKey,
    Request,
    Response,
    Signature,
    Verdict,
)
from shadow.report.json import MAX_BODY_CHARS, VERSION, verdict_as_json

ORDERS = Endpoint(method="GET", template="/orders/{id}")
TOTAL = Signature(endpoint=ORDERS, location="$.total", kind=DifferenceKind.VALUE)
FAILED = Signature(endpoint=ORDERS, location="reply", kind=DifferenceKind.FAILURE)


def finding(signature: Signature) -> Finding:
    return Finding(signature=signature, compared=2_113, differing=14, noise=0, evidence=2184.5)


def verdict() -> Verdict:
    excused = Signature(
        endpoint=ORDERS, location="$.at", kind=DifferenceKind.VALUE, excused_by="clock"
    )
    counts = EndpointCounts(compared=2_113, paired=2_100, uninformative=5, statuses={"2xx": 2_118})
    return Verdict(
        release="2.4.0",
        decision=Decision.FAIL,
        decided_at=1_800_000_000.5,
        reasons=("because",),
        findings=(finding(TOTAL), finding(FAILED)),
        noise=(),
        excused=(finding(excused),),
        endpoints=(
            EndpointSummary(
                endpoint=ORDERS, decision=Decision.FAIL, counts=counts, reason="has 2 findings"
            ),
        ),
        accounting=Accounting(
            captured=2_130,
            outcomes={
                OutcomeKey(outcome=Outcome.COMPARED): 2_113,
                OutcomeKey(outcome=Outcome.UNINFORMATIVE, reason="not_modified"): 5,
                OutcomeKey(outcome=Outcome.DROPPED, reason="queue_full"): 10,
            },
        ),
        noise_known=True,
    )


def example(body: bytes = b'{"total":1}') -> Example:
    return Example(
        exchange_id="x1",
        captured_at=1_799_999_999.0,
        request=Request(method="GET", target="/orders/7?v=1", headers=()),
        primary=Response(status=200, headers=((b"etag", b"\xe9"),), body=body, seconds=0.1),
        candidate=Failure(kind=FailureKind.TIMEOUT, detail="10 s", seconds=10.0),
        differences=(
            Difference(
                location="$.total",
                kind=DifferenceKind.VALUE,
                pointer="/total",
                primary="1",
                candidate=None,
            ),
        ),
    )


def test_document_has_the_documented_shape() -> None:
    document = json.loads(verdict_as_json(verdict(), {TOTAL: example()}))
    assert list(document) == [
        "version",
        "release",
        "decision",
        "decided_at",
        "reasons",
        "noise_known",
        "accounting",
        "findings",
        "noise",
        "excused",
        "rule_notices",
        "endpoints",
    ]
    assert document["version"] == VERSION
    assert document["decision"] == "FAIL"
    assert document["decided_at"] == 1_800_000_000.5
    assert document["findings"][0] == {
        "endpoint": "GET /orders/{id}",
        "location": "$.total",
        "kind": "value",
        "excused_by": None,
        "differing": 14,
        "compared": 2_113,
        "noise": 0,
        "evidence": 2184.5,
        "example": {
            "exchange_id": "x1",
            "captured_at": 1_799_999_999.0,
            "request": {"method": "GET", "target": "/orders/7?v=1"},
            "primary": {"status": 200, "headers": [["etag", "é"]], "body": '{"total":1}'},
            "candidate": {"failure": "timeout", "detail": "10 s"},
            "differences": [
                {
                    "location": "$.total",
                    "pointer": "/total",
                    "kind": "value",
                    "primary": "1",
                    "candidate": None,
                    "excused_by": None,
                }
            ],
        },
    }
    assert document["findings"][1]["example"] is None
    assert document["excused"][0]["excused_by"] == "clock"
    assert document["endpoints"][0] == {
        "endpoint": "GET /orders/{id}",
        "decision": "FAIL",
        "reason": "has 2 findings",
        "compared": 2_113,
        "paired": 2_100,
        "uninformative": 5,
        "dropped": 0,
        "statuses": {"2xx": 2_118},
    }


def test_accounting_adds_up_with_what_is_missing() -> None:
    accounting = json.loads(verdict_as_json(verdict(), {}))["accounting"]
    parts = ("compared", "uninformative", "skipped", "dropped", "missing")
    assert accounting["captured"] == sum(accounting[part] for part in parts)
    assert accounting["missing"] == 2
    assert accounting["reasons"]["dropped"] == {"queue_full": 10}
    assert accounting["reasons"]["compared"] == {}


def test_bodies_are_bounded_ascii_and_said_to_be_binary_where_they_are() -> None:
    def body(raw: bytes) -> str:
        document = verdict_as_json(verdict(), {TOTAL: example(raw)})
        assert document.isascii()
        assert "\x1b" not in document
        text = json.loads(document)["findings"][0]["example"]["primary"]["body"]
        assert isinstance(text, str)
        return text

    assert len(body(b"x" * 100_000)) == MAX_BODY_CHARS
    assert body(bytes(range(256))) == "(256 bytes that are not text)"
    assert body("\x1b[31m\u202e é".encode()) == "\x1b[31m\u202e é"
    assert body(b"") == ""


def test_the_same_verdict_gives_the_same_text() -> None:
    assert verdict_as_json(verdict(), {}) == verdict_as_json(verdict(), {})
