import json
from dataclasses import replace
from datetime import date

from msgspec import structs

from shadow.model import (
    Accepted,
    Accounting,
    Approval,
    Decision,
    Difference,
    DifferenceKind,
    Endpoint,
    EndpointCounts,
    EndpointLatency,
    EndpointSummary,
    Estimate,
    Example,
    Failure,
    FailureKind,
    Finding,
    NoiseSource,
    Outcome,
    OutcomeKey,
    Request,
    Response,
    Signature,
    SignOff,
    StatusCoverage,
    TargetLatency,
    Verdict,
)
from shadow.report.json import MAX_BODY_CHARS, MAX_LISTED, VERSION, verdict_as_json
from shadow.verdict.identity import finding_id

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
        noise_from=NoiseSource.SECONDARY,
        coverage=(
            StatusCoverage(endpoint=ORDERS, status_class="4xx", seen=12, compared=7, needed=100),
        ),
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
        "id",
        "policy_hash",
        "release",
        "decision",
        "decided_at",
        "reasons",
        "noise_known",
        "noise_from",
        "accounting",
        "sign_off",
        "totals",
        "findings",
        "suspects",
        "accepted",
        "noise",
        "excused",
        "kept_rules",
        "causes",
        "rule_notices",
        "endpoints",
        "coverage",
    ]
    assert document["version"] == VERSION
    assert document["decision"] == "FAIL"
    assert document["decided_at"] == 1_800_000_000.5
    assert document["findings"][0] == {
        "id": finding_id(TOTAL),
        "endpoint": "GET /orders/{id}",
        "location": "$.total",
        "kind": "value",
        "excused_by": None,
        "differing": 14,
        "compared": 2_113,
        "noise": 0,
        "paired": None,
        "evidence": 2184.5,
        "at_first_sight": False,
        "also_at": [],
        "renamed": None,
        "example": {
            "exchange_id": "x1",
            "captured_at": 1_799_999_999.0,
            "trace_id": None,
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
        "latency": None,
    }


def test_latency_is_in_milliseconds_with_intervals() -> None:
    latency = EndpointLatency(
        primary=None,
        candidate=TargetLatency(
            answers=40,
            p50=Estimate(low=0.0125, value=0.0203456, high=0.025),
            p90=Estimate(low=0.05, value=0.06, high=0.07),
            p99=Estimate(low=0.08, value=1.5, high=None),
        ),
        secondary=None,
        slowdown=Estimate(low=1.1, value=1.32, high=1.5),
        pairs=40,
        slower=25,
    )
    judged = verdict()
    timed = replace(judged.endpoints[0], latency=latency)
    document = json.loads(verdict_as_json(replace(judged, endpoints=(timed,)), {}))
    assert document["endpoints"][0]["latency"] == {
        "primary": None,
        "candidate": {
            "answers": 40,
            "p50": [12.5, 20.35, 25],
            "p90": [50, 60, 70],
            "p99": [80, 1500, None],
        },
        "secondary": None,
        "slowdown": [1.1, 1.32, 1.5],
        "pairs": 40,
        "slower": 25,
    }
    assert document["coverage"] == [
        {
            "endpoint": "GET /orders/{id}",
            "status_class": "4xx",
            "seen": 12,
            "compared": 7,
            "needed": 100,
            "enough": False,
        }
    ]


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


def test_what_is_accepted_says_by_whom_why_and_until_when() -> None:
    approval = Approval(
        release="2.4.0",
        signature=TOTAL,
        by="Ann",
        reason="meant",
        at=1_800_000_000.0,
        verdict_id="v",
        expires=date(2027, 1, 31),
    )
    accepted = replace(verdict(), accepted=(Accepted(finding=finding(TOTAL), approval=approval),))
    shown = json.loads(verdict_as_json(accepted, {}))["accepted"][0]
    assert (shown["id"], shown["location"]) == (finding_id(TOTAL), "$.total")
    assert shown["approval"] == {
        "by": "Ann",
        "reason": "meant",
        "at": 1_800_000_000.0,
        "expires": "2027-01-31",
    }


def test_a_sign_off_says_what_has_changed_since() -> None:
    signed = SignOff(
        release="2.4.0",
        by="Ben",
        reason="must go out",
        at=1_800_000_000.0,
        verdict_id="v",
        policy_hash="p",
        decision=Decision.INCONCLUSIVE,
        captured=2_000,
        settled=2_000,
    )
    shown = json.loads(verdict_as_json(replace(verdict(), sign_off=signed), {}))["sign_off"]
    assert shown["override"] is True
    assert shown["changes"] == [
        "INCONCLUSIVE became FAIL",
        "another policy or other rules",
        "130 more exchanges captured",
    ]


def test_lists_are_bounded_and_totals_say_how_many_there_are() -> None:
    many = tuple(finding(TOTAL) for _ in range(MAX_LISTED + 5))
    document = json.loads(verdict_as_json(replace(verdict(), noise=many), {}))
    assert len(document["noise"]) == MAX_LISTED
    assert document["totals"] == {
        "findings": 2,
        "suspects": 0,
        "noise": MAX_LISTED + 5,
        "excused": 1,
    }


def test_the_places_of_a_finding_have_ids_as_it_has_itself() -> None:
    place = structs.replace(TOTAL, location="$.sum")
    finding, *_ = verdict().findings
    told = replace(verdict(), findings=(structs.replace(finding, also_at=(place,), renamed=13),))
    (read,) = json.loads(verdict_as_json(told, {}))["findings"]
    assert read["renamed"] == 13
    assert read["also_at"] == [{"id": finding_id(place), "location": "$.sum", "kind": "value"}]
