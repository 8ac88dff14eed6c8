"""Noise: what differs between any two servers of one release, production and candidate alike."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random
from typing import Protocol

from benchmarks.noise.documents import Kind, Record, listings, records, scalars, uuid
from benchmarks.noise.places import Json, Path, header_location, holders, location, values
from benchmarks.noise.replies import Draft, Moment


class Noise(Protocol):
    """One kind of noise at some places of one endpoint's answers."""

    @property
    def sort(self) -> str:
        """Which kind."""

    @property
    def locations(self) -> tuple[str, ...]:
        """Where it shows."""

    def disturb(self, draft: Draft, moment: Moment) -> None:
        """Change a reply as it happens to be at this moment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timestamps:
    """When the answer was made; `form` is a key of FORMS."""

    path: Path
    form: str
    sort: str = "timestamps"

    @property
    def locations(self) -> tuple[str, ...]:
        return (location(self.path),)

    def disturb(self, draft: Draft, moment: Moment) -> None:
        for holder, name in holders(draft.document, self.path):
            holder[name] = FORMS[self.form](moment.at + moment.draw.uniform(0, 0.004))


@dataclass(frozen=True, slots=True, kw_only=True)
class Identifiers:
    """An identifier that every answer has for itself, in a member or else a header."""

    path: Path
    header: str
    make: Callable[[Random], str]
    sort: str = "ids"

    @property
    def locations(self) -> tuple[str, ...]:
        return (header_location(self.header) if self.header else location(self.path),)

    def disturb(self, draft: Draft, moment: Moment) -> None:
        if self.header:
            draft.headers[self.header] = self.make(moment.draw)
            return
        for holder, name in holders(draft.document, self.path):
            holder[name] = self.make(moment.draw)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shuffle:
    """A list that has no order of its own."""

    path: Path
    sort: str = "shuffles"

    @property
    def locations(self) -> tuple[str, ...]:
        return (location(self.path),)

    def disturb(self, draft: Draft, moment: Moment) -> None:
        for found in values(draft.document, self.path):
            if isinstance(found, list):
                moment.draw.shuffle(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Jitter:
    """A number that is computed a little differently each time: its error is `law` x `spread`."""

    path: Path
    spread: float
    law: Callable[[Random], float]
    sort: str = "jitter"

    @property
    def locations(self) -> tuple[str, ...]:
        return (location(self.path),)

    def disturb(self, draft: Draft, moment: Moment) -> None:
        for holder, name in holders(draft.document, self.path):
            value = holder.get(name)
            if isinstance(value, float):
                holder[name] = round(value + self.spread * self.law(moment.draw), 6)


@dataclass(frozen=True, slots=True, kw_only=True)
class Flaky:
    """A field that a dependency does not always deliver: in `share` of the answers it is `change`d.

    With a header, that is set instead.
    """

    path: Path
    header: str
    share: float
    change: Callable[[dict[str, Json], str], None]
    sort: str = "flaky fields"

    @property
    def locations(self) -> tuple[str, ...]:
        return (header_location(self.header) if self.header else location(self.path),)

    def disturb(self, draft: Draft, moment: Moment) -> None:
        if moment.draw.random() >= self.share:
            return
        if self.header:
            draft.headers[self.header] = "1"
            return
        for holder, name in holders(draft.document, self.path):
            if name in holder:
                self.change(holder, name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Variants:
    """Two variants of an answer, of which each server takes one by chance."""

    share: float
    sort: str = "A/B variants"

    @property
    def locations(self) -> tuple[str, ...]:
        return "$.variant", "$.banner", header_location("x-variant")

    def disturb(self, draft: Draft, moment: Moment) -> None:
        is_second = moment.draw.random() < self.share
        for holder, name in holders(draft.document, ("variant",)):
            holder[name] = "grid" if is_second else "list"
            if is_second:
                holder["banner"] = {"text": "Try the grid", "dismissable": True}
        draft.headers["x-variant"] = "b" if is_second else "a"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cached:
    """A part of the answer that each instance keeps for `seconds`."""

    seconds: float
    sort: str = "caches"

    @property
    def locations(self) -> tuple[str, ...]:
        return "$.cached_at", "$.stock", header_location("x-cache")

    def disturb(self, draft: Draft, moment: Moment) -> None:
        filled, was_there = moment.caches.look(
            moment.instance, moment.target, moment.at, self.seconds
        )
        for holder, name in holders(draft.document, ("cached_at",)):
            holder[name] = FORMS["milliseconds"](filled)
            holder["stock"] = 5_000 - int(filled // 3) % 5_000
        draft.headers["x-cache"] = "HIT" if was_there else "MISS"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticks:
    """A clock that is read to `seconds` only, so that answers differ if it ticks between them."""

    seconds: int
    sort: str = "clock ticks"

    @property
    def locations(self) -> tuple[str, ...]:
        return ("$.as_of",)

    def disturb(self, draft: Draft, moment: Moment) -> None:
        for holder, name in holders(draft.document, ("as_of",)):
            holder[name] = FORMS["seconds"](moment.at // self.seconds * self.seconds)


SORTS = (
    "timestamps",
    "ids",
    "shuffles",
    "jitter",
    "flaky fields",
    "A/B variants",
    "caches",
    "clock ticks",
)


def _iso(at: float, precision: str) -> str:
    written = datetime.fromtimestamp(at, UTC).isoformat(timespec=precision)
    return written.removesuffix("+00:00") + "Z"


FORMS: Mapping[str, Callable[[float], Json]] = {
    "seconds": lambda at: _iso(at, "seconds"),
    "milliseconds": lambda at: _iso(at, "milliseconds"),
    "microseconds": lambda at: _iso(at, "microseconds"),
    "epoch milliseconds": lambda at: int(at * 1_000),
}


def make(sort: str, layout: Record, draw: Random) -> Noise | None:
    """Noise of this kind for answers of this layout; None where there is no place for it."""
    return _MAKERS[sort](layout, draw)


def _timestamps(layout: Record, draw: Random) -> Noise:
    form = draw.choice(("milliseconds", "microseconds", "epoch milliseconds"))
    return Timestamps(path=(*_record(layout, draw), "generated_at"), form=form)


def _identifiers(layout: Record, draw: Random) -> Noise:
    makers: tuple[Callable[[Random], str], ...] = (
        uuid,
        lambda own: f"{own.getrandbits(128):032x}",
        lambda own: f"req_{own.getrandbits(64):016x}",
        lambda own: "".join(own.choices(_URL_SAFE, k=22)),
    )
    header = draw.choice(("", "", "x-request-id"))
    path = (*_record(layout, draw), "trace")
    return Identifiers(path=path, header=header, make=draw.choice(makers))


_URL_SAFE = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def _shuffle(layout: Record, draw: Random) -> Noise:
    return Shuffle(path=draw.choice([*listings(layout)]))


def _jitter(layout: Record, draw: Random) -> Noise | None:
    numbers = [path for path, kind in scalars(layout) if kind is Kind.DECIMAL]
    if not numbers:
        return None
    laws: tuple[Callable[[Random], float], ...] = (
        lambda own: own.uniform(-1, 1),
        lambda own: own.gauss(0, 1),
        lambda own: own.lognormvariate(0, 1),
    )
    spread = 10 ** draw.uniform(-3, -1)
    return Jitter(path=draw.choice(numbers), spread=spread, law=draw.choice(laws))


def _flaky(layout: Record, draw: Random) -> Noise:
    changes = (_lose, _empty, _go_stale)
    path, _ = draw.choice([*scalars(layout)])
    return Flaky(
        path=path,
        header=draw.choice(("", "", "", "x-degraded")),
        share=0.05 * 2 ** draw.uniform(-2, 1),
        change=draw.choice(changes),
    )


def _lose(holder: dict[str, Json], name: str) -> None:
    del holder[name]


def _empty(holder: dict[str, Json], name: str) -> None:
    holder[name] = None


def _go_stale(holder: dict[str, Json], name: str) -> None:
    value = holder[name]
    if isinstance(value, bool):
        holder[name] = not value
    elif isinstance(value, int | float):
        holder[name] = value + 1
    elif isinstance(value, str):
        holder[name] = f"{value}-1"


def _variants(_: Record, draw: Random) -> Noise:
    return Variants(share=draw.choice((0.5, 0.2, 0.1)))


def _cached(_: Record, draw: Random) -> Noise:
    return Cached(seconds=draw.choice((5.0, 60.0, 300.0)))


def _ticks(_: Record, draw: Random) -> Noise:
    return Ticks(seconds=draw.choice((1, 10, 60)))


def _record(layout: Record, draw: Random) -> Path:
    """The document itself, mostly; else some object in it."""
    return () if draw.random() < 0.6 else draw.choice([*records(layout)])


_MAKERS: Mapping[str, Callable[[Record, Random], Noise | None]] = {
    "timestamps": _timestamps,
    "ids": _identifiers,
    "shuffles": _shuffle,
    "jitter": _jitter,
    "flaky fields": _flaky,
    "A/B variants": _variants,
    "caches": _cached,
    "clock ticks": _ticks,
}
