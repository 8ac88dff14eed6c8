"""What of production was compared: each endpoint's status classes, and which got too little."""

from collections.abc import Sequence

from shadow.model import ReleaseCounts, StatusCoverage
from shadow.verdict.policy import Policy
from shadow.verdict.wording import count, name

_MOST_NAMED = 3


def coverage_of(counts: ReleaseCounts, policy: Policy) -> tuple[StatusCoverage, ...]:
    """Hold every status class that production answered with against `min_exchanges`.

    In the order of endpoints, those that the policy ignores left out. An endpoint may have passed
    on its 2xx alone; what it does with a 404 is then as unknown as it was.
    """
    return tuple(
        StatusCoverage(
            endpoint=endpoint,
            status_class=status_class,
            seen=seen,
            compared=own.compared_statuses.get(status_class, 0),
            needed=policy.at(endpoint).min_exchanges,
        )
        for endpoint, own in sorted(counts.endpoints.items(), key=lambda item: item[0])
        if not policy.ignores(endpoint)
        for status_class, seen in sorted(own.statuses.items())
    )


def too_little_of(coverage: Sequence[StatusCoverage]) -> tuple[str, ...]:
    """Say of which status classes too little was compared, most seen first; empty if of none."""
    short = sorted(
        (each for each in coverage if not each.is_enough),
        key=lambda each: (-each.seen, each.endpoint, each.status_class),
    )
    if not short:
        return ()
    named = ", ".join(
        f"{name(str(each.endpoint))} {each.status_class} ({each.compared:,} of {each.seen:,} seen)"
        for each in short[:_MOST_NAMED]
    )
    more = f" and {len(short) - _MOST_NAMED:,} more" if len(short) > _MOST_NAMED else ""
    return (
        f"Too little was compared of {len(short):,} of {count(len(coverage), 'kind')} of answer "
        f"that production gave: {named}{more}.",
    )
