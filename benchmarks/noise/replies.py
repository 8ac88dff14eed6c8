"""A reply while it is written, and the moment in which it is."""

from dataclasses import dataclass, field
from random import Random

import orjson

from benchmarks.noise.places import Json
from shadow.model import Response


@dataclass(slots=True, kw_only=True)
class Draft:
    """A reply that noise and regressions may still change; `seconds` is how long it took."""

    headers: dict[str, str]
    document: Json
    seconds: float

    def copy(self) -> "Draft":
        """Another draft, of which nothing is shared."""
        document = orjson.loads(orjson.dumps(self.document))
        return Draft(headers=dict(self.headers), document=document, seconds=self.seconds)

    def response(self) -> Response:
        """The reply as it is sent."""
        return Response(
            status=200,
            headers=tuple((n.encode(), v.encode()) for n, v in self.headers.items()),
            body=orjson.dumps(self.document),
            seconds=self.seconds,
        )


class Caches:
    """What each server instance has cached, and since when."""

    def __init__(self) -> None:
        self._filled: dict[tuple[str, str], float] = {}

    def look(self, instance: str, key: str, at: float, seconds: float) -> tuple[float, bool]:
        """When the entry was filled, and whether it was there; one that is too old is filled."""
        filled = self._filled.get((instance, key))
        if filled is not None and at - filled < seconds:
            return filled, True
        self._filled[instance, key] = at
        return at, False


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """When and where a reply is written: epoch seconds by the instance's clock, and what is asked.

    `draw` is the reply's own chance.
    """

    at: float
    instance: str
    target: str
    draw: Random
    caches: Caches = field(repr=False)
