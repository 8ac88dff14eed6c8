"""Who showed what differs by nature, and what that means for whom nobody did."""

from dataclasses import replace

import pytest

from shadow.model import (
    Decision,
    Endpoint,
    EndpointCounts,
    NoiseSource,
    SignatureCounts,
)
from tests.support.releases import (
    HEALTH,
    ORDERS,
    alone,
    judged,
    pairs,
    release,
    said,
    signature,
)

UNSAFE = Endpoint(method="POST", template="/orders")


def sampled(compared: int, paired: int) -> EndpointCounts:
    """An endpoint of a release in which production itself was asked again for a share."""
    return replace(pairs(compared, paired=paired), self_sampled=compared)


def test_an_unsafe_endpoint_beside_a_self_sample_is_held_as_without_a_secondary() -> None:
    counts = release(
        {ORDERS: sampled(5_000, paired=500), UNSAFE: pairs(100, paired=0)},
        {signature(endpoint=UNSAFE): SignatureCounts(unpaired=5)},
    )
    assert judged(counts).decision is Decision.INCONCLUSIVE


@pytest.mark.parametrize(
    ("endpoints", "source"),
    [
        ({ORDERS: pairs(500)}, NoiseSource.SECONDARY),
        ({ORDERS: pairs(500, paired=0)}, NoiseSource.NONE),
        ({ORDERS: sampled(500, paired=25)}, NoiseSource.SELF),
        ({ORDERS: pairs(500, paired=0), HEALTH: pairs(500)}, NoiseSource.SECONDARY),
        ({ORDERS: pairs(500), HEALTH: sampled(500, paired=25)}, NoiseSource.SELF),
        ({}, NoiseSource.NONE),
    ],
    ids=["secondary", "nobody", "self", "secondary somewhere", "first one, then the other", "none"],
)
def test_a_verdict_knows_who_showed_noise(
    endpoints: dict[Endpoint, EndpointCounts], source: NoiseSource
) -> None:
    assert judged(release(endpoints)).noise_from is source


def test_nothing_is_said_of_noise_that_a_secondary_showed() -> None:
    assert "oise is" not in said(judged(release({ORDERS: pairs(500)})))


def test_nothing_is_said_of_noise_where_nothing_was_compared() -> None:
    assert "oise is" not in said(judged(release({})))


def test_what_noise_is_held_against_is_said_where_it_is_not_known() -> None:
    assert (
        "No secondary answered, so noise is not known: every difference is held against 1 %."
    ) in judged(alone(500, 0)).reasons


def test_production_asked_again_is_said_with_how_often() -> None:
    verdict = judged(release({ORDERS: sampled(5_000, 250), HEALTH: sampled(1_000, 50)}))
    assert (
        "Noise is known from production itself, which was asked again in 300 of 6,000 comparisons."
    ) in verdict.reasons


def test_endpoints_that_are_unsafe_to_repeat_are_counted() -> None:
    verdict = judged(release({ORDERS: sampled(5_000, 250), UNSAFE: pairs(500, paired=0)}))
    assert (
        "Noise is known from production itself, which was asked again in 250 of 5,500 comparisons; "
        "not for 1 endpoint that is unsafe to repeat, where every difference is held against 1 %."
    ) in verdict.reasons
