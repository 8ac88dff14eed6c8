"""What is said of endpoints where noise is known from a share of the exchanges."""

from collections.abc import Sequence

from shadow.model import EndpointCounts
from shadow.verdict.policy import Policy
from shadow.verdict.sampled_places import Place, bound, most_open, times_needed
from shadow.verdict.wording import count, name, needs, percent


def said_of_pass(own: EndpointCounts, margin: Place, open_: Sequence[Place], policy: Policy) -> str:
    """Say why an endpoint passes, and what it leaves open."""
    said = (
        f"shows no more than noise in {count(own.compared, 'comparison')} "
        f"(production was asked again in {own.paired:,}): whatever differs does so in less than "
        f"{percent(bound(margin, policy.alpha))} beyond it"
    )
    if not open_:
        return said
    most = percent(most_open(open_, policy.alpha))
    return (
        f"{said}, or {most} in {count(len(open_), 'place')} where production "
        "itself changes in most answers"
    )


def said_of_need(own: EndpointCounts, margin: Place, policy: Policy) -> str:
    """Say how much more traffic an endpoint needs, or that no traffic will do."""
    so_far = f"has {count(own.compared, 'comparison')}, production asked again in {own.paired:,}"
    if margin.signature is not None:
        so_far += (
            f", where `{name(margin.signature.location)}` ({margin.signature.kind}) differs in "
            f"{margin.differing:,.0f} answers, in production's own in {margin.noisy:,.0f} of "
            f"{margin.sampled:,.0f}"
        )
    factor = times_needed(margin, policy)
    if factor is None:
        return (
            f"{so_far}: it may differ in up to {percent(bound(margin, policy.alpha))} beyond "
            f"noise, more than {percent(policy.max_excess_rate)}, and at this rate more traffic "
            "will not settle it"
        )
    more = round((factor - 1) * own.compared)
    return f"{needs(max(more, policy.min_exchanges - own.compared))}: {so_far}"


def said_of_open(open_: Sequence[Place], policy: Policy) -> str:
    """Say what a PASS does not bound by `max_excess_rate`, of one place or more."""
    fewest = round(min(place.sampled for place in open_))
    most = percent(most_open(open_, policy.alpha))
    return (
        f"Not bounded so: {count(len(open_), 'place')} where production itself changes in most "
        "answers, so that a change says nothing. The candidate shows no excess there; the pairs "
        f"({count(fewest, 'pair')} a place, or more) leave up to {most} open."
    )
