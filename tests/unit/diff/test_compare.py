import pytest

from shadow.diff.compare import Comparer
from shadow.diff.limits import Limits
from shadow.model import DifferenceKind, Failure, FailureKind
from tests.unit.diff.pairs import JSON, compare, compare_json, only, response, where


def test_equal_replies_do_not_differ():
    assert compare(response({"a": 1}), response({"a": 1})) == ()


@pytest.mark.parametrize("kind", FailureKind)
def test_a_failure_is_one_difference_that_names_its_kind(kind):
    failure = Failure(kind=kind, detail="", seconds=1.0)
    difference = only(Comparer().compare("GET", response({"a": 1}), failure).differences())
    assert (difference.location, difference.kind) == ("reply", DifferenceKind.FAILURE)
    assert (difference.primary, difference.candidate) == ("200", kind.value)


def test_an_error_page_is_not_compared_with_an_answer():
    broken = response("<h1>Oops</h1>", {"content-type": "text/html", "x-a": "b"}, status=500)
    difference = only(compare(response({"a": 1}), broken))
    assert (difference.location, difference.kind) == ("status", DifferenceKind.STATUS_5XX)
    assert (difference.primary, difference.candidate) == ("200", "500")


@pytest.mark.parametrize(
    ("primary", "candidate", "kind"),
    [
        (200, 404, DifferenceKind.STATUS),
        (500, 200, DifferenceKind.STATUS),
        (500, 503, DifferenceKind.STATUS),
        (404, 500, DifferenceKind.STATUS_5XX),
        (302, 502, DifferenceKind.STATUS_5XX),
    ],
)
def test_a_server_error_that_the_primary_has_not_is_a_kind_of_its_own(primary, candidate, kind):
    found = compare(response(status=primary), response(status=candidate))
    assert ("status", kind) in where(found)


def test_another_status_of_the_same_class_leaves_headers_and_body_to_be_compared():
    primary = response({"a": 1}, JSON | {"etag": "x"}, status=200)
    differences = compare(primary, response({"a": 2}, JSON, status=201))
    assert where(differences) == [
        ("status", "status"),
        ("header:etag", "missing"),
        ("$.a", "value"),
    ]


def test_answers_to_head_are_compared_by_their_headers_only():
    primary, candidate = response({"a": 1}), response({"a": 2}, JSON | {"x-new": "1"})
    assert where(Comparer().compare("HEAD", primary, candidate).differences()) == [
        ("header:x-new", "extra")
    ]


def test_answers_without_content_are_equal():
    assert compare(response(status=204), response(status=204)) == ()


def test_differences_at_more_locations_than_the_limit_are_undecided():
    primary = {f"name{at}x": 1 for at in range(10)}
    differences = compare_json(primary, {}, Limits(max_differences=4))
    assert [kind for _, kind in where(differences)] == ["missing"] * 4 + ["undecided"]
    assert differences[-1].location == "reply"


def test_as_many_differences_as_the_limit_are_decided():
    primary = {f"name{at}x": 1 for at in range(4)}
    assert len(compare_json(primary, {}, Limits(max_differences=4))) == 4


def test_a_sort_of_difference_that_comes_late_is_not_crowded_out_by_an_early_one():
    primary = [{"id": at, "at": at, "price": 1} for at in range(100)]
    candidate = [{"id": at, "at": -at - 1, "price": 1} for at in range(100)]
    candidate[90]["price"] = 2
    found = where(compare_json(primary, candidate, Limits(max_alike=10)))
    assert sorted(found) == [("$[*].at", "value")] * 10 + [("$[*].price", "value")]


def test_more_values_than_the_limit_are_undecided_and_never_equal():
    primary, candidate = {"a": [{"b": 1}]}, {"a": [{"b": 2}]}
    difference = only(compare_json(primary, candidate, Limits(max_nodes=2)))
    assert (difference.location, difference.kind) == ("$", DifferenceKind.UNDECIDED)
    assert difference.candidate == "more than 2 values to compare"


def test_texts_of_a_difference_are_short():
    difference = only(compare_json(["word " * 500], ["other " * 500], Limits(max_excerpt_chars=50)))
    assert difference.primary is not None
    assert len(difference.primary) <= 60
