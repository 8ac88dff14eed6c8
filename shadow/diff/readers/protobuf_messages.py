"""Which protobuf message an answer is: by the method of a service, else as the settings say."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from shadow.diff.readers.protobuf_schema import ProtobufSchema
from shadow.diff.rules.globs import matches_glob


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownMessage:
    """The message that the answers to some requests are, where the answers do not say it."""

    schema: ProtobufSchema
    name: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtobufMessages:
    """The messages of a schema; `named` are globs over `METHOD /path` with full names of messages.

    Raises ValueError for a name that the schema does not have.
    """

    schema: ProtobufSchema
    named: Sequence[tuple[str, str]] = field(default=())

    def __post_init__(self) -> None:
        for _, name in self.named:
            if not self.schema.knows(name):
                raise ValueError(f"has no message {name!r}: write its full name, package and all")

    def of(self, method: str, target: str) -> KnownMessage:
        """The message of the answer to a request; its target may have a query."""
        path = target.partition("?")[0]
        asked = f"{method} {path}"
        name = next((name for glob, name in self.named if matches_glob(asked, glob)), None)
        return KnownMessage(schema=self.schema, name=name or self.schema.reply_of(path))
