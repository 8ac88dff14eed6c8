"""A verdict says of which answers of production it knows too little."""

from shadow.model import Decision, Endpoint, EndpointCounts
from shadow.verdict.policy import EndpointPolicy, Policy
from tests.support.releases import HEALTH, ORDERS, judged, pairs, release, said


def test_a_pass_says_of_which_answers_it_knows_too_little() -> None:
    orders = EndpointCounts(
        compared=1_003,
        paired=1_003,
        uninformative=40,
        statuses={"2xx": 1_000, "3xx": 40, "4xx": 3},
        compared_statuses={"2xx": 1_000, "4xx": 3},
    )
    verdict = judged(release({ORDERS: orders}))
    assert verdict.decision is Decision.PASS
    assert verdict.reasons[-1] == (
        "Too little was compared of 2 of 3 kinds of answer that production gave: "
        "GET /orders/{id} 3xx (0 of 40 seen), GET /orders/{id} 4xx (3 of 3 seen)."
    )
    assert [(each.status_class, each.seen, each.compared) for each in verdict.coverage] == [
        ("2xx", 1_000, 1_000),
        ("3xx", 40, 0),
        ("4xx", 3, 3),
    ]


def test_coverage_asks_of_each_endpoint_what_the_policy_does_and_leaves_out_the_ignored() -> None:
    own = EndpointPolicy(match="GET /orders/*", min_exchanges=30)
    policy = Policy(ignore_endpoints=("GET /internal/*",), endpoints=(own,))
    verdict = judged(release({ORDERS: pairs(50), HEALTH: pairs(5)}), policy)
    (orders,) = verdict.coverage
    assert (orders.endpoint, orders.needed, orders.is_enough) == (ORDERS, 30, True)


def test_what_is_said_of_coverage_is_bounded() -> None:
    rare = {Endpoint(method="GET", template=f"/{n:03}"): pairs(1) for n in range(200)}
    verdict = judged(release({ORDERS: pairs(10_000), **rare}))
    assert verdict.decision is Decision.PASS
    assert verdict.reasons[-1].endswith("GET /002 2xx (1 of 1 seen) and 197 more.")


def test_nothing_is_said_where_enough_was_compared_of_all_answers() -> None:
    verdict = judged(release({ORDERS: pairs(364)}))
    assert verdict.decision is Decision.PASS
    assert "Too little was compared" not in said(verdict)


def test_coverage_is_listed_whatever_the_decision_but_said_on_pass_alone() -> None:
    verdict = judged(release({ORDERS: pairs(40)}))
    assert verdict.decision is Decision.INCONCLUSIVE
    assert [(each.status_class, each.is_enough) for each in verdict.coverage] == [("2xx", False)]
    assert "kinds of answer" not in said(verdict)


def test_coverage_is_in_the_order_of_endpoints_and_classes_and_said_most_seen_first() -> None:
    statuses = {"5xx": 2, "4xx": 30, "2xx": 400}
    mixed = EndpointCounts(compared=432, paired=432, statuses=statuses, compared_statuses=statuses)
    verdict = judged(release({ORDERS: mixed, HEALTH: pairs(9)}))
    assert [(each.endpoint, each.status_class) for each in verdict.coverage] == [
        (HEALTH, "2xx"),
        (ORDERS, "2xx"),
        (ORDERS, "4xx"),
        (ORDERS, "5xx"),
    ]
    assert (
        "GET /orders/{id} 4xx (30 of 30 seen), GET /internal/stats 2xx (9 of 9 seen), "
        "GET /orders/{id} 5xx (2 of 2 seen)."
    ) in said(verdict)
