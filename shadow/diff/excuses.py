"""What a comparison asks of the rules of one endpoint."""

from typing import Protocol

from shadow.diff.parse import Json
from shadow.diff.rules.values import Absent
from shadow.model import DifferenceKind


class Node(Protocol):
    """A place in documents that rules say something about, at it or below it."""

    @property
    def is_unordered(self) -> bool:
        """Whether the order of the list here means nothing."""

    @property
    def key(self) -> tuple[str, ...]:
        """The names that identify the elements of the list here, none where nothing is said."""

    @property
    def set_rule(self) -> str | None:
        """The rule by which repeats in the list here mean nothing."""

    @property
    def decode_rule(self) -> str | None:
        """The rule by which what the text here holds is compared."""

    @property
    def encodings(self) -> tuple[str, ...]:
        """What that text is in, outermost first: base64, gzip, json; none to find out."""

    @property
    def says_more_below(self) -> bool:
        """Whether anything is said of places below."""

    def member(self, name: str) -> "Node | None":
        """What is said of a member and below; None for nothing."""

    def element(self, index: int) -> "Node | None":
        """What is said of an element and below; None for nothing."""

    def folded(self, value: Json) -> str | None:
        """A text that is the same for all values that rules let stand for this one here.

        None where it stands for itself.
        """

    def drops(self, value: Json) -> bool:
        """Whether it makes no difference that this value stands here."""


class Excuses(Protocol):
    """The rules of one endpoint."""

    @property
    def root(self) -> Node | None:
        """What rules say of how documents are compared; None for nothing."""

    @property
    def folding_root(self) -> Node | None:
        """The same and what rules say of values, to pair list elements by; None for nothing."""

    def touches(self, location: str) -> bool:
        """Whether any rule may excuse a difference at this location template."""

    def excuse(
        self,
        location: str,
        pointer: str,
        kind: DifferenceKind,
        primary: Json | Absent,
        candidate: Json | Absent,
    ) -> str | None:
        """The name of the first rule that excuses this difference."""
