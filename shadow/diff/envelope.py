"""How far noise reaches at one place, learned as it comes, and what lies outside of that."""

from shadow.diff.reach import Measure

FEWEST = 20
"""So many observations of noise are learned from before anything is said to lie outside."""
FACTOR = 3.0
"""Outside is what is more than so many times as far away as the farthest noise."""
_FLOORS = {Measure.NUMBER: 0.0, Measure.SECONDS: 60.0}
"""What is no farther away is never outside: a slow target answers with a later time."""

_BLOCK = 256
_ANOTHER = 0.1
_MOST_FORMS = 32


class Envelope:
    """The largest of the last 256 to 512 distances between secondary and primary at one place.

    A distance that is within a tenth of the one before is no further observation: two servers that
    differ by one and the same offset, such as their age, have shown it once and not a hundred
    times, and nothing tells what a third one's offset would be.
    """

    __slots__ = ("_before", "_count", "_farthest", "_last", "_measure")

    def __init__(self, measure: Measure) -> None:
        self._measure = measure
        self._count = 0
        self._last = 0.0
        self._farthest = 0.0
        self._before = 0.0

    def excludes(self, distance: float) -> bool:
        """Tell whether a distance is far outside of all that was learned before."""
        if self._count < FEWEST:
            return False
        return distance > max(FACTOR * max(self._farthest, self._before), _FLOORS[self._measure])

    def learn(self, distance: float) -> None:
        """Take in a distance between secondary and primary."""
        if not self._is_the_last_one(distance):
            self._count += 1
            self._last = distance
            if self._count % _BLOCK == 0:
                self._before, self._farthest = self._farthest, 0.0
        self._farthest = max(self._farthest, distance)

    def _is_the_last_one(self, distance: float) -> bool:
        return self._last * (1 - _ANOTHER) <= distance <= self._last * (1 + _ANOTHER)


class Forms:
    """The forms that primary and secondary had where they differed at one place."""

    __slots__ = ("_count", "_seen")

    def __init__(self) -> None:
        self._count = 0
        self._seen: set[str] = set()

    def excludes(self, form: str) -> bool:
        """Tell whether a form has never been seen, where enough was seen and not just anything."""
        return self._count >= FEWEST and form not in self._seen and len(self._seen) < _MOST_FORMS

    def learn(self, forms: set[str]) -> None:
        """Take in the forms of one exchange; none where all had the form of their partner."""
        self._count += 1
        if len(self._seen) < _MOST_FORMS:
            self._seen |= forms
