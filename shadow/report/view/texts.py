"""Sentences that hold names from traffic, in parts: prose and code."""

from dataclasses import dataclass

from shadow.report.plain import visible


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A piece of a sentence; `is_code` for a name or a value."""

    text: str
    is_code: bool = False


type Prose = tuple[Part, ...]
"""A sentence in its parts, to be shown one behind the other."""


def prose(sentence: str, limit: int = 1_000) -> Prose:
    """Read a sentence in which backticks stand around code; odd backticks are text."""
    pieces = visible(sentence, limit).strip().split("`")
    if len(pieces) % 2 == 0:
        return (Part(text="`".join(pieces)),)
    return tuple(
        Part(text=piece, is_code=bool(position % 2))
        for position, piece in enumerate(pieces)
        if piece
    )


def shown(text: str, limit: int = 200) -> str:
    """Show a name or value on one line; `(empty)` where there is nothing to see."""
    return visible(text, limit) or "(empty)"


def shown_or_none(text: str | None, limit: int = 200) -> str:
    """Show a value as `shown`, or say that there is none."""
    return "(none)" if text is None else shown(text, limit)
