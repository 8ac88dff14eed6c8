"""What docs/verdict.md says of how much evidence it takes is what the statistics say."""

import pytest

from shadow.model import (
    EndpointCounts,
    SignatureCounts,
)
from shadow.store.limits import StoreLimits
from shadow.store.tally import MOST_IN_A_GROUP
from shadow.verdict.evidence import within_tolerance, worse_than_noise
from shadow.verdict.policy import Policy
from shadow.verdict.two_samples import worse_than_sampled_noise
from tests.support.docs import PAGES, tables

VERDICT = PAGES["docs/verdict.md"]


def rows_of(*head: str) -> list[list[str]]:
    return [row for first, *rows in tables(VERDICT) if first == list(head) for row in rows]


@pytest.mark.parametrize(("rate", "said"), rows_of("`max_excess_rate`", "comparisons"))
def test_a_clean_endpoint_takes_as_many_comparisons_as_the_table_says(rate: str, said: str) -> None:
    _takes(_number(said), share=0.0, rate=_number(rate) / 100)


@pytest.mark.parametrize(("share", "said"), rows_of("share each", "comparisons"))
def test_noise_costs_as_many_comparisons_as_the_table_says(share: str, said: str) -> None:
    _takes(_number(said), share=_number(share) / 100, rate=Policy().max_excess_rate)


@pytest.mark.parametrize("row", rows_of("c", "1 signature", "10", "50", "200"))
def test_a_finding_takes_as_much_as_the_table_says(row: list[str]) -> None:
    only_secondary, *least = (int(cell) for cell in row)
    for b, signatures in zip(least, (1, 10, 50, 200), strict=True):
        enough = signatures / Policy().alpha
        assert worse_than_noise(b - 1, only_secondary) < enough
        assert worse_than_noise(b, only_secondary) >= enough


@pytest.mark.parametrize("row", rows_of("slower in", "1 endpoint", "20 endpoints", "200 endpoints"))
def test_a_slow_endpoint_takes_as_many_pairs_as_the_table_says(row: list[str]) -> None:
    share, *said = (int(_number(cell)) for cell in row)
    for pairs, endpoints in zip(said, (1, 20, 200), strict=True):
        enough = [
            worse_than_noise(n * share // 100, n - n * share // 100) * Policy().alpha >= endpoints
            for n in range(Policy().min_exchanges, pairs + 1)
        ]
        assert enough.index(True) == len(enough) - 1


@pytest.mark.parametrize(
    ("noise", "rate", "said"), rows_of("production differs in", "the candidate in", "exchanges")
)
def test_a_finding_takes_as_many_exchanges_as_the_table_of_self_says(
    noise: str, rate: str, said: str
) -> None:
    enough = 20 / Policy().alpha
    for total, holds in ((_number(said) - 20, False), (_number(said), True)):
        e_value = _against_a_share(int(total), _number(noise) / 100, _number(rate) / 100)
        assert (e_value >= enough) is holds


def test_traits_are_counted_as_the_docs_say() -> None:
    limits = StoreLimits()
    room = f"room for {limits.max_trait_names} names, each with {limits.max_trait_values} values"
    assert room in VERDICT
    assert f"room for {limits.max_first_trait_values} values" in VERDICT
    assert f"room for {limits.max_groups_per_endpoint} sets" in VERDICT
    assert f"more than {MOST_IN_A_GROUP} places" in VERDICT


def test_evidence_is_as_the_table_says() -> None:
    (b, *columns), e_values = next(rows for rows in tables(VERDICT) if rows[0][0] == "b")
    assert b == "b"
    for column, said in zip(columns, e_values[1:], strict=True):
        assert f"{worse_than_noise(int(column), 0):.1f}" == said


def test_there_are_figures_to_hold_the_docs_to() -> None:
    assert rows_of("`max_excess_rate`", "comparisons")
    assert rows_of("share each", "comparisons")
    assert rows_of("c", "1 signature", "10", "50", "200")
    assert rows_of("slower in", "1 endpoint", "20 endpoints", "200 endpoints")
    assert rows_of("production differs in", "the candidate in", "exchanges")


def _takes(comparisons: float, *, share: float, rate: float) -> None:
    enough = 1 / Policy().alpha
    for total, holds in ((comparisons - 1, False), (comparisons, True)):
        e_value = within_tolerance(total, total * share, total * share, rate)
        assert (e_value >= enough) is holds


def _against_a_share(compared: int, noise: float, rate: float) -> float:
    paired = compared // 20
    only_candidate, only_secondary, noisy = (
        round(paired * share) for share in (rate * (1 - noise), noise * (1 - rate), noise)
    )
    both = noisy - only_secondary
    seen = SignatureCounts(
        only_candidate=only_candidate,
        only_secondary=only_secondary,
        both=both,
        unpaired=round(rate * compared) - only_candidate - both,
    )
    own = EndpointCounts(compared=compared, paired=paired, self_sampled=compared, statuses={})
    return worse_than_sampled_noise(seen, own, only_secondary, noisy)


def _number(text: str) -> float:
    return float(text.removesuffix(" %").replace(",", ""))
