from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token
from msgspec import structs

from shadow.model import (
    Accounting,
    Decision,
    DifferenceKind,
    Endpoint,
    EndpointCounts,
    EndpointLatency,
    EndpointSummary,
    Estimate,
    Finding,
    NoiseSource,
    Outcome,
    OutcomeKey,
    Signature,
    TargetLatency,
    Verdict,
)
from shadow.report.markdown import MAX_BYTES, verdict_as_markdown
from shadow.report.markdown_room import ROOMS
from tests.support.hostile import HOSTILE, hostile_release

RENDER = MarkdownIt("commonmark").enable("table").enable("strikethrough")


def document(text: str) -> str:
    """A report with `text` wherever traffic, targets or rules can put one."""
    return verdict_as_markdown(*hostile_release(text))


def structure(markdown: str) -> list[str]:
    """All that markup made of the document, but the text and the code in it."""
    plain = {"text", "text_special", "code_inline"}
    return [token.type for token in _flat(RENDER.parse(markdown)) if token.type not in plain]


def _flat(tokens: list[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from _flat(token.children or [])


def test_the_trace_of_an_example_is_named_and_linked() -> None:
    verdict, examples = hostile_release("benign")
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    parent = (b"traceparent", f"00-{trace}-00f067aa0ba902b7-01".encode())
    traced = {
        signature: replace(example, request=structs.replace(example.request, headers=(parent,)))
        for signature, example in examples.items()
    }
    assert f", trace `{trace}`:" in verdict_as_markdown(verdict, traced)
    shown = verdict_as_markdown(verdict, traced, "https://jaeger.example/{trace_id}")
    links = [token for token in _flat(RENDER.parse(shown)) if token.type == "link_open"]
    assert links
    assert {token.attrs["href"] for token in links} == {f"https://jaeger.example/{trace}"}


BENIGN = structure(document("benign"))


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: repr(text)[:30])
def test_no_value_changes_the_structure_of_the_document(text: str) -> None:
    assert structure(document(text)) == BENIGN


@given(st.text(alphabet="`|\\<>[]()!*_#-+=~&;:@$. \n\r\tab1\x1b\u2028\u202e", max_size=24))
@settings(deadline=None)
def test_no_mix_of_markup_changes_the_structure_of_the_document(text: str) -> None:
    assert structure(document(text)) == BENIGN


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: repr(text)[:30])
def test_no_control_or_bidirectional_character_reaches_the_document(text: str) -> None:
    shown = document(text)
    assert all(c == "\n" or c.isprintable() or c == "\u2060" for c in shown)
    shown.encode()


def test_links_and_mentions_in_sentences_are_broken() -> None:
    html = RENDER.render(document("@team #12 www.evil.example https://evil.example"))
    sentences = "".join(part.partition("<code")[0] for part in html.split("</code>"))
    for whole in ("@team", "#12", "www.evil", "https://"):
        assert whole not in sentences


def test_every_value_is_cut() -> None:
    assert len(document("x" * 1_000_000)) < 50_000


def test_benign_values_are_shown_as_they_are() -> None:
    html = RENDER.render(document("$.total|x"))
    assert "<code>$.total\\x7cx</code>" in html
    assert html.count("<h3>") == 5


def verdict_with(make: Callable[[int], Finding], many: int) -> Verdict:
    return Verdict(
        release="2.4.0",
        decision=Decision.FAIL,
        decided_at=1_800_000_000.0,
        reasons=(),
        findings=tuple(make(i) for i in range(many)),
        noise=tuple(make(i) for i in range(many)),
        excused=(),
        endpoints=(),
        accounting=Accounting(
            captured=100, outcomes={OutcomeKey(outcome=Outcome.SKIPPED, reason="method"): 103}
        ),
        noise_from=NoiseSource.NONE,
    )


def numbered(i: int) -> Finding:
    signature = Signature(
        endpoint=Endpoint(method="GET", template="/orders/{id}"),
        location=f"$.f{i}",
        kind=DifferenceKind.MISSING,
    )
    return Finding(signature=signature, compared=2_113, differing=14, noise=0, evidence=2184.5)


def timed(endpoint: Endpoint, slowdown: float | None) -> EndpointSummary:
    times = TargetLatency(
        answers=4_000,
        p50=Estimate(low=0.0123, value=0.02, high=0.025),
        p90=Estimate(low=0.05, value=0.06, high=0.07),
        p99=Estimate(low=0.08, value=1.5, high=None),
    )
    return EndpointSummary(
        endpoint=endpoint,
        decision=Decision.PASS,
        counts=EndpointCounts(compared=4_000, statuses={}),
        reason="is fine",
        latency=EndpointLatency(
            primary=times,
            candidate=times,
            secondary=times if slowdown else None,
            slowdown=Estimate(low=slowdown, value=slowdown, high=slowdown) if slowdown else None,
            pairs=4_000 if slowdown else 0,
            slower=3_100 if slowdown else 0,
        ),
    )


def test_latency_is_a_table_with_the_slowest_candidate_first() -> None:
    calm, slow = (Endpoint(method="GET", template=path) for path in ("/calm", "/slow|"))
    verdict = replace(verdict_with(numbered, 0), endpoints=(timed(calm, 1.01), timed(slow, 1.5)))
    rows = verdict_as_markdown(verdict, {}).partition("## Latency")[2].splitlines()[4:10]
    assert [row.split(" | ")[:2] for row in rows[::3]] == [
        [r"| `GET /slow\x7c`", "candidate"],
        ["| `GET /calm`", "candidate"],
    ]
    assert rows[0].endswith(
        "| 4,000 | 20 (12.3 to 25) | 60 (50 to 70) | 1,500 (80 to ?) "
        "| 1.5 (1.5 to 1.5) | 3,100 of 4,000 |"
    )


