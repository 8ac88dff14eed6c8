"""The typed walk of two documents: every place where they differ, at any depth.

JSON's equality is not Python's: true is not 1. But Python's is a hundred times faster than a walk,
so what it calls equal is passed over, and all of it is checked in one stroke at the end. If that
check fails, the documents are walked again without the short cut.
"""

from collections.abc import Iterable

from shadow.diff.excuses import Node
from shadow.diff.limits import Findings
from shadow.diff.location import Location, Place
from shadow.diff.parse import Json
from shadow.diff.table import Table
from shadow.diff.unshared import Around
from shadow.diff.walk import Object, Walk

type Part = tuple[Location, Place, Table | tuple[Object, Object]]
"""Where two objects stand, and they; or where the records of two lists stand, and their table."""


def compare_json(
    primary: Json, candidate: Json, findings: Findings, structure: Node | None = None
) -> None:
    """Add a difference for each place where two documents differ.

    `structure` holds the rules that say how places are compared. Raises LimitReachedError when the
    comparison has cost what it may.
    """
    mark = findings.mark()
    try:
        hasty = Walk(findings, structure, is_strict=False)
        hasty.compare(primary, candidate)
        if hasty.passed_over_nothing_else():
            return
    except RecursionError:
        pass
    findings.forget(mark)
    Walk(findings, structure, is_strict=True).compare(primary, candidate)


def compare_parts(parts: Iterable[Part], findings: Findings) -> bool:
    """Compare parts of two documents that are equal everywhere else.

    False, and nothing is found, where Python's equality may not be JSON's. Raises
    LimitReachedError as `compare_json` does.
    """
    mark = findings.mark()
    walk = Walk(findings, None, is_strict=False)
    for location, place, part in parts:
        walk.enter(location, place, part)
    if walk.passed_over_nothing_else():
        return True
    findings.forget(mark)
    return False


def compare_around(around: Around, findings: Findings, structure: Node | None = None) -> bool:
    """Compare two documents that share most elements of a list, as `compare_json` does.

    False, and nothing is found, where it is not sure what belongs together, or Python's equality
    may not be JSON's. Raises LimitReachedError as `compare_json` does.
    """
    mark = findings.mark()
    walk = Walk(findings, structure, is_strict=False)
    try:
        if walk.compare_around(around) and walk.passed_over_nothing_else():
            return True
    except RecursionError:
        pass
    findings.forget(mark)
    return False
