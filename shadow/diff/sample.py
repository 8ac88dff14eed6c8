"""Some of the values in which two replies differ at one location and in one kind."""

from collections.abc import Callable, Sequence
from typing import NamedTuple, cast

from shadow.diff.limits import Alike, Column
from shadow.diff.location import Place
from shadow.diff.parse import Json
from shadow.model import Difference

MOST = 12
"""So many pairs of values are looked at of a location, of long lists others with each exchange."""


class Sample(NamedTuple):
    """Values in the same positions; `is_one_form` says that none differs from its partner in form.

    `place_of` tells where a pair stands in the documents.
    """

    primary: Sequence[Json]
    other: Sequence[Json]
    place_of: Callable[[int], Place]
    is_one_form: bool = False


def sample_of(alike: Alike, turn: int) -> Sample:
    """Take at most `MOST` pairs, evenly spread; `turn` says where to begin.

    None of `alike` may be absent on one side. What is taken depends on the two replies and the turn
    alone: of two replies to one exchange, neither is looked at in another way than the other.
    """
    if not alike.sights and len(alike.columns) == 1:
        return _of_column(alike.columns[0][1], turn)
    sights = [*alike.all_sights()] if alike.columns else alike.sights
    if len(sights) == 1:
        ((_, place, value, other),) = sights
        return Sample((cast("Json", value),), (cast("Json", other),), lambda _: place)
    chosen = sights[_spread(len(sights), turn)]
    return Sample(
        [cast("Json", here) for _, _, here, _ in chosen],
        [cast("Json", there) for _, _, _, there in chosen],
        lambda at: chosen[at][1],
    )


def sample_of_text(written: Difference) -> Sample:
    """What differs outside of documents: one pair of texts."""
    return Sample(primary=(written.primary,), other=(written.candidate,), place_of=lambda _: None)


def _of_column(column: Column, turn: int) -> Sample:
    chosen = _spread(len(column.pairs), turn)
    return Sample(
        primary=column.primary[chosen],
        other=column.candidate[chosen],
        place_of=lambda at: column.place_of(range(len(column.pairs))[chosen][at]),
        is_one_form=True,
    )


def _spread(size: int, turn: int) -> slice:
    step = max(1, -(-size // MOST))
    return slice(turn % step, None, step)
