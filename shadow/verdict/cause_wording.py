"""What is said of a cause, in a sentence that a person can read.

Names and values come from live traffic: whoever shows a sentence escapes it.
"""

from shadow.model import Cause, SharedTrait
from shadow.verdict.wording import count, name, number, percent

_MOST_PLACES = 3


def said_of_cause(cause: Cause) -> str:
    """Say what comes together where, how often, and what its requests share against the rest."""
    together = "differs" if len(cause.signatures) == 1 else "come together"
    return (
        f"{name(str(cause.endpoint))}: {places_of(cause)} {together} in {cause.requests:,} of "
        f"{count(cause.compared, 'answer')}; {shared_in(cause)}"
    )


def places_of(cause: Cause) -> str:
    """Name the places of a cause, the first few in full: `$.a` changed, …."""
    named = [f"`{name(each.location)}` ({each.kind})" for each in cause.signatures[:_MOST_PLACES]]
    more = len(cause.signatures) - _MOST_PLACES
    return ", ".join(named) + (f" and {more:,} more" if more > 0 else "")


def shared_in(cause: Cause) -> str:
    """Say what the requests share: `all 43 have `query:currency=USD`, against 9 % of the rest`."""
    if cause.requests >= cause.compared:
        return "these are all requests of the endpoint"
    if not cause.shared:
        return "nothing was found that its requests share against the rest"
    return "; ".join(_said(each, cause.requests) for each in cause.shared)


def _said(shared: SharedTrait, requests: int) -> str:
    trait = f"`{name(str(shared.trait))}`"
    if shared.absent:
        return f"{_how_many(requests - shared.requests, requests)} {trait}, {_missed(shared)}"
    rest = (
        "and none of the rest has"
        if shared.lift is None
        else f"against {percent(shared.rest_share)} of the rest (lift {number(shared.lift)})"
    )
    return f"{_how_many(shared.requests, requests)} {trait}, {rest}"


def _how_many(having: int, requests: int) -> str:
    if having in {0, requests}:
        return f"all {requests:,} have" if having else f"none of {requests:,} has"
    return f"{having:,} of {requests:,} have"


def _missed(shared: SharedTrait) -> str:
    return f"which {percent(1 - shared.rest_share)} of the rest have"
