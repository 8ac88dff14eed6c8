"""The answer to "may this release go on?", from stored counts alone."""

from collections.abc import Iterable, Sequence
from types import MappingProxyType

from shadow.model import (
    Accepted,
    Approval,
    Decision,
    DifferenceKind,
    EndpointSummary,
    Finding,
    ReleaseCounts,
    Ruled,
    Verdict,
)
from shadow.verdict.approvals import (
    in_force,
    said_of_accepted,
    said_of_expired,
    sort_out,
    without_places,
)
from shadow.verdict.coverage import (
    MAX_NAMED,
    adds_up,
    candidate_was_down,
    gap_of,
    why_not_judged,
    why_too_little,
)
from shadow.verdict.endpoints import summarise
from shadow.verdict.kept_rules import Covered, ruled_out, said_of_ruled
from shadow.verdict.latency import latency_note, with_latency
from shadow.verdict.noise import how_noise_was_known, noise_source
from shadow.verdict.policy import Policy
from shadow.verdict.renamings import acts_merged, renamings_merged
from shadow.verdict.required import why_required_are_missing
from shadow.verdict.sampled import left_open
from shadow.verdict.statuses import coverage_of, too_little_of
from shadow.verdict.weigh import Weighed, noise_known, weigh
from shadow.verdict.wording import and_more, count, percent, said_of

_NO_RULES: Covered = MappingProxyType({})


def judge(
    counts: ReleaseCounts,
    policy: Policy,
    now: float,
    approvals: Sequence[Approval] = (),
    kept: Covered = _NO_RULES,
) -> Verdict:
    """Decide a release; `now` is in epoch seconds. The same counts give the same verdict.

    FAIL when there is a finding: evidence that holds whatever else is missing. The one exception
    is a candidate that was down (`min_answered_share`): that it failed, or was slow, is then no
    finding against the release, while what else it answered wrongly still is. INCONCLUSIVE when
    something is missing, an endpoint that the policy requires has not passed, or a difference is
    suspicious but not yet a finding. PASS when nothing is. What `approvals` (all of the release, in
    the order they were given) or `kept` rules cover at `now` counts neither way; it changes nothing
    about the evidence against anything else. Of what both cover the approval says why. Findings
    that are one renaming are told as one.
    """
    approved = in_force(approvals, now)
    kept = {place: rule for place, rule in kept.items() if place not in approved}
    weighed, accepted = sort_out(weigh(counts, policy), approved)
    weighed, ruled = ruled_out(weighed, kept)
    weighed, accepted = renamings_merged(weighed, counts), acts_merged(accepted)
    against = _against(counts, weighed, policy)
    left = without_places(counts, {*approved, *kept})
    judged = summarise(left, against, policy)
    summaries = with_latency(judged, counts, policy)
    coverage = coverage_of(counts, policy)
    missing = _missing(counts, weighed, summaries, policy)
    decision = Decision.FAIL if against else Decision.INCONCLUSIVE if missing else Decision.PASS
    passed = decision is Decision.PASS
    opening = _passed(summaries, policy, accepted, ruled) if passed else ()
    closing = too_little_of(coverage) if passed else ()
    found = _said(against, counts, "")
    told = (
        *(*said_of_accepted(accepted), *said_of_ruled(ruled)),
        *said_of_expired(approvals, now),
    )
    return Verdict(
        release=counts.release,
        decision=decision,
        decided_at=now,
        reasons=(
            *(*found, *missing, *opening, *told),
            *(*_notes(left, summaries, policy, decision), *closing),
        ),
        findings=against,
        noise=weighed.noise,
        excused=weighed.excused,
        endpoints=summaries,
        accounting=counts.accounting,
        noise_from=noise_source(counts),
        suspects=weighed.suspects,
        accepted=accepted,
        ruled=ruled,
        coverage=coverage,
    )


def _against(counts: ReleaseCounts, weighed: Weighed, policy: Policy) -> tuple[Finding, ...]:
    if not candidate_was_down(counts, policy):
        return weighed.findings
    return tuple(
        finding
        for finding in weighed.findings
        if finding.signature.kind not in {DifferenceKind.FAILURE, DifferenceKind.SLOW}
    )


def _missing(
    counts: ReleaseCounts,
    weighed: Weighed,
    summaries: tuple[EndpointSummary, ...],
    policy: Policy,
) -> tuple[str, ...]:
    too_little = why_too_little(counts, policy)
    required = why_required_are_missing(summaries, policy)
    if not any(each.counts.compared for each in summaries):
        return (*(too_little or ("Nothing was compared.",)), *required)
    suspicious = _said(weighed.suspects, counts, "; more traffic will tell it from noise")
    return (*too_little, *suspicious, *required, *why_not_judged(summaries, policy))


def _said(findings: tuple[Finding, ...], counts: ReleaseCounts, ending: str) -> tuple[str, ...]:
    known = noise_known(counts)
    return (
        *(said_of(each, noise_known=known) + ending for each in findings[:MAX_NAMED]),
        *and_more(len(findings) - MAX_NAMED, "such difference"),
    )


def _passed(
    summaries: tuple[EndpointSummary, ...],
    policy: Policy,
    accepted: tuple[Accepted, ...],
    ruled: tuple[Ruled, ...],
) -> tuple[str, ...]:
    but = " or ".join(["accepted"] * bool(accepted) + ["excused"] * bool(ruled))
    nothing = f"nothing but what is {but}" if but else "nothing"
    passed = [each for each in summaries if each.decision is Decision.PASS]
    compared = sum(each.counts.compared for each in passed)
    return (
        f"No more than noise in {count(compared, 'comparison')} of "
        f"{count(len(passed), 'endpoint')}: {nothing} differs in more than "
        f"{_limits(passed, policy)} beyond it ({percent(1 - policy.alpha)} sure each).",
    )


def _limits(summaries: Iterable[EndpointSummary], policy: Policy) -> str:
    rates = {policy.at(each.endpoint).max_excess_rate for each in summaries}
    least, most = percent(min(rates)), percent(max(rates))
    return most if len(rates) == 1 else f"its endpoint's limit of {least} to {most}"


def _notes(
    counts: ReleaseCounts,
    summaries: tuple[EndpointSummary, ...],
    policy: Policy,
    decision: Decision,
) -> tuple[str, ...]:
    ignored = [each for each in summaries if policy.ignores(each.endpoint)]
    judged = [each for each in summaries if not policy.ignores(each.endpoint)]
    open_ = [each for each in judged if each.decision is Decision.INCONCLUSIVE]
    notes = (
        gap_of(counts.accounting) if adds_up(counts.accounting) else "",
        left_open(counts, policy) if decision is Decision.PASS else "",
        _how_noise_was_known(counts, judged, policy),
        latency_note(counts),
        _not_judged(open_, "got too little to be judged") if decision is Decision.PASS else "",
        _not_judged(ignored, "ignored by the policy"),
    )
    return tuple(note for note in notes if note)


def _how_noise_was_known(
    counts: ReleaseCounts, judged: Sequence[EndpointSummary], policy: Policy
) -> str:
    compared = [each for each in judged if each.counts.compared]
    return how_noise_was_known(counts, _limits(compared, policy)) if compared else ""


def _not_judged(endpoints: list[EndpointSummary], why: str) -> str:
    compared = sum(each.counts.compared for each in endpoints)
    if not compared:
        return ""
    return (
        f"Not judged: {count(compared, 'comparison')} of {count(len(endpoints), 'endpoint')} {why}."
    )
