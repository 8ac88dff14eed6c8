"""The values of one header field, or of a part of it: as they are compared and reported."""

from collections.abc import Sequence

from shadow.diff.excerpt import text_excerpt, text_excerpts
from shadow.diff.limits import Findings
from shadow.diff.shape import shape_changed
from shadow.model import Difference, DifferenceKind


def compare_values(
    location: str, primary: list[str], candidate: list[str], findings: Findings
) -> None:
    """Add a difference where a field that both have has other values, or in another order."""
    if primary == candidate:
        return
    if len(primary) != len(candidate):
        lost = len(primary) > len(candidate)
        kind = DifferenceKind.MISSING if lost else DifferenceKind.EXTRA
    elif sorted(primary) == sorted(candidate):
        kind = DifferenceKind.ORDER
    elif any(map(_form_changed, primary, candidate)):
        kind = DifferenceKind.SHAPE
    else:
        kind = DifferenceKind.HEADER
    report_values(location, kind, primary, candidate, findings)


def report_values(
    location: str,
    kind: DifferenceKind,
    primary: Sequence[str],
    candidate: Sequence[str],
    findings: Findings,
) -> None:
    """Add a difference between values; a side without any has not got the field."""
    size = findings.limits.max_excerpt_chars
    here, there = "\n".join(primary), "\n".join(candidate)
    both = text_excerpts(here, there, size) if primary and candidate else None
    findings.add(
        Difference(
            location=location,
            kind=kind,
            primary=both[0] if both else text_excerpt(here, size) if primary else None,
            candidate=both[1] if both else text_excerpt(there, size) if candidate else None,
        )
    )


def _form_changed(primary: str, candidate: str) -> bool:
    return primary != candidate and shape_changed(primary, candidate)
