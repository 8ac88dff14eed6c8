"""What a verdict says can be read, whatever the numbers and the names are."""

import pytest

from shadow.model import DifferenceKind, Finding
from shadow.verdict.wording import (
    about,
    and_more,
    count,
    how_often,
    name,
    needed_in,
    needs,
    number,
    percent,
    said_of,
)
from tests.support.releases import signature


def finding(
    kind: DifferenceKind = DifferenceKind.VALUE,
    *,
    paired: int | None = 2_113,
    at_first_sight: bool = False,
) -> Finding:
    return Finding(
        signature=signature(kind=kind),
        compared=2_113,
        differing=14,
        noise=3,
        evidence=2_184.6,
        paired=paired,
        at_first_sight=at_first_sight,
    )


@pytest.mark.parametrize("kind", DifferenceKind)
def test_there_are_words_for_differences_of_every_kind(kind: DifferenceKind) -> None:
    said = said_of(finding(kind), noise_known=True)
    assert said.startswith("GET /orders/{id}: `$.total` ")
    assert said.endswith(" in 14 of 2,113 answers, 3 as noise (e-value 2.2e3)")


def test_a_reason_says_where_what_how_often_and_how_sure() -> None:
    assert said_of(finding(), noise_known=True) == (
        "GET /orders/{id}: `$.total` changed in 14 of 2,113 answers, 3 as noise (e-value 2.2e3)"
    )


@pytest.mark.parametrize(
    ("paired", "noise_known", "words"),
    [
        (2_113, True, "3 as noise"),
        (106, True, "3 of 106 as noise"),
        (0, True, "noise not known"),
        (2_113, False, "noise not known"),
        (None, True, "3 as noise"),
    ],
    ids=["all paired", "a share paired", "none paired", "nobody showed it", "not said"],
)
def test_a_reason_says_of_how_many_pairs_noise_is_known(
    paired: int | None, noise_known: bool, words: str
) -> None:
    said = how_often(finding(paired=paired), noise_known=noise_known)
    assert said == f"changed in 14 of 2,113 answers, {words} (e-value 2.2e3)"


def test_a_failure_at_first_sight_says_so() -> None:
    assert how_often(finding(at_first_sight=True), noise_known=True) == (
        "changed in 14 of 2,113 answers, 3 as noise (e-value 2.2e3, fails at first sight)"
    )


def test_a_slow_endpoint_is_said_in_times_and_without_a_location() -> None:
    slow = Finding(
        signature=signature("latency", DifferenceKind.SLOW),
        compared=400,
        differing=60,
        noise=2,
        evidence=57.0,
        max_slowdown=1.25,
    )
    assert said_of(slow, noise_known=True) == (
        "GET /orders/{id}: the candidate took more than 1.25 times as long in 60 of 400 answers, "
        "the secondary in 2 (e-value 57)"
    )


def test_a_long_name_is_cut_and_one_that_fits_is_not() -> None:
    assert name("x" * 200) == "x" * 200
    assert name("x" * 201) == "x" * 199 + "…"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0.0, "0"),
        (0.004, "4.0e-3"),
        (0.17, "0.17"),
        (1.0, "1"),
        (9.96, "10"),
        (56.8, "57"),
        (999.0, "999"),
        (1_000.0, "1.0e3"),
        (1e300, "1.0e300"),
    ],
)
def test_numbers_have_two_digits_that_count(value: float, words: str) -> None:
    assert number(value) == words


@pytest.mark.parametrize(
    ("share", "words"), [(0.0, "0 %"), (0.0098, "0.98 %"), (0.9, "90 %"), (1.0, "100 %")]
)
def test_shares_are_percentages(share: float, words: str) -> None:
    assert percent(share) == words


def test_nouns_agree_with_their_number() -> None:
    assert [count(many, "answer") for many in (0, 1, 2_113)] == [
        "0 answers",
        "1 answer",
        "2,113 answers",
    ]


@pytest.mark.parametrize(
    ("many", "words"),
    [(-2, ()), (0, ()), (1, ("And 1 more endpoint.",)), (2, ("And 2 more endpoints.",))],
)
def test_what_is_left_out_is_counted(many: int, words: tuple[str, ...]) -> None:
    assert and_more(many, "endpoint") == words


@pytest.mark.parametrize(
    ("many", "rounded"), [(0, 0), (4, 4), (99, 99), (101, 110), (324, 330), (12_001, 13_000)]
)
def test_estimates_are_rounded_up_to_two_digits(many: int, rounded: int) -> None:
    assert about(many) == rounded


@pytest.mark.parametrize(("more", "said"), [(7, 7), (1_234, 1_300), (987_654, 990_000)])
def test_what_an_endpoint_needs_is_read_back_from_the_sentence(more: int, said: int) -> None:
    assert needed_in(f"{needs(more)}: has 3 comparisons") == said
    assert needed_in("has 3 comparisons") is None
