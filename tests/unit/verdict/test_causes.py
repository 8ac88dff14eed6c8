"""Findings that come together, and what their requests share."""

import math
import random
from collections import Counter
from itertools import combinations

import pytest

from shadow.model import (
    Difference,
    DifferenceKind,
    Endpoint,
    EndpointTraits,
    Example,
    Finding,
    GroupCounts,
    Request,
    Response,
    Signature,
    Trait,
)
from shadow.verdict.cause_wording import said_of_cause
from shadow.verdict.causes import UNKNOWN_VALUES, causes_of, renaming_in, smallest, tail

ITEMS = Endpoint(method="GET", template="/items")
USD, EUR = Trait("query:currency", "USD"), Trait("query:currency", "EUR")


def signature(location: str, endpoint: Endpoint = ITEMS) -> Signature:
    return Signature(endpoint=endpoint, location=location, kind=DifferenceKind.VALUE)


TOTAL, TAX, NOISE = signature("$.total"), signature("$.tax"), signature("$.at")


def findings(*signatures: Signature) -> tuple[Finding, ...]:
    return tuple(
        Finding(signature=each, compared=500, differing=43, noise=0, evidence=1e9)
        for each in signatures
    )


def group(exchanges: int, **traits: int) -> GroupCounts:
    return GroupCounts(exchanges=exchanges, traits=_traits(traits))


def counted(groups, compared: int = 500, **traits: int) -> dict[Endpoint, EndpointTraits]:
    return {ITEMS: EndpointTraits(compared=compared, traits=_traits(traits), groups=groups)}


def _traits(counts: dict[str, int]) -> dict[Trait, int]:
    named = (key.partition("__") for key in counts)
    return {
        Trait(f"query:{name}", value): n
        for (name, _, value), n in zip(named, counts.values(), strict=True)
    }


def test_differences_that_come_together_are_one_cause() -> None:
    (cause,) = causes_of(findings(TOTAL, TAX), counted({(TAX, TOTAL): group(43)}))
    assert cause.signatures == (TAX, TOTAL)
    assert cause.requests == 43


def test_noise_that_comes_along_makes_no_cause_of_its_own() -> None:
    groups = {
        (NOISE, TOTAL): group(13, currency__USD=13),
        (TOTAL,): group(30, currency__USD=30),
        (NOISE,): group(99),
    }
    (cause,) = causes_of(findings(TOTAL), counted(groups, currency__USD=84, currency__EUR=416))
    assert (cause.signatures, cause.requests) == ((TOTAL,), 43)
    assert cause.shared[0].trait == USD
    assert cause.shared[0].requests == 43


def test_a_value_that_the_requests_share_is_told_with_its_lift() -> None:
    groups = {(TOTAL,): group(43, currency__USD=43, page__1=20, page__2=23)}
    every = counted(groups, currency__USD=84, currency__EUR=416, page__1=250, page__2=250)
    (cause,) = causes_of(findings(TOTAL), every)
    (shared,) = cause.shared
    assert (shared.trait, shared.share, shared.absent) == (USD, 1.0, False)
    assert shared.rest_share == pytest.approx(41 / 457)
    assert shared.lift == pytest.approx(457 / 41)
    assert said_of_cause(cause) == (
        "GET /items: `$.total` (value) differs in 43 of 500 answers; "
        "all 43 have `query:currency=USD`, against 8.97 % of the rest (lift 11)"
    )


def test_a_trait_that_none_of_the_rest_has_is_told_so() -> None:
    (cause,) = causes_of(
        findings(TOTAL), counted({(TOTAL,): group(40, beta=38)}, compared=500, beta=38)
    )
    assert cause.shared[0].lift is None
    assert said_of_cause(cause).endswith("; 38 of 40 have `query:beta`, and none of the rest has")


def test_what_the_requests_lack_is_told() -> None:
    (cause,) = causes_of(findings(TOTAL), counted({(TOTAL,): group(40)}, currency__EUR=441))
    assert cause.shared[0].absent
    assert said_of_cause(cause).endswith(
        "none of 40 has `query:currency`, which 95.9 % of the rest have"
    )


def test_what_all_have_explains_nothing() -> None:
    every = counted({(TOTAL,): group(40, plan__pro=40)}, plan__pro=500)
    (cause,) = causes_of(findings(TOTAL), every)
    assert cause.shared == ()
    assert said_of_cause(cause).endswith(
        "nothing was found that its requests share against the rest"
    )


def test_what_few_requests_share_by_chance_is_not_told() -> None:
    every = counted({(TOTAL,): group(3, page__1=2)}, page__1=100, page__2=400)
    assert causes_of(findings(TOTAL), every)[0].shared == ()


def test_a_name_with_too_many_values_tells_only_that_it_is_there() -> None:
    groups = {(TOTAL,): group(40, cursor__a=40)}
    every = counted(groups, cursor__a=40)
    every[ITEMS].traits[Trait("query:cursor", UNKNOWN_VALUES)] = 20  # type: ignore[index]
    (shared,) = causes_of(findings(TOTAL), every)[0].shared
    assert shared.trait == Trait("query:cursor")
    assert shared.rest_share == pytest.approx(20 / 460)


def test_requests_that_show_more_are_no_contrast() -> None:
    groups = {(TOTAL,): group(137, v__std=137), (TAX, TOTAL): group(23, v__beta=23)}
    alone, both = sorted(
        causes_of(findings(TOTAL, TAX), counted(groups, compared=160, v__std=137, v__beta=23)),
        key=lambda cause: len(cause.signatures),
    )
    assert alone.shared == ()
    assert both.shared[0].trait == Trait("query:v", "beta")


