"""Who showed what differs by nature: for a release, and for an endpoint of it."""

from shadow.model import EndpointCounts, NoiseSource, ReleaseCounts
from shadow.verdict.wording import count


def noise_source(counts: ReleaseCounts) -> NoiseSource:
    """Tell who showed noise in a release.

    Where a release ran with a secondary for a while and with `secondary: self` for another, pairs
    are a share of the exchanges, and are taken as one.
    """
    endpoints = counts.endpoints.values()
    if any(endpoint.self_sampled for endpoint in endpoints):
        return NoiseSource.SELF
    if any(endpoint.paired for endpoint in endpoints):
        return NoiseSource.SECONDARY
    return NoiseSource.NONE


def source_at(endpoint: EndpointCounts, source: NoiseSource) -> NoiseSource:
    """Tell who showed noise at an endpoint of a release whose source is `source`.

    The primary is asked again for safe methods alone, so it shows nothing of others.
    """
    if source is NoiseSource.SELF and not (endpoint.self_sampled or endpoint.paired):
        return NoiseSource.NONE
    return source


def how_noise_was_known(counts: ReleaseCounts, limits: str) -> str:
    """Say how, where it was not by a secondary; empty where it was or nothing was compared.

    `limits` says what differences are held against where noise is not known.
    """
    endpoints = [each for each in counts.endpoints.values() if each.compared]
    source = noise_source(counts)
    if not endpoints or source is NoiseSource.SECONDARY:
        return ""
    if source is NoiseSource.NONE:
        return (
            "No secondary answered, so noise is not known: every difference is held against "
            f"{limits}."
        )
    compared = sum(each.compared for each in endpoints)
    asked = sum(each.paired for each in endpoints)
    alone = [each for each in endpoints if source_at(each, source) is NoiseSource.NONE]
    said = (
        "Noise is known from production itself, which was asked again in "
        f"{asked:,} of {count(compared, 'comparison')}"
    )
    if not alone:
        return f"{said}."
    return (
        f"{said}; not for {count(len(alone), 'endpoint')} that is unsafe to repeat, where every "
        f"difference is held against {limits}."
    )
