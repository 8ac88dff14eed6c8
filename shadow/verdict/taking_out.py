"""What people decided, taken out of what is held against a release, and how long that holds."""

from collections.abc import Mapping
from datetime import UTC, date, datetime

from shadow.model import Approval, Finding, KeptRule, Signature
from shadow.verdict.weigh import Weighed


def taken_out[Decided](
    weighed: Weighed, decided: Mapping[Signature, Decided]
) -> tuple[Weighed, tuple[tuple[Finding, Decided], ...]]:
    """Take what was decided on out of findings, suspects and noise; return it with the decision."""
    if not decided:
        return weighed, ()
    taken = tuple(
        (each, decided[each.signature]) for each in weighed.open if each.signature in decided
    )
    return weighed.without(decided), taken


def has_expired(decided: Approval | KeptRule, today: date) -> bool:
    """Tell whether its last day is over."""
    return decided.expires is not None and decided.expires < today


def day_of(at: float) -> date:
    """The day, UTC, of a time in epoch seconds."""
    return datetime.fromtimestamp(at, UTC).date()
