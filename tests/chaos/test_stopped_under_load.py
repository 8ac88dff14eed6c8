"""SIGTERM while users ask: each answer that has begun is finished, and all is accounted for."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.support.chaos import assert_all_right, each_engine, numbered, settled, shadowed
from tests.support.numbered import ask
from tests.support.processes import target

NUMBERS, FIRST = range(100, 1700), range(10)
DRAIN = "capture: {drain_seconds: 3}"


@each_engine
def test_no_answer_is_cut_when_shadow_is_stopped_under_load(engine: str, tmp_path: Path) -> None:
    with (
        numbered(seconds=0.1) as primary,
        target() as candidate,
        shadowed(engine, tmp_path, primary, candidate, DRAIN) as shadow,
        ThreadPoolExecutor(1) as meanwhile,
    ):
        asking = meanwhile.submit(ask, shadow.port, NUMBERS, 16, 0.01)
        assert_all_right(ask(shadow.port, FIRST, 1), len(FIRST))
        found = settled(shadow)
        tally = asking.result()
        assert (tally.wrong, tally.cut) == ([], [])
        assert tally.right, "nobody asked before Shadow was stopped"
        assert tally.unanswered, "nobody asked when Shadow was stopped"
        assert found["captured"] >= tally.right + len(FIRST)
