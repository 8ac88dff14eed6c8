import re

from msgspec.structs import replace

from shadow.model import DifferenceKind
from shadow.verdict.identity import finding_id, policy_hash
from shadow.verdict.policy import Policy
from tests.support.releases import HEALTH, signature


def test_an_id_is_twelve_digits_and_the_same_whoever_asks() -> None:
    assert re.fullmatch(r"[0-9a-f]{12}", finding_id(signature()))
    assert finding_id(signature()) == "8e9fe547df68"


def test_endpoint_location_and_kind_make_the_id_and_a_rule_does_not() -> None:
    others = (
        signature(location="$.tax"),
        signature(kind=DifferenceKind.TYPE),
        signature(endpoint=HEALTH),
    )
    assert len({finding_id(each) for each in (signature(), *others)}) == 4
    assert finding_id(signature(excused_by="rule")) == finding_id(signature())


def test_parts_of_a_signature_cannot_run_into_each_other() -> None:
    endpoint = signature().endpoint
    one = signature(endpoint=replace(endpoint, template='/a","$.b'), location="$.c")
    two = signature(endpoint=replace(endpoint, template="/a"), location='$.b","$.c')
    assert finding_id(one) != finding_id(two)


def test_equal_demands_have_equal_hashes_and_others_have_others() -> None:
    rule = {"name": "clock", "location": "$.at"}
    hashes = [
        policy_hash(Policy(), []),
        policy_hash(Policy(min_exchanges=100), []),
        policy_hash(Policy(min_exchanges=101), []),
        policy_hash(Policy(), [rule]),
    ]
    assert hashes[0] == hashes[1]
    assert len(set(hashes)) == 3
    assert all(re.fullmatch(r"[0-9a-f]{16}", each) for each in hashes)
    assert policy_hash(Policy(), [dict(reversed(rule.items()))]) == hashes[3]
