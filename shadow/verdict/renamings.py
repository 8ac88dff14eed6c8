"""Findings that are one renaming become one: id A is B everywhere, which is one thing to decide.

Each place is weighed by itself, so that its noise cancels and its evidence stands; only then are
places brought together, among those that hold a release back in the same way or less. So no
decision hangs on it.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from msgspec import structs

from shadow.model import (
    Accepted,
    Approval,
    Finding,
    Group,
    ReleaseCounts,
    Signature,
    SignatureCounts,
)
from shadow.verdict.weigh import Weighed

MOST_PLACES = 64
"""Most places of one finding; further ones are findings of their own."""

NEARLY_ALL = 0.9
"""Of the answers in which a place differs, so many are the renaming with the finding's own."""

MOST = 0.5
"""Of the answers in which the finding's own place differs, so many are the renaming with it."""


def renamings_merged(weighed: Weighed, counts: ReleaseCounts) -> Weighed:
    """Bring together the findings, then the suspects, that are one renaming; the strongest stands.

    Of two places, both differ in the candidate alone in some answers, and in some of these they are
    one renaming. They are brought together where that is so in `NEARLY_ALL` of the answers that
    show the one, and in `MOST` of those that show the stronger: at a place that is not in every
    answer nothing can show. A finding takes suspects along, for it holds back more than they do.
    """
    if not counts.renamings:
        return weighed
    of_place: defaultdict[Signature, list[tuple[Group, int]]] = defaultdict(list)
    for group, exchanges in counts.renamings.items():
        for place in group:
            of_place[place].append((group, exchanges))
    taken: set[Signature] = set()

    def merged(leading: Iterable[Finding], others: Iterable[Finding]) -> tuple[Finding, ...]:
        ranks = {each.signature: rank for rank, each in enumerate(others)}
        found = []
        for finding in leading:
            if finding.signature in taken:
                continue
            told = _Together.of(finding.signature, of_place, counts.signatures)
            one = [each for each in told.others if each in ranks and told.is_one_with(each)]
            also_at = sorted({*one} - taken, key=ranks.__getitem__)[: MOST_PLACES - 1]
            taken.update((finding.signature, *also_at))
            found.append(_with_places(finding, also_at, told.exchanges_with(also_at)))
        return tuple(found)

    findings = merged(weighed.findings, (*weighed.findings, *weighed.suspects))
    return replace(weighed, findings=findings, suspects=merged(weighed.suspects, weighed.suspects))


def acts_merged(accepted: Sequence[Accepted]) -> tuple[Accepted, ...]:
    """Bring together what one approval has accepted."""
    of_act: defaultdict[Approval, list[Finding]] = defaultdict(list)
    for each in accepted:
        of_act[each.approval].append(each.finding)
    return tuple(
        Accepted(
            finding=structs.replace(first, also_at=tuple(each.signature for each in others)),
            approval=approval,
        )
        for approval, (first, *others) in of_act.items()
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Together:
    """In how many answers a place was one renaming with which others."""

    own: int
    groups: Sequence[tuple[Group, int]]
    others: Mapping[Signature, int]
    seen: Mapping[Signature, SignatureCounts]

    @classmethod
    def of(
        cls,
        place: Signature,
        of_place: Mapping[Signature, Sequence[tuple[Group, int]]],
        seen: Mapping[Signature, SignatureCounts],
    ) -> "_Together":
        groups = of_place.get(place, ())
        others: Counter[Signature] = Counter()
        for group, n in groups:
            others.update(dict.fromkeys(group, n))
        del others[place]
        return cls(own=_alone(seen.get(place)), groups=groups, others=others, seen=seen)

    def is_one_with(self, other: Signature) -> bool:
        together = self.others.get(other, 0)
        enough = max(NEARLY_ALL * _alone(self.seen.get(other)), MOST * self.own)
        return 0 < together >= enough

    def exchanges_with(self, places: Iterable[Signature]) -> int:
        wanted = {*places}
        return sum(n for group, n in self.groups if not wanted.isdisjoint(group))


def _alone(seen: SignatureCounts | None) -> int:
    return seen.only_candidate + seen.unpaired if seen else 0


def _with_places(finding: Finding, also_at: Sequence[Signature], renamed: int) -> Finding:
    return structs.replace(finding, also_at=tuple(also_at), renamed=renamed) if also_at else finding
