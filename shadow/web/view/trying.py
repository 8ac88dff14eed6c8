"""What a rule would excuse of what a verdict speaks of: tried on the examples that are kept."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from shadow.commands.rules import excused_in
from shadow.diff.rules.book import RuleBook
from shadow.diff.rules.kept import as_kept, covered_by, why_not_kept
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
    own_left: int
    """How many further places of the finding it leaves as they are."""
    others: tuple[Excuse, ...]
    more: int
    tried: int
    left: int
    """How many places the rule may reach that it was not tried on."""


def try_rules(
    rules: Sequence[Rule], own: Finding, verdict: Verdict, examples: Examples, today: date
) -> Trial:
    """Try rules on the places of a verdict that they may reach, those of `own` first.

    Where place and kind alone decide, no example is needed; it only shows the values.
    """
    book = RuleBook.of(rules, today)
    places = set(own.places)
    reached = [
        (state, signature)
        for state, signature in _places(verdict)
        if signature not in places and _reaches(book, signature)
    ]
    whole = whole_places(rules, [*places, *(signature for _, signature in reached)])
    sure = [each for each in reached if each[1] in whole]
    unsure = [each for each in reached if each[1] not in whole]
    found = [
        *(
            _excuse(book, state, place, examples(place) if at < MOST_SHOWN else (), sure=True)
            for at, (state, place) in enumerate(sure)
        ),
        *(
            _excuse(book, state, place, examples(place), sure=False)
            for state, place in unsure[:MOST_TRIED]
        ),
    ]
    others = [each for each in found if each is not None]
    first = own.signature
    return Trial(
        own=_excuse(book, "this", first, examples(first), sure=first in whole),
        own_left=sum(place not in whole for place in own.also_at),
        others=tuple(others[:MOST_SHOWN]),
        more=max(0, len(others) - MOST_SHOWN),
        tried=len(sure) + min(len(unsure), MOST_TRIED),
        left=max(0, len(unsure) - MOST_TRIED),
    )


def whole_places(rules: Sequence[Rule], signatures: Iterable[Signature]) -> frozenset[Signature]:
    """Return the places that rules excuse whatever the values are."""
    kept = [as_kept(rule) for rule in rules if why_not_kept(rule) is None]
    return frozenset(covered_by(kept, signatures))


def _reaches(book: RuleBook, signature: Signature) -> bool:
    at = book.at(signature.endpoint)
    return at is not None and at.touches(signature.location)


def _places(verdict: Verdict) -> Iterator[tuple[str, Signature]]:
    for state, findings in (
        ("finding", verdict.findings),
        ("suspect", verdict.suspects),
        ("accepted", [each.finding for each in verdict.accepted]),
        ("excused", [each.finding for each in verdict.ruled]),
        ("noise", verdict.noise),
    ):
        for finding in findings:
            yield from ((state, place) for place in finding.places)


def _excuse(
    book: RuleBook, state: str, signature: Signature, examples: Sequence[Example], *, sure: bool
) -> Excuse | None:
    tried = list(excused_in(book, signature, examples))
    covered = [difference for rule, difference in tried if rule is not None]
    if not covered and not sure:
        return None
    how = "all" if sure or len(covered) == len(tried) else "some"
    return _told(state, signature, how, covered[0] if covered else None)


def _told(state: str, signature: Signature, how: str, difference: Difference | None) -> Excuse:
    return Excuse(
        id=finding_id(signature),
        endpoint=shown(str(signature.endpoint)),
        location=shown(signature.location),
        kind=str(signature.kind),
        state=state,
        how=how,
        primary=shown_or_none(difference.primary, 80) if difference else "",
        candidate=shown_or_none(difference.candidate, 80) if difference else "",
    )