def test_traits_that_were_asked_for_are_told_first() -> None:
    groups = {(TOTAL,): group(40, beta=40, plan__pro=40)}
    every = counted(groups, beta=40, plan__pro=60)
    (cause,) = causes_of(findings(TOTAL), every, frozenset({"query:plan"}))
    assert [str(each.trait) for each in cause.shared] == ["query:plan=pro", "query:beta"]


def test_each_name_is_told_once_and_three_at_most() -> None:
    own = {f"{name}__x": 40 for name in "abcde"}
    (cause,) = causes_of(findings(TOTAL), counted({(TOTAL,): group(40, **own)}, **own))
    names = [each.trait.name for each in cause.shared]
    assert len(set(names)) == len(names) == 3


def test_where_all_requests_differ_nothing_is_sought() -> None:
    (cause,) = causes_of(findings(TOTAL), counted({(TOTAL,): group(500)}, currency__USD=84))
    assert said_of_cause(cause).endswith("these are all requests of the endpoint")


def test_causes_with_the_same_trait_stand_together() -> None:
    other = Endpoint(method="GET", template="/carts")
    here = counted({(TOTAL,): group(43, currency__USD=43), (TAX,): group(60)}, currency__USD=60)
    there = signature("$.sum", other)
    both = here | {
        other: EndpointTraits(
            compared=500,
            traits={USD: 50},
            groups={(there,): GroupCounts(exchanges=30, traits={USD: 30})},
        )
    }
    found = causes_of(findings(TOTAL, TAX, there), both)
    assert [cause.signatures for cause in found] == [(TOTAL,), (there,), (TAX,)]


def test_causes_do_not_depend_on_the_order_of_groups() -> None:
    places = [signature(f"$.f{number}") for number in range(4)]
    groups = {
        pair: group(number, currency__USD=number)
        for number, pair in enumerate(combinations(places, 2), start=20)
    }
    names = list(groups)
    random.Random(7).shuffle(names)
    shuffled = {name: groups[name] for name in names}
    found = findings(*places[:3])
    assert causes_of(found, counted(groups, currency__USD=200)) == causes_of(
        found, counted(shuffled, currency__USD=200)
    )


@pytest.mark.parametrize(("exchanges", "having", "drawn"), [(20, 7, 5), (12, 6, 6), (9, 9, 3)])
def test_the_tail_is_the_share_of_draws_that_have_so_many(
    exchanges: int, having: int, drawn: int
) -> None:
    draws = Counter(
        sum(each < having for each in draw) for draw in combinations(range(exchanges), drawn)
    )
    for k in range(drawn + 1):
        share = sum(n for seen, n in draws.items() if seen >= k) / draws.total()
        assert tail(exchanges, having, drawn, k) == pytest.approx(share, abs=1e-12)


def test_the_tail_of_large_counts_is_a_probability() -> None:
    assert tail(10**9, 10**8, 10**6, 10**5) == pytest.approx(0.5, abs=0.01)
    assert 0 <= tail(10**9, 10**8, 10**6, 10**6) < 1e-300
    assert not math.isnan(tail(10**9, 1, 10**9 - 1, 1))


def example(name: str, target: str, *locations: str) -> Example:
    return Example(
        exchange_id=name,
        captured_at=0.0,
        request=Request(method="GET", target=target, headers=()),
        primary=Response(status=200, headers=(), body=b"", seconds=0.0),
        candidate=Response(status=200, headers=(), body=b"", seconds=0.0),
        differences=tuple(_changed(location, "1", "2") for location in locations),
    )


def _changed(location: str, primary: str, candidate: str) -> Difference:
    return Difference(
        location=location, kind=DifferenceKind.VALUE, primary=primary, candidate=candidate
    )


def test_the_smallest_example_is_the_shortest_that_shows_the_group_alone() -> None:
    found = findings(TOTAL, TAX)
    cause = causes_of(found, counted({(TOTAL,): group(43)}))[0]
    kept = (
        example("a", "/i", "$.total", "$.tax"),
        example("b", "/items?page=1", "$.total", "$.at"),
        example("c", "/items?page=10", "$.total"),
    )
    assert smallest(cause, found, kept) == kept[1]
    assert smallest(cause, found, kept[:1]) == kept[0]
    assert smallest(cause, found, ()) is None


def test_one_value_that_became_another_everywhere_is_one_renaming() -> None:
    (cause,) = causes_of(findings(TAX, TOTAL), counted({(TAX, TOTAL): group(43)}))
    changed = (_changed("$.tax", "A", "B"), _changed("$.total", "A", "B"))
    renaming = renaming_in(cause, (*changed, _changed("$.at", "1", "2")))
    assert renaming is not None
    assert (renaming.primary, renaming.candidate) == ("A", "B")
    assert (renaming.pairs, renaming.places) == (1, 2)


@pytest.mark.parametrize(
    "pairs",
    [
        (),
        (("A", "B"),),
        (("A", "B"), ("C", "D")),
        (("A", "B"), ("A", "B"), ("A", "C")),
        (("A", "B"), ("A", "B"), ("C", "B"), ("C", "B")),
    ],
)
def test_values_that_changed_in_several_ways_are_no_renaming(pairs) -> None:
    (cause,) = causes_of(findings(TOTAL), counted({(TOTAL,): group(43)}))
    assert renaming_in(cause, (_changed("$.total", *pair) for pair in pairs)) is None
