"""A body as a reader gets it, and what a reader says of one that it cannot read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shadow.diff.readers.protobuf_messages import KnownMessage


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """A body with its content codings undone, and what its headers claim it to be.

    `media_type` is lower-cased, without parameters, empty where there is none; `parameters` are
    those of the content type (`charset`, `boundary`), names lower-cased. `known` is what is known
    of it from elsewhere, if it is protobuf.
    """

    body: bytes
    media_type: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)
    known: "KnownMessage | None" = None


class UnreadableError(ValueError):
    """A body is not what it claims to be; the message says what is wrong with it, in few words."""


class TooLargeToReadError(Exception):
    """Reading a body would cost more than it may: too deep, too many parts; the message says."""
