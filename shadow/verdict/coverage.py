"""Why the evidence may be too little: what was lost, never came, or never answered."""

from shadow.model import (
    Accounting,
    Decision,
    DifferenceKind,
    Drop,
    EndpointSummary,
    Outcome,
    OutcomeKey,
    ReleaseCounts,
    Uninformative,
)
from shadow.verdict.policy import Policy
from shadow.verdict.wording import and_more, count, name, percent

MAX_GAP = 0.01
"""Largest share of the captured exchanges without an outcome that a PASS may leave open."""

MAX_NAMED = 10
"""How many endpoints a verdict names in its reasons."""

_QUEUE_FULL = OutcomeKey(outcome=Outcome.DROPPED, reason=Drop.QUEUE_FULL)

_NO_ANSWER = (
    OutcomeKey(outcome=Outcome.DROPPED, reason=Drop.CANDIDATE_UNREACHABLE),
    OutcomeKey(outcome=Outcome.DROPPED, reason=Drop.CANDIDATE_HELD_BACK),
    OutcomeKey(outcome=Outcome.UNINFORMATIVE, reason=Uninformative.BOTH_FAILED),
)


def why_too_little(counts: ReleaseCounts, policy: Policy) -> tuple[str, ...]:
    """Say what keeps the captured traffic from being evidence; empty if nothing does."""
    accounting = counts.accounting
    if not accounting.captured and not accounting.outcomes:
        return ("Nothing was captured: send live traffic through Shadow.",)
    if not accounting.total(Outcome.COMPARED):
        return (_nothing_compared(accounting), *_down(counts, policy), *_gap(accounting))
    return (*_down(counts, policy), *_gap(accounting), *_lost(accounting, policy))


def candidate_was_down(counts: ReleaseCounts, policy: Policy) -> bool:
    """Tell whether the candidate answered less than `min_answered_share` of what it was asked.

    Held back by the breaker or a rate limit, unreachable, and failed all count as no answer, the
    last also where the secondary failed over the same request. Endpoints that the policy ignores
    do not count. What workers had no time for while the candidate was up counts as if it had been
    asked and answered like what they compared: all that comes while it is left alone is counted.
    """
    asked = _asked(counts, policy)
    return bool(asked) and asked - _unanswered(counts, policy) < policy.min_answered_share * asked


def why_not_judged(summaries: tuple[EndpointSummary, ...], policy: Policy) -> tuple[str, ...]:
    """Say which endpoints need more when too few of the comparisons are on judged ones."""
    summaries = tuple(each for each in summaries if not policy.ignores(each.endpoint))
    open_ = [each for each in summaries if each.decision is Decision.INCONCLUSIVE]
    total = sum(each.counts.compared for each in summaries)
    unjudged = sum(each.counts.compared for each in open_)
    if total > unjudged and total - unjudged >= policy.min_judged_share * total:
        return ()
    if not total:
        return ("Every endpoint that was compared is ignored by the policy.",)
    busiest = sorted(open_, key=lambda each: (-each.counts.compared, each.endpoint))
    named = (f"{name(str(each.endpoint))}: {each.reason}." for each in busiest[:MAX_NAMED])
    return (
        f"Endpoints with {unjudged:,} of {count(total, 'comparison')} cannot be judged yet; "
        f"{percent(policy.min_judged_share)} must be.",
        *named,
        *and_more(len(busiest) - MAX_NAMED, "endpoint"),
    )


def adds_up(accounting: Accounting) -> bool:
    """Tell whether captured exchanges and outcomes are equal to within `MAX_GAP`."""
    return abs(accounting.missing) <= MAX_GAP * accounting.captured


def gap_of(accounting: Accounting) -> str:
    """Say by how much the accounting does not add up; empty if it does."""
    if accounting.missing > 0:
        return (
            f"{count(accounting.missing, 'captured exchange')} of {accounting.captured:,} "
            f"({percent(accounting.missing / accounting.captured)}) have no outcome: "
            "under way while traffic flows, lost if it has stopped."
        )
    if accounting.missing < 0:
        return (
            f"{count(-accounting.missing, 'outcome')} more than the {accounting.captured:,} "
            "captured exchanges: reported late while traffic flows, counted twice if it has "
            "stopped."
        )
    return ""


def _nothing_compared(accounting: Accounting) -> str:
    return (
        f"None of the {count(accounting.captured, 'captured exchange')} was compared"
        f"{_reasons(accounting, tuple(Outcome))}."
    )


def _down(counts: ReleaseCounts, policy: Policy) -> tuple[str, ...]:
    if not candidate_was_down(counts, policy):
        return ()
    asked = _asked(counts, policy)
    return (
        f"The candidate was down: it answered {asked - _unanswered(counts, policy):,} of "
        f"{count(asked, 'request')}, and {percent(policy.min_answered_share)} must be.",
    )


def _gap(accounting: Accounting) -> tuple[str, ...]:
    if adds_up(accounting):
        return ()
    return (f"The accounting does not add up: {gap_of(accounting)}",)


def _lost(accounting: Accounting, policy: Policy) -> tuple[str, ...]:
    wanted = accounting.captured - accounting.total(Outcome.SKIPPED)
    settled = accounting.total(Outcome.COMPARED) + accounting.total(Outcome.UNINFORMATIVE)
    if settled >= policy.min_captured_share * wanted:
        return ()
    return (
        f"Too much was lost: {settled:,} of {count(wanted, 'exchange')} to be compared were "
        f"({percent(settled / wanted)}), and {percent(policy.min_captured_share)} must be"
        f"{_reasons(accounting, (Outcome.DROPPED,))}.",
    )


def _reasons(accounting: Accounting, outcomes: tuple[Outcome, ...]) -> str:
    told = sorted(
        (-many, f"{key.outcome} {key.reason}".strip())
        for key, many in accounting.outcomes.items()
        if many and key.outcome in outcomes
    )
    said = ", ".join(f"{what} {-many:,}" for many, what in told[:MAX_NAMED])
    return f" ({said})" if said else ""


def _asked(counts: ReleaseCounts, policy: Policy) -> int:
    looked_at = _compared(counts, policy) + _never_answered(counts.accounting)
    return looked_at + _not_looked_at(counts, policy)


def _compared(counts: ReleaseCounts, policy: Policy) -> int:
    """Comparisons of the endpoints that count; what never came to one has no endpoint here."""
    ignored = sum(own.compared for each, own in counts.endpoints.items() if policy.ignores(each))
    return max(0, counts.accounting.total(Outcome.COMPARED) - ignored)


def _not_looked_at(counts: ReleaseCounts, policy: Policy) -> int:
    """What workers had no time for; 0 where nothing was compared that it could be like."""
    return counts.accounting.outcomes.get(_QUEUE_FULL, 0) if _compared(counts, policy) else 0


def _never_answered(accounting: Accounting) -> int:
    """Exchanges that are not compared for want of an answer from the candidate."""
    return sum(accounting.outcomes.get(key, 0) for key in _NO_ANSWER)


def _unanswered(counts: ReleaseCounts, policy: Policy) -> int:
    failed = sum(
        seen.only_candidate + seen.both + seen.unpaired
        for signature, seen in counts.signatures.items()
        if signature.kind is DifferenceKind.FAILURE and not policy.ignores(signature.endpoint)
    )
    compared = _compared(counts, policy)
    failed = min(failed, compared)
    alike = round(_not_looked_at(counts, policy) * failed / compared) if compared else 0
    return failed + alike + _never_answered(counts.accounting)
