"""Pairs of JSON documents as the differ meets them, of any size."""

import json
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random

from shadow.diff.parse import Json

type Record = dict[str, Json]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two bodies; `unordered` says that the order of `$.items` means nothing."""

    name: str
    primary: bytes
    candidate: bytes
    unordered: bool = False


def pairs(size: int) -> Iterator[Pair]:
    """The cases that are measured, with bodies of about `size` bytes."""
    draw = Random(20_260_101)
    items = _records(size, draw)
    yield Pair(
        name="equal: other key order, other whitespace",
        primary=_body(items),
        candidate=json.dumps(
            _reordered({"items": items, "total": len(items)}, draw), indent=1
        ).encode(),
    )
    yield Pair(
        name="1 % of records changed", primary=_body(items), candidate=_body(_changed(items, draw))
    )
    yield Pair(
        name="every timestamp changed", primary=_body(items), candidate=_body(_later(items, draw))
    )
    shuffled = _changed(items, draw)
    draw.shuffle(shuffled)
    yield Pair(
        name="shuffled, 1 % changed, unordered",
        primary=_body(items),
        candidate=_body(shuffled),
        unordered=True,
    )
    inserted = [_record(len(items), draw), *items]
    yield Pair(
        name="one element inserted in front", primary=_body(items), candidate=_body(inserted)
    )


def _records(size: int, draw: Random) -> list[Record]:
    items: list[Record] = []
    written = 0
    while written < size:
        items.append(_record(len(items), draw))
        written += len(json.dumps(items[-1])) + 2
    return items


def _record(number: int, draw: Random) -> Record:
    return {
        "id": number,
        "name": f"Item {number} of many",
        "price": round(draw.uniform(1, 1_000), 2),
        "active": draw.random() < 0.5,
        "tags": draw.sample(["red", "green", "blue", "large", "small"], draw.randint(1, 3)),
        "updated_at": _moment(draw),
        "stock": {"count": draw.randrange(100), "warehouse": f"WH-{draw.randrange(9)}"},
    }


def _moment(draw: Random) -> str:
    moment = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=draw.randrange(10**7))
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def _changed(items: list[Record], draw: Random) -> list[Record]:
    changed = deepcopy(items)
    for item in draw.sample(changed, max(1, len(changed) // 100)):
        item["price"] = round(draw.uniform(1_000, 2_000), 2)
    return changed


def _later(items: list[Record], draw: Random) -> list[Record]:
    return [item | {"updated_at": _moment(draw)} for item in items]


def _reordered(value: Json, draw: Random) -> Json:
    if isinstance(value, dict):
        return {
            name: _reordered(value[name], draw) for name in draw.sample(list(value), len(value))
        }
    if isinstance(value, list):
        return [_reordered(element, draw) for element in value]
    return value


def _body(items: list[Record]) -> bytes:
    return json.dumps({"items": items, "total": len(items)}, separators=(",", ":")).encode()
