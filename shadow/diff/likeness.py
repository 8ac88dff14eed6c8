"""How much two elements of a list have in common, where nothing names them."""

from dataclasses import dataclass

from deepdiff import DeepDiff

from shadow.diff.canonical import fast_texts
from shadow.diff.parse import Json

FARTHEST = 1.0
_MAX_CHARS = 1_000
_MAX_CONTAINERS = 20
_LIMITS_REACHED = ("MAX PASS LIMIT REACHED", "MAX DIFF LIMIT REACHED")


def overlap(primary: Json, candidate: Json) -> float:
    """The share of two objects' members that are equal, 0 to 1; 0 for anything else."""
    if not (isinstance(primary, dict) and isinstance(candidate, dict)):
        return 0.0
    members = max(len(primary), len(candidate))
    shared = [name for name in primary if name in candidate]
    here = fast_texts([primary[name] for name in shared])
    there = fast_texts([candidate[name] for name in shared])
    if not members or here is None or there is None:
        return 0.0
    return sum(a == b for a, b in zip(here, there, strict=True)) / members


@dataclass(slots=True)
class Distances:
    """DeepDiff's distances; a comparison may ask for so many, as each costs milliseconds."""

    remaining: int

    def between(self, primary: Json, candidate: Json) -> float:
        """The distance of two small arrays or two small objects, 0 to 1.

        FARTHEST for anything else, as scalars have no parts and what is large costs too much, and
        when there are no more to be asked for.
        """
        if self.remaining <= 0 or type(primary) is not type(candidate):
            return FARTHEST
        if not (_is_small(primary) and _is_small(candidate)):
            return FARTHEST
        self.remaining -= 1
        return _deep_distance(primary, candidate)


def _deep_distance(primary: Json, candidate: Json) -> float:
    found = DeepDiff(
        primary,
        candidate,
        view="tree",
        get_deep_distance=True,
        ignore_private_variables=False,
        threshold_to_diff_deeper=0,
        zip_ordered_iterables=True,
        cache_size=500,
        max_passes=50,
    )
    stats = found.get_stats()  # type: ignore[no-untyped-call]
    if any(stats[name] for name in _LIMITS_REACHED):
        return FARTHEST
    return float(found.get("deep_distance", 0.0))


def _is_small(value: Json) -> bool:
    if not isinstance(value, dict | list):
        return False
    texts = fast_texts([value])
    if texts is None or len(texts[0]) > _MAX_CHARS:
        return False
    return texts[0].count("[") + texts[0].count("{") <= _MAX_CONTAINERS
