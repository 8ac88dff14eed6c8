"""What differs between two answers, and what is counted of that."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from msgspec import Struct

from shadow.model.traffic import Endpoint


class DifferenceKind(StrEnum):
    """In what way two replies differ at one location."""

    STATUS = "status"
    STATUS_5XX = "status_5xx"
    """The candidate answered 5xx where the primary did not; also at the location `status`."""
    HEADER = "header"
    MISSING = "missing"
    EXTRA = "extra"
    NULL = "null"
    TYPE = "type"
    SHAPE = "shape"
    VALUE = "value"
    OUTSIDE = "outside"
    """Farther from the primary's value than noise reaches; said beside one of the kinds above."""
    ORDER = "order"
    SIZE = "size"
    FAILURE = "failure"
    UNDECODABLE = "undecodable"
    UNDECIDED = "undecided"
    SLOW = "slow"
    """Not of one pair of replies: the candidate takes longer than tolerated, over many of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One place where a reply is not like the primary's.

    `location` is a template (`$.items[*].price`, `header:etag`, `status`); `pointer` is the exact
    place, an RFC 6901 JSON Pointer for JSON bodies. `primary` and `candidate` are short texts of
    the two values, None where there is no value. `excused_by` names the rule that covers it.
    `renaming` numbers the renamings of an exchange, None for a place that is in none: at all places
    of one, each value that changed became one other (`shadow.diff.renamings`).
    """

    location: str
    kind: DifferenceKind
    pointer: str = ""
    primary: str | None = None
    candidate: str | None = None
    excused_by: str | None = None
    renaming: int | None = None


type Differences = tuple[Difference, ...]


class Signature(Struct, frozen=True, kw_only=True, order=True, gc=False, cache_hash=True):
    """What is counted: a difference without its values."""

    endpoint: Endpoint
    location: str
    kind: DifferenceKind
    excused_by: str = ""


class Trait(NamedTuple):
    """Something that requests may have in common, fit to be kept.

    `name` is `header:…`, `query:…`, `cookie:…` or `status`; an empty `value` says only that it is
    there.
    """

    name: str
    value: str = ""

    def __str__(self) -> str:
        return f"{self.name}={self.value}" if self.value else self.name
