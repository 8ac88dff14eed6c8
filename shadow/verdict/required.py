"""The endpoints that a policy requires: each must have passed."""

from collections.abc import Iterator, Sequence

from shadow.model import Decision, EndpointSummary
from shadow.verdict.coverage import MAX_NAMED
from shadow.verdict.policy import Policy, covers
from shadow.verdict.wording import and_more, name


def why_required_are_missing(
    summaries: Sequence[EndpointSummary], policy: Policy
) -> tuple[str, ...]:
    """Say which required endpoints have not passed, busiest last; empty if all have.

    One that failed has its findings and needs no other words.
    """
    said = tuple(dict.fromkeys(_missing(summaries, policy)))
    return (*said[:MAX_NAMED], *and_more(len(said) - MAX_NAMED, "required endpoint"))


def _missing(summaries: Sequence[EndpointSummary], policy: Policy) -> Iterator[str]:
    for glob in policy.required_endpoints:
        covered = [each for each in summaries if covers(glob, each.endpoint)]
        if not covered:
            yield f"{name(glob)} is required and was never compared."
        for each in sorted(covered, key=lambda each: (each.counts.compared, each.endpoint)):
            if each.decision is Decision.INCONCLUSIVE:
                yield f"{name(str(each.endpoint))} is required and {each.reason}."
