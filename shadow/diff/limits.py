"""What a comparison may cost, and the record of what it found within that."""

from dataclasses import dataclass, field

from shadow.model import Difference, DifferenceKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds of one comparison; reaching one is a difference of kind `undecided`, never "equal".

    After `max_differences`, only those with another location or kind are kept, and of these as
    many again. `max_nodes` counts the JSON values looked at, `max_depth` the containers around
    one, `max_distances` the pairs of list elements that DeepDiff is asked about (then they are
    paired by position). `max_excerpt_chars` bounds each text in a Difference.
    """

    max_differences: int = 500
    max_nodes: int = 2_000_000
    max_depth: int = 1_000
    max_distances: int = 32
    max_decoded_bytes: int = 16 * 1024 * 1024
    max_excerpt_chars: int = 200


class LimitReachedError(Exception):
    """A comparison has cost what it may; `location` says where, the message why."""

    def __init__(self, location: str, reason: str) -> None:
        self.location = location
        super().__init__(reason)


@dataclass(slots=True, kw_only=True)
class Findings:
    """The differences found so far in one pair of replies, and what finding them has cost."""

    limits: Limits
    found: list[Difference] = field(default_factory=list)
    nodes: int = 0
    left_out: int = 0
    _known: set[tuple[str, DifferenceKind]] = field(default_factory=set)

    def takes(self, location: str, kind: DifferenceKind) -> bool:
        """Whether such a difference is still kept: once there are enough, only one of a new sort.

        One that is not kept is counted.
        """
        known = (location, kind) in self._known
        if len(self.found) < self.limits.max_differences or not known:
            return True
        self.left_out += 1
        return False

    def add(self, difference: Difference) -> None:
        """Keep a difference that `takes` takes.

        Raises LimitReachedError when there are enough of any sort.
        """
        if not self.takes(difference.location, difference.kind):
            return
        if len(self.found) >= 2 * self.limits.max_differences:
            raise LimitReachedError("reply", self._too_many())
        self._known.add((difference.location, difference.kind))
        self.found.append(difference)

    def spend(self, nodes: int) -> None:
        """Account for work on so many JSON values. Raises LimitReachedError when it is too much."""
        self.nodes += nodes
        if self.nodes > self.limits.max_nodes:
            raise LimitReachedError("$", f"more than {self.limits.max_nodes:,} values to compare")

    def finish(self) -> None:
        """Say so when differences were left out; the comparison was made to its end."""
        if self.left_out:
            self.found.append(undecided("reply", self._too_many()))

    def give_up(self, limit: LimitReachedError) -> None:
        """Say that the rest of the comparison was not made."""
        self.found.append(undecided(limit.location, str(limit)))

    def _too_many(self) -> str:
        return f"more than {self.limits.max_differences:,} differences"


def undecided(location: str, reason: str, pointer: str = "") -> Difference:
    """The difference that says: nobody knows, because of `reason`."""
    return Difference(
        location=location, kind=DifferenceKind.UNDECIDED, pointer=pointer, candidate=reason
    )
