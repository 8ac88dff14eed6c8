"""What a verdict says, in sentences that a person can read.

Names of endpoints and locations come from live traffic: whoever shows a sentence escapes it.
"""

import re
from collections.abc import Mapping

from shadow.model import DifferenceKind, Finding

MAX_NAME = 200
"""Longest name of an endpoint or location in a sentence, in characters."""

_NEEDS = re.compile(r"needs about ([0-9][0-9,]*) more")

_CHANGED: Mapping[DifferenceKind, str] = {
    DifferenceKind.STATUS: "differed",
    DifferenceKind.STATUS_5XX: "became 5xx",
    DifferenceKind.HEADER: "differed",
    DifferenceKind.MISSING: "was missing",
    DifferenceKind.EXTRA: "was there in the candidate alone",
    DifferenceKind.NULL: "was null on one side",
    DifferenceKind.TYPE: "changed its type",
    DifferenceKind.SHAPE: "changed its form",
    DifferenceKind.VALUE: "changed",
    DifferenceKind.OUTSIDE: "lay outside of its noise",
    DifferenceKind.ORDER: "changed its order",
    DifferenceKind.SIZE: "changed its size",
    DifferenceKind.FAILURE: "was no complete answer",
    DifferenceKind.UNDECODABLE: "could not be decoded",
    DifferenceKind.UNDECIDED: "could not be compared to the end",
    DifferenceKind.SLOW: "took too long",
}


def said_of(finding: Finding, *, noise_known: bool) -> str:
    """Say where, what, how often, how often as noise, and how strong the evidence is."""
    signature = finding.signature
    if finding.max_slowdown is not None:
        return f"{name(str(signature.endpoint))}: {how_often(finding, noise_known=noise_known)}"
    return (
        f"{name(str(signature.endpoint))}: `{name(signature.location)}`"
        f"{and_places(len(finding.also_at))} {how_often(finding, noise_known=noise_known)}"
    )


def how_often(finding: Finding, *, noise_known: bool) -> str:
    """Say all of `said_of` but the place: `changed in 14 of 2,113 answers, 0 as noise (...)`.

    Of several places, that they changed `in one way`, and in how many answers that was seen.
    """
    if finding.max_slowdown is not None:
        return (
            f"the candidate took more than {finding.max_slowdown:g} times as long in "
            f"{finding.differing:,} of {count(finding.compared, 'answer')}, the secondary in "
            f"{finding.noise:,} (e-value {number(finding.evidence)})"
        )
    noise = _as_noise(finding) if noise_known else "noise not known"
    weight = f"e-value {number(finding.evidence)}"
    if finding.at_first_sight:
        weight += ", fails at first sight"
    return f"{_CHANGED[finding.signature.kind]}{_in_how_many(finding)}, {noise} ({weight})"


def _in_how_many(finding: Finding) -> str:
    answers = f" in {finding.differing:,} of {count(finding.compared, 'answer')}"
    match finding.renamed:
        case None:
            return answers
        case finding.differing:
            return f" in one way{answers}"
        case renamed:
            return f"{answers}, in one way in {renamed:,} of them"


def _as_noise(finding: Finding) -> str:
    if finding.paired == 0:
        return "noise not known"
    share = finding.paired is not None and finding.paired < finding.compared
    return f"{finding.noise:,}{f' of {finding.paired:,}' if share else ''} as noise"


def name(text: str) -> str:
    """Cut a name from live traffic to a length that a sentence bears."""
    return text if len(text) <= MAX_NAME else text[: MAX_NAME - 1] + "…"


def number(value: float) -> str:
    """Write a number with two digits that count: `0.17`, `57`, `2.2e3`."""
    if 0.01 <= value < 1000:
        return f"{value:.0f}" if value >= 10 else f"{value:.2g}"
    mantissa, _, exponent = f"{value:.1e}".partition("e")
    return f"{mantissa}e{int(exponent)}" if value else "0"


def and_places(more: int) -> str:
    """Say how many places there are besides the one that is named: ` and 2 more places`."""
    return f" and {count(more, 'more place')}" if more > 0 else ""


def percent(share: float) -> str:
    """Write a fraction of one as a percentage: `0.98 %`."""
    return f"{share * 100:.3g} %"


def count(many: int, noun: str) -> str:
    """Write a number with its noun: `1 answer`, `2,113 answers`."""
    return f"{many:,} {noun}" + ("" if many == 1 else "s")


def and_more(many: int, noun: str) -> tuple[str, ...]:
    """Say that `many` more were left out; nothing if none were."""
    return (f"And {count(many, f'more {noun}')}.",) if many > 0 else ()


def about(many: int) -> int:
    """Round up to two digits: an estimate should not look like more."""
    step: int = 10 ** max(len(str(many)) - 2, 0)
    return -(-many // step) * step


def needs(more: int) -> str:
    """Say how many more comparisons an endpoint needs: `needs about 1,300 more`."""
    return f"needs about {about(more):,} more"


def needed_in(reason: str) -> int | None:
    """Read back what `needs` said at the beginning of a sentence; None where it is not that."""
    found = _NEEDS.match(reason)
    return int(found[1].replace(",", "")) if found else None
