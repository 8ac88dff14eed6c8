"""What a verdict promises to whoever looks after every exchange, tried 2,000 times over.

Only b and c decide on FAIL, and each of them can be bisected; between two differing exchanges the
evidence for PASS only grows. So it is enough to look where something differs, and no moment is
left out.
"""

from collections.abc import Iterator
from functools import cache
from random import Random

import pytest

from shadow.model import (
    Decision,
    DifferenceKind,
    Endpoint,
    EndpointCounts,
    Signature,
    SignatureCounts,
)
from shadow.verdict.evidence import within_tolerance
from shadow.verdict.judge import judge
from shadow.verdict.policy import Policy
from tests.support.chance import most_by_chance
from tests.support.releases import release

RUNS, EXCHANGES = 2_000, 5_000
POLICY = Policy()
ITEMS = Endpoint(method="GET", template="/items/{id}")

type Counts = tuple[int, int]
"""How often the candidate alone differs, and the secondary alone."""


def decision(compared: int, *signatures: Counts) -> Decision:
    """The verdict on an endpoint with these signatures."""
    return judge(
        release(
            {ITEMS: EndpointCounts(compared=compared, paired=compared, statuses={})},
            {
                Signature(endpoint=ITEMS, location=f"$.f{n}", kind=DifferenceKind.VALUE): (
                    SignatureCounts(only_candidate=b, only_secondary=c)
                )
                for n, (b, c) in enumerate(signatures)
            },
        ),
        POLICY,
        0.0,
    ).decision


def differing(random: Random, rate: float) -> int:
    """A bit for each exchange, set with probability `rate` to within 2^-24: all drawn at once."""
    bits = 0
    for place in range(24):
        drawn = random.getrandbits(EXCHANGES)
        bits = bits | drawn if round(rate * 2**24) >> place & 1 else bits & drawn
    return bits


def moments(candidate: int, secondary: int) -> Iterator[tuple[int, bool]]:
    """The exchanges in which one side alone differs, counted from 0, and whether the candidate."""
    alone = format(candidate ^ secondary, f"0{EXCHANGES}b")
    mine = format(candidate, f"0{EXCHANGES}b")
    at = alone.find("1")
    while at >= 0:
        yield at, mine[at] == "1"
        at = alone.find("1", at + 1)


@cache
def least_that_fails(only_secondary: int) -> int:
    """How often the candidate alone has to differ for FAIL, beside so much noise."""
    passes, fails = only_secondary, 2 * only_secondary + 200
    while fails - passes > 1:
        middle = (passes + fails) // 2
        if decision(10 * EXCHANGES, (middle, only_secondary)) is Decision.FAIL:
            fails = middle
        else:
            passes = middle
    return fails


def ever_fails(random: Random, noise: float) -> bool:
    counts = [0, 0]
    for _, by_candidate in moments(differing(random, noise), differing(random, noise)):
        counts[not by_candidate] += 1
        if by_candidate and counts[0] >= least_that_fails(counts[1]):
            return True
    return False


def test_noise_of_any_rate_fails_at_any_moment_in_at_most_alpha_of_the_runs() -> None:
    random = Random(2_026)
    wrong = sum(ever_fails(random, 0.6 * run / (RUNS - 1)) for run in range(RUNS))
    assert wrong <= most_by_chance(RUNS, POLICY.alpha)


def ever_passes(random: Random, excess: float, noise: float) -> bool:
    b = c = 0
    mine = differing(random, excess + noise)
    # The secondary alone differs with the rate of the noise, and never where the candidate does.
    other = differing(random, noise / (1 - excess - noise)) & ~mine
    for at, by_candidate in moments(mine, other):
        if may_pass(at, b, c):
            return True
        b, c = b + by_candidate, c + (not by_candidate)
    return may_pass(EXCHANGES, b, c)


def may_pass(compared: int, b: int, c: int) -> bool:
    if within_tolerance(compared, b, c, POLICY.max_excess_rate) * POLICY.alpha < 1:
        return False
    return decision(compared, (b, c)) is Decision.PASS


@pytest.mark.parametrize("noise", [0.0, 0.002, 0.01])
def test_an_excess_at_the_limit_passes_at_any_moment_in_at_most_alpha_of_the_runs(
    noise: float,
) -> None:
    random = Random(2_027)
    wrong = sum(ever_passes(random, POLICY.max_excess_rate, noise) for _ in range(RUNS))
    assert wrong <= most_by_chance(RUNS, POLICY.alpha)


def test_the_simulations_can_tell_a_bad_release_and_a_good_one() -> None:
    random = Random(2_028)
    assert ever_passes(random, 0.0, 0.0)
    assert ever_fails_with_excess(random)


def ever_fails_with_excess(random: Random) -> bool:
    b = sum(by_candidate for _, by_candidate in moments(differing(random, 0.01), 0))
    return b >= least_that_fails(0)


@pytest.mark.parametrize("compared", [364, 500, 5_000])
def test_a_clean_endpoint_passes_by_500_comparisons(compared: int) -> None:
    assert decision(compared) is Decision.PASS


def test_eight_differences_without_noise_fail_alone_and_thirteen_among_twenty() -> None:
    noise = [(1, 1)] * 19
    assert decision(500, (8, 0)) is Decision.FAIL
    assert decision(500, (13, 0), *noise) is Decision.FAIL
    assert decision(500, (8, 0), *noise) is not Decision.FAIL
