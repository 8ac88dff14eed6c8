"""A primary that goes away and comes back: users get what it says, or what its absence causes."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.support.chaos import assert_all_right, each_engine, numbered, settled, shadowed
from tests.support.numbered import ask
from tests.support.processes import free_port, target, until

BEFORE, DURING, AFTER = range(100), range(100, 400), range(400, 500)


@each_engine
@pytest.mark.parametrize("seconds", [0.0, 0.04], ids=["between answers", "within answers"])
def test_users_get_no_wrong_byte_when_the_primary_restarts(
    seconds: float, engine: str, tmp_path: Path
) -> None:
    port = free_port()
    with target() as candidate, ExitStack() as first, ThreadPoolExecutor(1) as meanwhile:
        primary = first.enter_context(numbered(port, seconds=seconds))
        with shadowed(engine, tmp_path, primary, candidate) as shadow:
            assert_all_right(ask(shadow.port, BEFORE), len(BEFORE))
            during = meanwhile.submit(ask, shadow.port, DURING, 4, 0.01)
            first.close()
            until(lambda: ask(shadow.port, [0], 1).right == 0, "the primary to be gone")
            with numbered(port, seconds=seconds):
                until(lambda: ask(shadow.port, [0], 1).right, "the primary to be back")
                tally = during.result()
                assert_all_right(ask(shadow.port, AFTER), len(AFTER))
                found = settled(shadow)
    assert tally.wrong == []
    assert tally.asked == len(DURING)
    assert found["captured"] >= len(BEFORE) + tally.right + len(AFTER)
    assert set(found["reasons"]["skipped"]) <= {"primary_failed", "client_left"}
