"""What a rule would excuse of what a verdict speaks of: tried on the examples that are kept."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from shadow.commands.rules import excused_in
from shadow.diff.rules.book import RuleBook
from shadow.diff.rules.rule import Rule
from shadow.model import Difference, Example, Finding, Signature, Verdict
from shadow.report.view.texts import shown, shown_or_none
from shadow.verdict.identity import finding_id

MOST_TRIED = 300
"""On so many places a rule is tried at most."""

MOST_SHOWN = 50
"""So many of them are shown."""

type Examples = Callable[[Signature], Sequence[Example]]
"""The examples that are kept of a signature."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Excuse:
    """A place where a rule excuses what examples show: `all` of them, or `some`."""

    id: str
    endpoint: str
    location: str
    kind: str
    state: str
    how: str
    primary: str
    candidate: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What came of trying a rule; `own` is what it does to the finding it is made for."""

    own: Excuse | None
    others: tuple[Excuse, ...]
    more: int
    tried: int
    left: int
    """How many places the rule may reach that it was not tried on."""


def try_rules(
    rules: Sequence[Rule], own: Finding, verdict: Verdict, examples: Examples, today: date
) -> Trial:
    """Try rules on the places of a verdict that they may reach, those of `own` first."""
    book = RuleBook.of(rules, today)
    places = set(own.places)
    reached = [
        (state, signature)
        for state, signature in _places(verdict)
        if signature not in places and _reaches(book, signature)
    ]
    found = [
        excuse
        for state, signature in reached[:MOST_TRIED]
        if (excuse := _excuse(book, state, signature, examples(signature))) is not None
    ]
    return Trial(
        own=_excuse(book, "this", own.signature, examples(own.signature)),
        others=tuple(found[:MOST_SHOWN]),
        more=max(0, len(found) - MOST_SHOWN),
        tried=min(len(reached), MOST_TRIED),
        left=max(0, len(reached) - MOST_TRIED),
    )


def _reaches(book: RuleBook, signature: Signature) -> bool:
    at = book.at(signature.endpoint)
    return at is not None and at.touches(signature.location)


def _places(verdict: Verdict) -> Iterator[tuple[str, Signature]]:
    for state, findings in (
        ("finding", verdict.findings),
        ("suspect", verdict.suspects),
        ("accepted", [each.finding for each in verdict.accepted]),
        ("noise", verdict.noise),
    ):
        for finding in findings:
            yield from ((state, place) for place in finding.places)


def _excuse(
    book: RuleBook, state: str, signature: Signature, examples: Sequence[Example]
) -> Excuse | None:
    tried = list(excused_in(book, signature, examples))
    covered = [difference for rule, difference in tried if rule is not None]
    if not covered:
        return None
    return _told(state, signature, "all" if len(covered) == len(tried) else "some", covered[0])


def _told(state: str, signature: Signature, how: str, difference: Difference) -> Excuse:
    return Excuse(
        id=finding_id(signature),
        endpoint=shown(str(signature.endpoint)),
        location=shown(signature.location),
        kind=str(signature.kind),
        state=state,
        how=how,
        primary=shown_or_none(difference.primary, 80),
        candidate=shown_or_none(difference.candidate, 80),
    )
