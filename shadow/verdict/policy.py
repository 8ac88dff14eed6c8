"""What a release must show before it may go on."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

from shadow.model import DifferenceKind, Endpoint

MOST_SLOWDOWN = 1_000
"""Largest `max_slowdown`; sketches tell no larger ones apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointPolicy:
    """Demands on the endpoints that the glob `match` covers; None leaves the policy's own."""

    match: str
    min_exchanges: int | None = None
    max_excess_rate: float | None = None
    max_slowdown: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The operator's demands on the evidence.

    Shares and rates are fractions of one, globs are over `METHOD /template`. PASS needs, for
    endpoints that carry at least `min_judged_share` of the comparisons: `min_exchanges` comparisons
    each, and a bound on the excess rate of every signature that is no higher than
    `max_excess_rate`, each bound true with probability 1 - `alpha`; where a secondary is known, it
    must have answered that same share of the endpoint's comparisons. `alpha` is also the false
    discovery rate of the findings. At least `min_captured_share` of what was to be compared must
    have been, and the candidate must have answered at least `min_answered_share` of what it was
    asked. An endpoint where the candidate takes more than `max_slowdown` times as long as the
    secondary, more often than not, is a finding.

    A difference of a kind in `fail_on` is a finding where the candidate shows it once and the
    secondary, asked the same, does not. Where production itself is asked again for a share
    (`secondary: self`), one outside of that share is one too, unless production has shown it at
    that place. At an endpoint where nobody stood beside the candidate, any is one: without a
    secondary only once the release has `min_exchanges` comparisons.

    Every endpoint that `required_endpoints` cover must pass, and each of these globs must cover
    one. What `ignore_endpoints` cover neither fails a release nor holds it back. Of `endpoints` the
    first that covers an endpoint has its own demands.
    """

    min_exchanges: int = 100
    max_excess_rate: float = 0.01
    alpha: float = 0.05
    min_captured_share: float = 0.9
    min_judged_share: float = 0.95
    min_answered_share: float = 0.5
    max_slowdown: float = 1.25
    fail_on: tuple[DifferenceKind, ...] = ()
    required_endpoints: tuple[str, ...] = ()
    ignore_endpoints: tuple[str, ...] = ()
    endpoints: tuple[EndpointPolicy, ...] = ()

    def __post_init__(self) -> None:
        """Refuse demands that mean nothing; raises ValueError that names every one of them."""
        mistakes = _mistakes(self)
        if mistakes:
            raise ValueError("; ".join(mistakes))

    def ignores(self, endpoint: Endpoint) -> bool:
        """Tell whether a glob covers the endpoint; `*` also matches `/`, case counts."""
        return bool(self.ignore_endpoints) and any(
            covers(glob, endpoint) for glob in self.ignore_endpoints
        )

    def at(self, endpoint: Endpoint) -> "Policy":
        """The demands on one endpoint."""
        own = next((own for own in self.endpoints if covers(own.match, endpoint)), None)
        if own is None:
            return self
        return replace(
            self,
            min_exchanges=_first(own.min_exchanges, self.min_exchanges),
            max_excess_rate=_first(own.max_excess_rate, self.max_excess_rate),
            max_slowdown=_first(own.max_slowdown, self.max_slowdown),
            endpoints=(),
        )


def covers(glob: str, endpoint: Endpoint) -> bool:
    """Tell whether a glob over `METHOD /template` covers an endpoint."""
    return fnmatchcase(str(endpoint), glob)


def _first[T](own: T | None, common: T) -> T:
    return common if own is None else own


def _mistakes(policy: Policy) -> list[str]:
    mistakes = [*_demand_mistakes("", policy)]
    if not 0 < policy.alpha < 1:
        mistakes.append(f"alpha must be more than 0 and less than 1, not {policy.alpha}")
    if DifferenceKind.SLOW in policy.fail_on:
        mistakes.append(
            "fail_on cannot name slow, which takes many answers to tell; see max_slowdown"
        )
    for name in ("min_captured_share", "min_judged_share", "min_answered_share"):
        value: float = getattr(policy, name)
        if not 0 <= value <= 1:
            mistakes.append(f"{name} must be from 0 to 1, not {value}")
    for name in ("ignore_endpoints", "required_endpoints"):
        globs: tuple[str, ...] = getattr(policy, name)
        if not all(glob.strip() for glob in globs):
            mistakes.append(f'{name} must be globs like "GET /internal/*", not empty texts')
    mistakes += (
        f"{glob!r} is in required_endpoints and in ignore_endpoints"
        for glob in sorted(set(policy.required_endpoints) & set(policy.ignore_endpoints))
    )
    return [*mistakes, *_endpoint_mistakes(policy.endpoints)]


def _endpoint_mistakes(endpoints: tuple[EndpointPolicy, ...]) -> Iterator[str]:
    for match, times in Counter(own.match for own in endpoints).items():
        if not match.strip():
            yield 'endpoints must match globs like "GET /internal/*", not empty texts'
        elif times > 1:
            yield f"endpoints has {match!r} more than once, and only the first holds"
    for own in endpoints:
        yield from _demand_mistakes(f"endpoints {own.match!r}: ", own)


def _demand_mistakes(where: str, demands: Policy | EndpointPolicy) -> Iterator[str]:
    least, rate, slowdown = demands.min_exchanges, demands.max_excess_rate, demands.max_slowdown
    if least is not None and least < 1:
        yield f"{where}min_exchanges must be at least 1, not {least}"
    if rate is not None and not 0 < rate < 1:
        yield f"{where}max_excess_rate must be more than 0 and less than 1, not {rate}"
    if slowdown is not None and not 1 <= slowdown <= MOST_SLOWDOWN:
        yield f"{where}max_slowdown must be from 1 to {MOST_SLOWDOWN:,}, not {slowdown}"
