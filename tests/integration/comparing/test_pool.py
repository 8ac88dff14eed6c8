"""Whatever is compared, its pair is answered and the next ones too."""

import pytest

from shadow.comparing.pool import Pool
from tests.integration.comparing.hostile import work


@pytest.mark.parametrize(
    "harm", [b"deepdiff", b"regex", b"loop in C", b"swallow", b"crash", b"memory"]
)
def test_what_hangs_crashes_or_eats_memory_is_undecided_and_the_rest_goes_on(harm: bytes):
    lines = [b"one", harm, b"two", b"three"]
    with Pool(work, jobs=1, seconds=0.3) as pool:
        outcomes = list(pool.compare((f"line {n}", line) for n, line in enumerate(lines)))
    assert [outcome["verdict"] for outcome in outcomes] == ["same", "undecided", "same", "same"]
    assert [outcome.get("line") for outcome in outcomes] == ["one", None, "two", "three"]
    (difference,) = outcomes[1]["differences"]
    assert difference["kind"] == "undecided"
    assert difference["candidate"]


def test_several_children_answer_in_order():
    lines = [str(n).encode() for n in range(500)]
    with Pool(work, jobs=3, seconds=30) as pool:
        outcomes = list(pool.compare((str(n), line) for n, line in enumerate(lines)))
    assert [outcome["line"] for outcome in outcomes] == [line.decode() for line in lines]
