"""What a release must show before it may go on."""

from dataclasses import dataclass
from fnmatch import fnmatchcase

from shadow.model import Endpoint


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The operator's demands on the evidence.

    Shares and rates are fractions of one. PASS needs, for endpoints that carry at least
    `min_judged_share` of the comparisons: `min_exchanges` comparisons each, and a bound on the
    excess rate of every signature that is no higher than `max_excess_rate`, each bound true with
    probability 1 - `alpha`; where a secondary is known, it must have answered that same share of
    the endpoint's comparisons. `alpha` is also the false discovery rate of the findings. At least
    `min_captured_share` of what was to be compared must have been, and the candidate must have
    answered at least `min_answered_share` of what it was asked. `ignore_endpoints` are globs over
    `METHOD /template`; what they cover neither fails a release nor holds it back.
    """

    min_exchanges: int = 100
    max_excess_rate: float = 0.01
    alpha: float = 0.05
    min_captured_share: float = 0.9
    min_judged_share: float = 0.95
    min_answered_share: float = 0.5
    ignore_endpoints: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse demands that mean nothing; raises ValueError that names every one of them."""
        mistakes = _mistakes(self)
        if mistakes:
            raise ValueError("; ".join(mistakes))

    def ignores(self, endpoint: Endpoint) -> bool:
        """Tell whether a glob covers the endpoint; `*` also matches `/`, case counts."""
        name = str(endpoint)
        return any(fnmatchcase(name, glob) for glob in self.ignore_endpoints)


def _mistakes(policy: Policy) -> list[str]:
    mistakes = []
    if policy.min_exchanges < 1:
        mistakes.append(f"min_exchanges must be at least 1, not {policy.min_exchanges}")
    for name in ("max_excess_rate", "alpha"):
        value: float = getattr(policy, name)
        if not 0 < value < 1:
            mistakes.append(f"{name} must be more than 0 and less than 1, not {value}")
    for name in ("min_captured_share", "min_judged_share", "min_answered_share"):
        value = getattr(policy, name)
        if not 0 <= value <= 1:
            mistakes.append(f"{name} must be from 0 to 1, not {value}")
    if not all(glob.strip() for glob in policy.ignore_endpoints):
        mistakes.append('ignore_endpoints must be globs like "GET /internal/*", not empty texts')
    return mistakes
