"""How far a release is from a verdict: how much of its traffic is judged, and what is missing."""

from collections.abc import Sequence
from dataclasses import dataclass

from shadow.model import Decision, EndpointSummary, Verdict
from shadow.report.view.charts import Bar, share_bar, stacked
from shadow.report.view.texts import shown
from shadow.verdict.policy import Policy
from shadow.verdict.wording import count, needed_in, percent
from shadow.web.view.ages import lasting
from shadow.web.view.keys import endpoint_key

MOST_NEEDS = 5
"""Of how many endpoints it is shown what they need."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """An endpoint that is not decided yet; `needs` is empty where more traffic won't decide it."""

    key: str
    endpoint: str
    compared: str
    needs: str
    bar: Bar


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How much of what was compared belongs to endpoints that are decided."""

    bars: tuple[Bar, ...]
    """Of comparisons: `fail`, `pass` and `open`."""
    said: str
    needs: tuple[Need, ...]
    more: int
    time_left: str
    """About how long it takes at the pace so far; empty where that is not known."""


def progress_of(verdict: Verdict, policy: Policy, seconds: float) -> Progress:
    """Say how far a release is, after `seconds` of traffic."""
    judged = [each for each in verdict.endpoints if not policy.ignores(each.endpoint)]
    shares = {
        decision: sum(each.counts.compared for each in judged if each.decision is decision)
        for decision in Decision
    }
    whole = sum(shares.values())
    decided = whole - shares[Decision.INCONCLUSIVE]
    open_ = sorted(
        (each for each in judged if each.decision is Decision.INCONCLUSIVE),
        key=lambda each: (-each.counts.compared, each.endpoint),
    )
    return Progress(
        bars=stacked(
            (name, shares[decision])
            for name, decision in (
                ("fail", Decision.FAIL),
                ("pass", Decision.PASS),
                ("open", Decision.INCONCLUSIVE),
            )
        ),
        said=_said(decided, whole, len(judged) - len(open_), len(judged), policy),
        needs=tuple(_need(each) for each in open_[:MOST_NEEDS]),
        more=max(0, len(open_) - MOST_NEEDS),
        time_left=_time_left(open_, whole - decided, whole, policy, seconds),
    )


def _said(decided: int, whole: int, endpoints: int, of: int, policy: Policy) -> str:
    if not whole:
        return "Nothing was compared yet"
    # Rounded down: all but one is not all.
    share = int(1000 * decided / whole) / 1000
    return (
        f"{percent(share)} of {count(whole, 'comparison')} judged ({endpoints:,} of "
        f"{count(of, 'endpoint')}); a PASS takes {percent(policy.min_judged_share)}"
    )


def _need(summary: EndpointSummary) -> Need:
    more = needed_in(summary.reason)
    compared = summary.counts.compared
    return Need(
        key=endpoint_key(summary.endpoint),
        endpoint=shown(str(summary.endpoint)),
        compared=f"{compared:,}",
        needs="" if more is None else f"needs about {more:,} more",
        bar=share_bar(compared, compared + (more or 0)) if more else share_bar(compared, compared),
    )


def _time_left(
    open_: Sequence[EndpointSummary], undecided: int, whole: int, policy: Policy, seconds: float
) -> str:
    """The time until enough is judged, where each endpoint goes on at its own pace."""
    waits = sorted(
        (seconds * more / each.counts.compared, each.counts.compared)
        for each in open_
        if each.counts.compared and (more := needed_in(each.reason)) is not None
    )
    for wait, compared in waits:
        undecided -= compared
        if undecided <= (1 - policy.min_judged_share) * whole:
            return lasting(wait) if wait > 0 else ""
    return ""
