"""Places in JSON documents: as paths to change them by, and as Shadow names them."""

from collections.abc import Iterator
from typing import cast

type Json = bool | int | float | str | list[Json] | dict[str, Json] | None
type Path = tuple[str, ...]
"""Names of members, and EACH for all elements of a list; empty for the document itself."""

type Holder = tuple[dict[str, Json], str]
"""An object and the name of one of its members, which need not be there."""

EACH = "[*]"


def location(path: Path) -> str:
    """A path as Shadow writes it: `$.items[*].price`."""
    return "$" + "".join(step if step == EACH else f".{step}" for step in path)


def header_location(name: str) -> str:
    """A header as Shadow writes it."""
    return f"header:{name}"


def holders(document: Json, path: Path) -> Iterator[Holder]:
    """All objects that the last name of a path belongs to."""
    for holder in values(document, path[:-1]):
        if isinstance(holder, dict):
            yield holder, path[-1]


def values(document: Json, path: Path) -> Iterator[Json]:
    """All values at a path."""
    if not path:
        yield document
    elif path[0] == EACH:
        for element in cast("list[Json]", document):
            yield from values(element, path[1:])
    elif path[0] in (members := cast("dict[str, Json]", document)):
        yield from values(members[path[0]], path[1:])


def touches(one: str, other: str) -> bool:
    """Tell whether two locations are one, or one lies in the other; all lies in `$`, or nothing."""
    shorter, longer = sorted((one, other), key=len)
    if shorter == longer:
        return True
    return shorter != "$" and longer.startswith(shorter) and longer[len(shorter)] in ".["
