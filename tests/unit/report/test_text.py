import json
from dataclasses import replace

from shadow.model import (
    Accounting,
    Decision,
    DifferenceKind,
    Endpoint,
    EndpointCounts,
    EndpointSummary,
    Finding,
    NoiseSource,
    Outcome,
    OutcomeKey,
    Signature,
    SignOff,
    Verdict,
)
from shadow.report.json import MAX_LISTED, verdict_as_json
from shadow.report.text import verdict_as_text
from shadow.verdict.identity import finding_id


def verdict(release: str = "2.4.0", reason: str = "because") -> Verdict:
    endpoint = EndpointSummary(
        endpoint=Endpoint(method="GET", template="/"),
        decision=Decision.PASS,
        counts=EndpointCounts(compared=400, statuses={}),
        reason="",
    )
    return Verdict(
        release=release,
        decision=Decision.PASS,
        decided_at=1_800_000_000.0,
        reasons=(reason,),
        findings=(),
        noise=(),
        excused=(),
        endpoints=(endpoint,),
        accounting=Accounting(
            captured=1_400,
            outcomes={
                OutcomeKey(outcome=Outcome.COMPARED): 400,
                OutcomeKey(outcome=Outcome.SKIPPED, reason="sampling"): 1_000,
            },
        ),
        noise_from=NoiseSource.SECONDARY,
    )


def test_verdict_is_a_few_plain_lines_with_the_sum() -> None:
    assert verdict_as_text(verdict()) == (
        "PASS release 2.4.0\n"
        "  because\n"
        "findings: 0, noise: 0, excused: 0\n"
        "endpoints: 1 PASS, 0 FAIL, 0 INCONCLUSIVE\n"
        "exchanges: 1,400 captured = 400 compared + 0 uninformative + 1,000 skipped + 0 dropped\n"
    )


def test_no_value_can_move_the_cursor_or_add_a_line() -> None:
    hostile = "\x1b[2J\x1b]0;owned\x07\r\nPASS\u202e\u2028\x9b31m"
    shown = verdict_as_text(verdict(release=hostile, reason=hostile))
    assert shown.count("\n") == 5
    assert all(character == "\n" or character.isprintable() for character in shown)
    assert r"\x1b[2J" in shown


def test_lines_are_bounded() -> None:
    shown = verdict_as_text(verdict(reason="x" * 100_000))
    assert max(map(len, shown.splitlines())) <= 1_000


def test_brackets_stay_as_they_are() -> None:
    assert "[bold]x[/bold]" in verdict_as_text(verdict(reason="[bold]x[/bold]"))


def test_each_finding_is_named_as_approve_takes_it() -> None:
    signature = Signature(
        endpoint=Endpoint(method="GET", template="/"),
        location="$.total",
        kind=DifferenceKind.VALUE,
    )
    found = Finding(signature=signature, compared=9, differing=9, noise=0, evidence=100.0)
    shown = verdict_as_text(replace(verdict(), findings=(found,) * 51, suspects=(found,)))
    named = f"{finding_id(signature)}: GET / `$.total` value"
    lines = shown.splitlines()
    assert lines.count(f"finding {named}") == 50
    assert lines.count("finding: and 1 more; the JSON report has all") == 1
    assert lines.count(f"suspect {named}") == 1


def test_what_even_the_json_report_leaves_out_is_not_said_to_be_there() -> None:
    signature = Signature(
        endpoint=Endpoint(method="GET", template="/"),
        location="$.total",
        kind=DifferenceKind.VALUE,
    )
    found = (Finding(signature=signature, compared=9, differing=9, noise=0, evidence=100.0),)
    many = replace(verdict(), findings=found * (MAX_LISTED + 1), suspects=found * MAX_LISTED)
    lines = verdict_as_text(many).splitlines()
    assert "finding: and 951 more; the JSON report has the first 1,000" in lines
    assert "suspect: and 950 more; the JSON report has all" in lines
    listed = json.loads(verdict_as_json(many, {}))
    assert (len(listed["findings"]), len(listed["suspects"])) == (1_000, 1_000)


def test_a_sign_off_against_the_verdict_says_so_and_cannot_add_a_line() -> None:
    signed = SignOff(
        release="2.4.0",
        by="Ben\x1b[2J\nPASS",
        reason="must go out",
        at=1_800_000_000.0,
        verdict_id="v",
        policy_hash="",
        decision=Decision.FAIL,
        captured=1_400,
        settled=1_400,
    )
    shown = verdict_as_text(replace(verdict(), sign_off=signed, id="v2", policy_hash="p"))
    assert shown.splitlines()[-4:] == [
        r"signed off by Ben\x1b[2J\nPASS at 2027-01-15 08:00:00 UTC against the verdict FAIL: "
        "must go out",
        "since then: FAIL became PASS",
        "since then: another policy or other rules",
        "verdict v2, policy p",
    ]


def test_a_finding_is_named_with_its_other_places_the_first_of_many() -> None:
    endpoint = Endpoint(method="GET", template="/orders")
    first, *others = (
        Signature(endpoint=endpoint, location=f"$.f{n}", kind=DifferenceKind.VALUE)
        for n in range(8)
    )
    found = Finding(
        signature=first, compared=9, differing=9, noise=0, evidence=9.0, also_at=tuple(others)
    )
    text = verdict_as_text(replace(verdict(), findings=(found,)))
    assert "findings: 1," in text
    assert (
        f"finding {finding_id(first)}: GET /orders `$.f0` value, "
        "and at `$.f1`, `$.f2`, `$.f3`, `$.f4`, `$.f5`, 2 more\n"
    ) in text
