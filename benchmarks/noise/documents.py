"""Seeded layouts of JSON documents, and documents that fill them."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from random import Random
from uuid import UUID

from benchmarks.noise.places import EACH, Json, Path

WORDS = [
    "amber", "birch", "cedar", "delta", "ember", "fjord", "grove", "heron", "inlet",
    "juniper", "kelp", "larch", "maple", "north", "ochre", "pine", "quartz", "ridge",
    "spruce", "tundra", "umber", "valley", "willow", "yarrow", "zephyr", "harbour",
    "lantern", "meadow",
]  # fmt: skip


class Kind(StrEnum):
    """What a scalar is."""

    WORD = "word"
    SENTENCE = "sentence"
    INTEGER = "integer"
    DECIMAL = "decimal"
    FLAG = "flag"
    CHOICE = "choice"
    UUID = "uuid"
    DATE = "date"
    MOMENT = "moment"
    URL = "url"
    EMAIL = "email"


NAMES: Mapping[Kind, tuple[str, ...]] = {
    Kind.WORD: ("brand", "city", "colour", "material", "vendor", "region"),
    Kind.SENTENCE: ("title", "description", "summary", "note"),
    Kind.INTEGER: ("quantity", "views", "rank", "year", "weight_grams", "reviews"),
    Kind.DECIMAL: ("price", "rating", "discount", "height", "balance"),
    Kind.FLAG: ("active", "in_stock", "featured", "archived"),
    Kind.CHOICE: ("status", "currency", "size", "priority"),
    Kind.UUID: ("batch", "reference"),
    Kind.DATE: ("released_on", "due_on"),
    Kind.MOMENT: ("created_at", "updated_at"),
    Kind.URL: ("image", "link"),
    Kind.EMAIL: ("contact", "support"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """An object."""

    members: Mapping[str, "Node"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A list of `fewest` to `most` elements."""

    element: "Node"
    fewest: int
    most: int


type Node = Kind | Record | Listing


def detail(draw: Random) -> Record:
    """One thing in full: fields, an object inside, a list of words, often one of records."""
    inside = {
        "owner": Record(members={"id": Kind.INTEGER, **fields(draw, 2)}),
        "labels": Listing(element=Kind.WORD, fewest=3, most=6),
    }
    if draw.random() < 0.6:
        inside["lines"] = _records(draw, 2, 4)
    return Record(members={"id": Kind.INTEGER, **fields(draw, draw.randint(5, 9)), **inside})


def listing(draw: Random) -> Record:
    """A page of records."""
    members = {"page": Kind.INTEGER, "total": Kind.INTEGER, "items": _records(draw, 3, 6)}
    return Record(members={**members, **fields(draw, draw.randint(0, 2))})


def search(draw: Random) -> Record:
    """Records that were found, each with a score."""
    found = Record(members={"id": Kind.INTEGER, "score": Kind.DECIMAL, **fields(draw, 2)})
    results = Listing(element=found, fewest=3, most=6)
    return Record(members={"query": Kind.WORD, "results": results, "facets": fields_of(draw)})


def fields(draw: Random, count: int) -> dict[str, "Node"]:
    """So many fields of different names."""
    named = [(name, kind) for kind, names in NAMES.items() for name in names]
    return dict(draw.sample(named, count))


def fields_of(draw: Random) -> Record:
    """An object of two or three fields."""
    return Record(members=fields(draw, draw.randint(2, 3)))


def _records(draw: Random, fewest: int, most: int) -> Listing:
    element = Record(members={"id": Kind.INTEGER, **fields(draw, draw.randint(2, 4))})
    return Listing(element=element, fewest=fewest, most=most)


def scalars(node: Node, path: Path = ()) -> Iterator[tuple[Path, Kind]]:
    """The paths of all scalars that are members of objects; identifiers of records are left out."""
    match node:
        case Record():
            for name, member in node.members.items():
                if name != "id":
                    yield from scalars(member, (*path, name))
        case Listing(element=Record()):
            yield from scalars(node.element, (*path, EACH))
        case Listing():
            pass
        case _:
            yield path, node


def records(node: Node, path: Path = ()) -> Iterator[Path]:
    """The paths of all objects."""
    match node:
        case Record():
            yield path
            for name, member in node.members.items():
                yield from records(member, (*path, name))
        case Listing():
            yield from records(node.element, (*path, EACH))
        case _:
            pass


def listings(node: Node, path: Path = ()) -> Iterator[Path]:
    """The paths of all lists."""
    match node:
        case Record():
            for name, member in node.members.items():
                yield from listings(member, (*path, name))
        case Listing():
            yield path
        case _:
            pass


def fill(node: Node, draw: Random) -> Json:
    """A document of this layout; records of one list have different identifiers."""
    match node:
        case Record():
            return {name: fill(member, draw) for name, member in node.members.items()}
        case Listing(element=Record()):
            size = draw.randint(node.fewest, node.most)
            numbers = draw.sample(range(1_000, 99_999), size)
            filled = [fill(node.element, draw) for _ in numbers]
            return [{**each, "id": n} for each, n in zip(filled, numbers, strict=True)]
        case Listing():
            return list(draw.sample(WORDS, draw.randint(node.fewest, node.most)))
        case _:
            return scalar(node, draw)


def scalar(kind: Kind, draw: Random) -> Json:
    """Any value of a kind."""
    return _MAKERS[kind](draw)


def _date(draw: Random) -> str:
    return f"20{draw.randint(20, 25)}-{draw.randint(1, 12):02}-{draw.randint(1, 28):02}"


def _sentence(draw: Random) -> str:
    return " ".join(draw.sample(WORDS, draw.randint(3, 6))).capitalize()


def _moment(draw: Random) -> str:
    return f"{_date(draw)}T{draw.randrange(24):02}:{draw.randrange(60):02}:00Z"


def _url(draw: Random) -> str:
    return f"https://cdn.example.com/{draw.choice(WORDS)}/{draw.randrange(9_999)}.png"


def uuid(draw: Random) -> str:
    """A random UUID of version 4."""
    return str(UUID(int=draw.getrandbits(128), version=4))


_MAKERS: Mapping[Kind, Callable[[Random], Json]] = {
    Kind.WORD: lambda draw: draw.choice(WORDS),
    Kind.SENTENCE: _sentence,
    Kind.INTEGER: lambda draw: draw.randrange(1, 5_000),
    Kind.DECIMAL: lambda draw: round(draw.uniform(1, 400), 2),
    Kind.FLAG: lambda draw: draw.random() < 0.5,
    Kind.CHOICE: lambda draw: draw.choice(("open", "closed", "pending")),
    Kind.UUID: uuid,
    Kind.DATE: _date,
    Kind.MOMENT: _moment,
    Kind.URL: _url,
    Kind.EMAIL: lambda draw: f"{draw.choice(WORDS)}@example.com",
}
