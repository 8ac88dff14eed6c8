from shadow.model import Difference, DifferenceKind, Endpoint
from shadow.quota import ExampleQuota

ENDPOINT = Endpoint(method="GET", template="/items/{id}")


def differing(*locations: str) -> tuple[Difference, ...]:
    return tuple(Difference(location=place, kind=DifferenceKind.VALUE) for place in locations)


def test_the_first_examples_are_wanted_and_then_ever_rarer_ones() -> None:
    quota = ExampleQuota()
    wanted = [n for n in range(1, 101) if quota.wants(ENDPOINT, differing("$.a"))]
    assert wanted == [1, 2, 3, 4, 8, 16, 32, 64]


def test_a_new_difference_beside_a_common_one_is_wanted() -> None:
    quota = ExampleQuota()
    for _ in range(5):
        quota.wants(ENDPOINT, differing("$.a"))
    assert quota.wants(ENDPOINT, differing("$.a", "$.rare"))


def test_the_same_difference_at_another_endpoint_is_wanted() -> None:
    quota = ExampleQuota()
    for _ in range(5):
        quota.wants(ENDPOINT, differing("$.a"))
    assert quota.wants(Endpoint(method="GET", template="/other"), differing("$.a"))