def test_without_a_secondary_the_times_are_shown_alone() -> None:
    endpoint = Endpoint(method="GET", template="/calm")
    shown = verdict_as_markdown(
        replace(verdict_with(numbered, 0), endpoints=(timed(endpoint, None),)), {}
    )
    assert "| candidate | 4,000 | 20 (12.3 to 25) |" in shown
    assert "| secondary |" not in shown


def test_a_slow_endpoint_is_a_finding_that_points_to_the_times() -> None:
    def slow(_: int) -> Finding:
        signature = Signature(
            endpoint=Endpoint(method="GET", template="/slow"),
            location="latency",
            kind=DifferenceKind.SLOW,
        )
        return Finding(
            signature=signature,
            compared=500,
            differing=480,
            noise=3,
            evidence=1e99,
            max_slowdown=1.25,
        )

    shown = verdict_as_markdown(verdict_with(slow, 1), {})
    assert (
        "Kind **slow**: the candidate took more than 1.25 times as long in 480 of 500 answers, "
        "the secondary in 3 (e-value 1.0e99)." in shown
    )
    assert "see the times under Latency" in shown


def test_document_is_bounded_and_says_what_it_leaves_out() -> None:
    shown = verdict_as_markdown(verdict_with(numbered, 500), {})
    assert shown.count("\n### ") == ROOMS[0].findings
    assert "## Findings (500)" in shown
    assert f"And {500 - ROOMS[0].findings} more; the JSON report has more." in shown
    assert f"And {500 - ROOMS[0].rows} more; the JSON report has more." in shown


def test_finding_says_what_how_often_and_on_what_evidence() -> None:
    shown = verdict_as_markdown(verdict_with(numbered, 1), {})
    assert "# FAIL: release `2.4.0`" in shown
    assert "### 1. `GET /orders/{id}` `$.f0`" in shown
    assert (
        "Kind **missing**: was missing in 14 of 2,113 answers, noise not known (e-value 2.2e3)."
        in shown
    )
    assert "No example was kept." in shown


def test_decision_and_reasons_come_first_and_the_sum_last() -> None:
    shown = document("benign")
    order = ["# FAIL", "- benign: `benign` changed", "## Findings", "## Excused", "## Noise"]
    order += ["## Endpoints", "## Accounting"]
    places = [shown.index(part) for part in order]
    assert places == sorted(places)
    assert "100 captured = 90 compared + 0 uninformative + 0 skipped + 8 dropped" in shown
    assert "+ 2 without an outcome" in shown


def test_outcomes_beyond_the_captured_are_shown_in_the_sum() -> None:
    shown = verdict_as_markdown(verdict_with(numbered, 0), {})
    assert "103 skipped + 0 dropped - 3 more outcomes than captured" in shown


def test_example_shows_request_values_and_both_replies() -> None:
    shown = document("benign")
    assert "For example `benign benign` at 2027-01-15 08:00:00 UTC, exchange `benign`:" in shown
    assert "| `benign` | `benign` | `benign` |" in shown
    assert "Primary: status 200\n\n```text\nbenign\n```" in shown
    assert "Candidate: no answer (malformed)\n\n```text\nbenign\n```" in shown


def test_what_got_too_little_is_marked_and_comes_first() -> None:
    rows = [line for line in document("GET").splitlines() if line.startswith("| `GET GET` | ")]
    coverage = [row for row in rows if "xx |" in row]
    assert coverage == [
        "| `GET GET` | 4xx | 12 | 7 | **too little**: needs 100 |",
        "| `GET GET` | 2xx | 100 | 100 | enough |",
    ]


def test_the_places_of_a_finding_are_listed() -> None:
    shown = document("`x`")
    assert "and 30 more places" in shown
    assert "The same values changed in the same way at:\n\n- `` `x`0 ``\n- `` `x`1 ``\n" in shown
    assert "- `` `x`19 ``\n\nAnd 10 more; the JSON report has more." in shown


@pytest.mark.parametrize("text", ["x" * 1_000, "`" * 1_000, "@#" * 500, "\U0001f600" * 1_000])
def test_a_document_fits_into_a_comment_whatever_is_in_it(text: str) -> None:
    verdict, examples = hostile_release(text)
    many = replace(
        verdict,
        findings=verdict.findings * 100,
        suspects=verdict.suspects * 300,
        accepted=verdict.accepted * 300,
        noise=verdict.noise * 300,
        excused=verdict.excused * 300,
        endpoints=verdict.endpoints * 300,
        coverage=verdict.coverage * 300,
        causes=verdict.causes * 300,
        reasons=verdict.reasons * 300,
    )
    shown = verdict_as_markdown(many, examples)
    assert len(shown.encode()) <= MAX_BYTES
    assert shown.startswith("# FAIL: release ")
    assert "`shadow report --format html` shows more" in shown
    assert f"## Findings ({len(many.findings)})" in shown


def test_what_fits_is_not_shortened() -> None:
    assert "Shortened" not in document("benign")
