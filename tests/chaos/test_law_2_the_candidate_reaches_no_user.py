"""Law 2: the candidate's answer reaches no user, ever, under any fault."""

from pathlib import Path

import pytest

from tests.support.processes import proxy, refused, target
from tests.support.user import User


@pytest.mark.parametrize("mode", ["good", "error", "redirect", "echo"])
def test_no_byte_of_the_candidate_is_in_what_a_user_gets(mode: str, tmp_path: Path) -> None:
    with (
        target(mark="production") as primary,
        target(mode, mark="canary-of-the-candidate") as candidate,
        proxy(tmp_path, primary=primary, candidate=candidate) as shadow,
    ):
        user = User(f"http://127.0.0.1:{shadow.port}")
        answers = [user.get(f"/items/{number}") for number in range(50)]
        user.close()
    assert all(b'"mark": "production"' in answer for answer in answers)
    assert not any(b"canary" in answer or b"oops" in answer for answer in answers)


def test_a_user_of_a_primary_that_is_gone_gets_no_answer_rather_than_the_candidates(
    tmp_path: Path,
) -> None:
    with (
        target(mark="candidate") as candidate,
        proxy(tmp_path, primary=refused(), candidate=candidate) as shadow,
        User(f"http://127.0.0.1:{shadow.port}") as user,
        pytest.raises(ConnectionError),
    ):
        user.get("/items/1")
