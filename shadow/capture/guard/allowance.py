"""What of the live traffic may be captured at the moment."""

from dataclasses import dataclass

from shadow.model import Drop, Skip

type LeftOut = Skip | Drop
"""Why an exchange is not captured: on purpose, or though it should have been."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """What the guards leave of the sample.

    `new` says why no request that comes may be captured, `under_way` why not even one that is
    being captured; None where they may. `rate_share` is the share of the sample that reaches the
    target rate, `latency_share` the share of that which users can bear, each from 0 to 1.
    """

    new: LeftOut | None = None
    under_way: LeftOut | None = None
    rate_share: float = 1.0
    latency_share: float = 1.0
