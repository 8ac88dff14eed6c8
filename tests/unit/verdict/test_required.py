"""The endpoints that a policy requires hold a release back until they pass."""

from shadow.model import Decision, Endpoint
from shadow.verdict.policy import Policy
from tests.support.releases import HEALTH, ORDERS, judged, pairs, release, said, seen, signature


def test_a_required_endpoint_that_was_never_seen_holds_back() -> None:
    policy = Policy(required_endpoints=("POST /orders", "GET /orders/*"))
    verdict = judged(release({ORDERS: pairs(1_000)}), policy)
    assert verdict.decision is Decision.INCONCLUSIVE
    assert verdict.reasons == ("POST /orders is required and was never compared.",)


def test_a_required_endpoint_with_too_little_holds_back_however_rare_it_is() -> None:
    rare = Endpoint(method="GET", template="/rare")
    counts = release({ORDERS: pairs(10_000), rare: pairs(12)})
    assert judged(counts).decision is Decision.PASS
    verdict = judged(counts, Policy(required_endpoints=("GET /rare",)))
    assert verdict.decision is Decision.INCONCLUSIVE
    assert verdict.reasons[0] == (
        "GET /rare is required and needs about 360 more: has 12 comparisons."
    )


def test_each_endpoint_that_a_required_glob_covers_must_pass() -> None:
    ten = {Endpoint(method="GET", template=f"/items/{n:02}"): pairs(n) for n in range(1, 13)}
    policy = Policy(required_endpoints=("GET /items/*",))
    verdict = judged(release({ORDERS: pairs(10_000), **ten}), policy)
    assert verdict.decision is Decision.INCONCLUSIVE
    assert verdict.reasons[0].startswith("GET /items/01 is required and needs")
    assert "And 2 more required endpoints." in verdict.reasons


def test_a_required_endpoint_that_is_ignored_holds_back_and_says_so() -> None:
    policy = Policy(required_endpoints=("GET /internal/s*",), ignore_endpoints=("GET /internal/*",))
    verdict = judged(release({ORDERS: pairs(1_000), HEALTH: pairs(1_000)}), policy)
    assert verdict.decision is Decision.INCONCLUSIVE
    assert verdict.reasons[0] == "GET /internal/stats is required and is ignored by the policy."


def test_required_endpoints_that_pass_are_no_matter() -> None:
    policy = Policy(required_endpoints=("GET /orders/*",))
    assert judged(release({ORDERS: pairs(364)}), policy).decision is Decision.PASS


def test_an_endpoint_that_two_globs_require_is_said_once() -> None:
    policy = Policy(required_endpoints=("GET /orders/*", "GET *"))
    verdict = judged(release({ORDERS: pairs(40)}), policy)
    assert sum("is required" in reason for reason in verdict.reasons) == 1


def test_a_required_endpoint_that_failed_has_its_finding_and_needs_no_other_words() -> None:
    policy = Policy(required_endpoints=("GET /orders/*",))
    verdict = judged(release({ORDERS: pairs(500)}, {signature(): seen(only_candidate=50)}), policy)
    assert verdict.decision is Decision.FAIL
    assert "is required" not in said(verdict)


def test_a_required_endpoint_with_a_long_name_is_cut() -> None:
    policy = Policy(required_endpoints=("GET /" + "x" * 5_000,))
    verdict = judged(release({ORDERS: pairs(500)}), policy)
    assert len(verdict.reasons[0]) < 300
