"""What people have accepted as intended, kept apart from what is held against a release.

An approval covers one signature (endpoint, location and kind) of one release, or each of those that
were one finding. What it covers is
sorted out after all signatures were weighed together, so that no approval changes what is said of
any other signature: approving can only take away what stands against a release, and withdrawing
can only bring it back.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from shadow.model import (
    Accepted,
    Approval,
    ReleaseCounts,
    Signature,
    SignOff,
    Verdict,
)
from shadow.verdict.coverage import MAX_NAMED
from shadow.verdict.taking_out import day_of, has_expired, taken_out
from shadow.verdict.weigh import Weighed
from shadow.verdict.wording import and_more, and_places, count, name

type Approved = Mapping[Signature, Approval]
"""The approval that covers a signature."""


def in_force(approvals: Sequence[Approval], now: float) -> Approved:
    """Return what is accepted at `now` (epoch seconds), of approvals in the order they were given.

    The last word on a signature counts: a later approval or withdrawal takes the place of the one
    before. One that has expired counts as absent.
    """
    today = day_of(now)
    return {
        signature: approval
        for signature, approval in _last_words(approvals).items()
        if not has_expired(approval, today)
    }


def sort_out(weighed: Weighed, approved: Approved) -> tuple[Weighed, tuple[Accepted, ...]]:
    """Take what is approved out of findings, suspects and noise."""
    weighed, taken = taken_out(weighed, approved)
    return weighed, tuple(Accepted(finding=each, approval=approval) for each, approval in taken)


def without_places(counts: ReleaseCounts, places: Collection[Signature]) -> ReleaseCounts:
    """Leave out what counts neither way, so that no endpoint waits for a bound on it."""
    if not places:
        return counts
    left = {key: seen for key, seen in counts.signatures.items() if key not in places}
    return replace(counts, signatures=left)


def said_of_accepted(accepted: Sequence[Accepted]) -> tuple[str, ...]:
    """Say what counts neither way, who answers for that, and until when."""
    return (
        *(_said(each) for each in accepted[:MAX_NAMED]),
        *and_more(len(accepted) - MAX_NAMED, "accepted difference"),
    )


def said_of_expired(approvals: Sequence[Approval], now: float) -> tuple[str, ...]:
    """Say which approvals count no more because their last day is over."""
    today = day_of(now)
    expired = [
        (each, places) for each, places in standing(approvals).items() if has_expired(each, today)
    ]
    return (
        *(
            f"The approval of {_places(places)} by {name(each.by)} expired on "
            f"{each.expires}: it counts as absent."
            for each, places in expired[:MAX_NAMED]
        ),
        *and_more(len(expired) - MAX_NAMED, "expired approval"),
    )


def standing(approvals: Sequence[Approval]) -> Mapping[Approval, tuple[Signature, ...]]:
    """Return what was not withdrawn, expired or not, with the places it has the last word on."""
    places: defaultdict[Approval, list[Signature]] = defaultdict(list)
    for signature, approval in _last_words(approvals).items():
        places[approval].append(signature)
    return {approval: tuple(own) for approval, own in places.items()}


def changed_since_sign_off(verdict: Verdict) -> tuple[str, ...]:
    """Say in what way a verdict is not the one that the release was signed off on."""
    signed = verdict.sign_off
    if signed is None:
        return ()
    changes = (
        f"{signed.decision} became {verdict.decision}" * (signed.decision != verdict.decision),
        "another policy or other rules" * (signed.policy_hash != verdict.policy_hash),
        _counted_since(verdict.accounting.captured - signed.captured)
        * ((signed.captured, signed.settled) != _counted(verdict)),
    )
    return tuple(change for change in changes if change)


def ended_since(signed: SignOff, acts: Sequence[Approval | SignOff], now: float) -> int:
    """Count the findings that were accepted when a release was signed off, and are not at `now`.

    `acts` are all of the release, in the order they were given.
    """
    before = [act for act in acts[: acts.index(signed)] if isinstance(act, Approval)]
    every = [act for act in acts if isinstance(act, Approval)]
    return len(in_force(before, signed.at).keys() - in_force(every, now).keys())


def _counted_since(more: int) -> str:
    return f"{count(more, 'more exchange')} captured" if more > 0 else "other counts"


def _counted(verdict: Verdict) -> tuple[int, int]:
    return verdict.accounting.captured, sum(verdict.accounting.outcomes.values())


def _last_words(approvals: Sequence[Approval]) -> Approved:
    last = {signature: each for each in approvals for signature in each.places}
    return {signature: each for signature, each in last.items() if not each.withdrawn}


def _said(accepted: Accepted) -> str:
    approval = accepted.approval
    until = f", until {approval.expires}" if approval.expires else ""
    differs = "differ" if accepted.finding.also_at else "differs"
    return (
        f"{_places(accepted.finding.places)} {differs} in {accepted.finding.differing:,} of "
        f"{count(accepted.finding.compared, 'answer')}, accepted by {name(approval.by)}{until}: "
        f"{name(approval.reason)}"
    )


def _places(places: Sequence[Signature]) -> str:
    first = places[0]
    place = f"{name(str(first.endpoint))}: `{name(first.location)}` ({first.kind})"
    return place + and_places(len(places) - 1)
