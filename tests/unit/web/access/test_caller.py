"""With what name a decision is written down."""

import pytest

from shadow.errors import UsageError
from shadow.model import Role
from shadow.web.access.caller import Caller, Proof


def test_a_name_that_is_proven_is_always_written_down() -> None:
    caller = Caller(name="ci", role=Role.APPROVE, proof=Proof.TOKEN)
    assert caller.signs_as("") == "ci"
    assert caller.signs_as("ci") == "ci"
    assert caller.signs_as("Ann") == "Ann (signed in as ci)"


def test_where_nobody_has_signed_in_a_name_has_to_be_given() -> None:
    caller = Caller(name="", role=Role.ADMIN, proof=Proof.LOCAL)
    assert caller.signs_as("Ann") == "Ann"
    with pytest.raises(UsageError, match="by"):
        caller.signs_as("")


@pytest.mark.parametrize(
    ("role", "covered"),
    [(Role.READ, {"read"}), (Role.APPROVE, {"read", "approve"}), (Role.ADMIN, {*Role})],
)
def test_each_role_may_do_what_those_before_it_may(role: Role, covered: set[str]) -> None:
    assert {other for other in Role if role.covers(other)} == covered
