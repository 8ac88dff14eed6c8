"""Two texts side by side, line by line.

Lines that stand once in each text hold the two together; between them, lines are put beside each
other in order. So repeated lines cost nothing, whatever a target sends.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import zip_longest

from shadow.report.view.marks import Mark
from shadow.report.view.rows import Row, row

MAX_LINES = 400
"""So many lines of a text are shown."""


def text_rows(primary: str, candidate: str, mark: Mark) -> Iterator[Row]:
    """Yield the rows of two texts; those that differ have the mark."""
    here, there = (text.splitlines()[:MAX_LINES] for text in (primary, candidate))
    for one, other in _aligned(here, there):
        yield row(one, other, None if one == other else mark)


def _aligned(
    primary: Sequence[str], candidate: Sequence[str]
) -> Iterator[tuple[str | None, str | None]]:
    at_primary = at_candidate = 0
    for here, there, many in _anchors(primary, candidate):
        yield from zip_longest(primary[at_primary:here], candidate[at_candidate:there])
        at_primary, at_candidate = here + many, there + many
        yield from zip(primary[here:at_primary], candidate[there:at_candidate], strict=True)


def _anchors(primary: Sequence[str], candidate: Sequence[str]) -> Iterator[tuple[int, int, int]]:
    """Runs of lines that stand once in each, as positions and length; the last one is empty."""
    once = _once(primary) & _once(candidate)
    keys = [
        [line if line in once else (side, position) for position, line in enumerate(lines)]
        for side, lines in enumerate((primary, candidate))
    ]
    matcher = SequenceMatcher(None, keys[0], keys[1], autojunk=False)
    yield from matcher.get_matching_blocks()


def _once(lines: Sequence[str]) -> set[str]:
    return {line for line, many in Counter(lines).items() if many == 1}
