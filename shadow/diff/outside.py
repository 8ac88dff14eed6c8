"""Values that lie outside of the noise at their place: noise that does not hide what is in it.

A field that differs in every answer says nothing by differing. How far it differs does: a score
that jitters by 0.02 and is off by 0.5, a time that is off by an hour. So for each place at which
the secondary differs, the reach of that noise is learned, and a reply that is far outside of it
has a further difference there, of kind `outside`.

Why that is judged as fairly as all else: both replies to an exchange are held against the primary
in the same way, and against one threshold, which the exchanges before have set. The secondary's
may lie outside too, and that is noise of this kind. So if the candidate is no noisier than the
secondary, given what came before, then of the exchanges in which just one of them lies outside, at
most half are the candidate's, whatever was learned and however little. Nothing is assumed of how
noise is distributed, and counts of workers that have learned different thresholds add up.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

from shadow.diff.envelope import Envelope, Forms
from shadow.diff.excerpt import json_excerpts
from shadow.diff.limits import Alike, Findings
from shadow.diff.location import Place, Side, pointer
from shadow.diff.parse import Json
from shadow.diff.reach import Measure, forms, reaches
from shadow.diff.sample import sample_of, sample_of_text
from shadow.model import Difference, DifferenceKind, Differences, Endpoint

_MOST_PLACES = 10_000
_KINDS = frozenset({DifferenceKind.VALUE, DifferenceKind.SHAPE, DifferenceKind.HEADER})

type _Key = tuple[Endpoint, str, DifferenceKind]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlier:
    """A pair of values, the second of which lies outside of the noise at a location."""

    location: str
    place: Place
    primary: Json
    other: Json
    max_excerpt_chars: int

    def outline(self) -> Difference:
        """The difference without its values: what is counted."""
        return Difference(location=self.location, kind=DifferenceKind.OUTSIDE)

    def difference(self) -> Difference:
        """The difference, with texts of the values."""
        here, there = self._texts()
        return Difference(
            location=self.location,
            kind=DifferenceKind.OUTSIDE,
            pointer=pointer(self.place, Side.PRIMARY),
            primary=here,
            candidate=there,
        )

    def _texts(self) -> tuple[str, str]:
        # Outside of documents, values were cut to that length when they were found.
        if not self.location.startswith("$"):
            return str(self.primary), str(self.other)
        return json_excerpts(self.primary, self.other, self.max_excerpt_chars)


@dataclass(frozen=True, slots=True)
class Outliers:
    """Those of one reply, at most one for a location."""

    each: tuple[Outlier, ...] = ()

    @classmethod
    def of(cls, found: Iterable[Outlier]) -> Self:
        """The first of each location."""
        firsts: dict[str, Outlier] = {}
        for outlier in found:
            firsts.setdefault(outlier.location, outlier)
        return cls(tuple(firsts.values()))

    def outline(self) -> Differences:
        """What is counted of them."""
        return tuple(outlier.outline() for outlier in self.each)

    def differences(self) -> Differences:
        """Them, with texts of their values."""
        return tuple(outlier.difference() for outlier in self.each)


class NoiseLearner:
    """What is known of the noise at each place, and what lies outside of it.

    One for each worker, in memory. It keeps numbers and names of forms, no value of any reply, of
    at most `most_places` places; of more, it forgets where noise has not been seen for longest.
    """

    def __init__(self, most_places: int = _MOST_PLACES) -> None:
        self._most_places = most_places
        self._places: dict[_Key, _Noise] = {}
        self._turn = 0

    def weigh(
        self, endpoint: Endpoint, found: Findings, noise: Findings | None
    ) -> tuple[Outliers, Outliers]:
        """What lies outside of the noise so far: of the candidate's values, of the secondary's.

        `found` are the candidate's differences, `noise` the secondary's, None where it gave no
        reply. Then the noise of this exchange is learned. What a rule excuses does not lie outside,
        and is not learned.
        """
        if not len(found) and (noise is None or not len(noise)):
            return Outliers(), Outliers()
        self._turn += 1
        outside, noisy = [], []
        for location, kind, sight in found.unexcused(_KINDS):
            known = self._places.get((endpoint, location, kind))
            if known is not None:
                look = _Look(sight, self._turn)
                at = known.outlier(look)
                if at is not None:
                    outside.append(look.outlier(location, at, found))
        for location, kind, sight in noise.unexcused(_KINDS) if noise is not None else ():
            known, look = self._place(endpoint, location, kind), _Look(sight, self._turn)
            at = known.outlier(look)
            if at is not None:
                noisy.append(look.outlier(location, at, found))
            known.learn(look)
        return Outliers.of(outside), Outliers.of(noisy)

    def _place(self, endpoint: Endpoint, location: str, kind: DifferenceKind) -> "_Noise":
        """What is known of a place, which is so the last to be forgotten."""
        key = endpoint, location, kind
        known = self._places.pop(key, None) or _Noise()
        if len(self._places) >= self._most_places:
            del self._places[next(iter(self._places))]
        self._places[key] = known
        return known


class _Look:
    """Values that differ at a location, measured once."""

    __slots__ = ("_forms", "_sample", "reaches")

    def __init__(self, sight: Alike | Difference, turn: int) -> None:
        self._sample = sample_of(sight, turn) if isinstance(sight, Alike) else sample_of_text(sight)
        self.reaches = reaches(self._sample.primary, self._sample.other)
        self._forms: Sequence[tuple[int, str, str]] | None = None

    @property
    def forms(self) -> Sequence[tuple[int, str, str]]:
        """Positions and forms of texts that have no distance."""
        if self._forms is None:
            has_none = self.reaches or self._sample.is_one_form
            self._forms = () if has_none else [*forms(self._sample.primary, self._sample.other)]
        return self._forms

    def outlier(self, location: str, at: int, findings: Findings) -> Outlier:
        """The pair of values in a position."""
        return Outlier(
            location=location,
            place=self._sample.place_of(at),
            primary=self._sample.primary[at],
            other=self._sample.other[at],
            max_excerpt_chars=findings.limits.max_excerpt_chars,
        )


class _Noise:
    """What is known of the noise at one place, of one kind."""

    __slots__ = ("_envelopes", "_forms")

    def __init__(self) -> None:
        self._envelopes: dict[Measure, Envelope] = {}
        self._forms: Forms | None = None

    def outlier(self, look: _Look) -> int | None:
        """Which pair of values lies outside; None where there is none."""
        for reach in look.reaches:
            envelope = self._envelopes.get(reach.measure)
            if envelope is not None and envelope.excludes(reach.distance):
                return reach.at
        if self._forms is not None:
            for at, here, there in look.forms:
                if here != there and self._forms.excludes(there):
                    return at
        return None

    def learn(self, look: _Look) -> None:
        """Learn from values of primary and secondary."""
        for reach in look.reaches:
            envelope = self._envelopes.get(reach.measure)
            if envelope is None:
                envelope = self._envelopes[reach.measure] = Envelope(reach.measure)
            envelope.learn(reach.distance)
        if look.forms:
            self._forms = self._forms or Forms()
            self._forms.learn({form for _, *pair in look.forms for form in pair})
