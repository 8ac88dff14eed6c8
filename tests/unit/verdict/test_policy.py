import pytest

from shadow.model import DifferenceKind, Endpoint
from shadow.verdict.policy import EndpointPolicy, Policy


def test_every_mistake_is_named_at_once() -> None:
    with pytest.raises(ValueError, match="min_exchanges") as caught:
        Policy(min_exchanges=0, max_excess_rate=0, alpha=1, min_judged_share=1.5)
    said = str(caught.value)
    assert "min_exchanges must be at least 1, not 0" in said
    assert "max_excess_rate must be more than 0 and less than 1, not 0" in said
    assert "alpha must be more than 0 and less than 1, not 1" in said
    assert "min_judged_share must be from 0 to 1, not 1.5" in said


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_shares_may_be_nothing_and_all(share: float) -> None:
    Policy(min_captured_share=share, min_judged_share=share, min_answered_share=share)


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan")])
def test_shares_beyond_nothing_and_all_are_refused(share: float) -> None:
    with pytest.raises(ValueError, match=r"min_captured_share.*min_answered_share"):
        Policy(min_captured_share=share, min_answered_share=share)


def test_an_empty_glob_is_refused_since_it_covers_nothing() -> None:
    with pytest.raises(ValueError, match="ignore_endpoints"):
        Policy(ignore_endpoints=("GET /a", " "))


def test_a_glob_covers_method_and_template() -> None:
    policy = Policy(ignore_endpoints=("GET /internal/*", "* /debug"))
    assert policy.ignores(Endpoint(method="GET", template="/internal/a/{id}"))
    assert policy.ignores(Endpoint(method="POST", template="/debug"))
    assert not policy.ignores(Endpoint(method="POST", template="/internal/a"))
    assert not policy.ignores(Endpoint(method="get", template="/internal/a"))


def test_the_first_entry_that_covers_an_endpoint_has_its_demands() -> None:
    policy = Policy(
        min_exchanges=200,
        endpoints=(
            EndpointPolicy(match="GET /reports/*", min_exchanges=30),
            EndpointPolicy(match="GET *", max_excess_rate=0.05),
        ),
    )
    report = policy.at(Endpoint(method="GET", template="/reports/{id}"))
    assert (report.min_exchanges, report.max_excess_rate) == (30, 0.01)
    item = policy.at(Endpoint(method="GET", template="/items/{id}"))
    assert (item.min_exchanges, item.max_excess_rate) == (200, 0.05)
    order = Endpoint(method="POST", template="/orders")
    assert policy.at(order) == policy


def test_mistakes_in_demands_on_some_endpoints_are_named_with_all_others() -> None:
    with pytest.raises(ValueError, match="alpha") as caught:
        Policy(
            alpha=0,
            required_endpoints=("", "GET /b"),
            ignore_endpoints=("GET /b",),
            endpoints=(
                EndpointPolicy(match="GET /a", min_exchanges=0),
                EndpointPolicy(match="GET /a", max_excess_rate=1),
                EndpointPolicy(match=" "),
            ),
        )
    said = str(caught.value)
    assert "required_endpoints must be globs" in said
    assert "'GET /b' is in required_endpoints and in ignore_endpoints" in said
    assert "endpoints 'GET /a': min_exchanges must be at least 1, not 0" in said
    assert "endpoints 'GET /a': max_excess_rate must be more than 0" in said
    assert "endpoints has 'GET /a' more than once" in said
    assert "endpoints must match globs" in said


@pytest.mark.parametrize("slowdown", [0.99, 1_001, float("nan")])
def test_a_slowdown_that_is_none_or_that_no_sketch_tells_apart_is_refused(slowdown: float) -> None:
    with pytest.raises(ValueError, match="max_slowdown must be from 1 to 1,000"):
        Policy(max_slowdown=slowdown)


def test_the_least_and_the_most_slowdown_may_be_tolerated() -> None:
    Policy(max_slowdown=1)
    Policy(max_slowdown=1_000)


def test_slow_takes_too_many_answers_to_fail_at_first_sight() -> None:
    with pytest.raises(ValueError, match="fail_on cannot name slow"):
        Policy(fail_on=(DifferenceKind.SLOW,))
