"""Writes the examples that show signatures: a fixed number each, one row for each exchange."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, delete, exists, select, tuple_

from shadow.model import Example
from shadow.store import upserts
from shadow.store.keys import example_id
from shadow.store.limits import StoreLimits
from shadow.store.packing import pack
from shadow.store.sampling import slot_for
from shadow.store.tables import examples, signature_examples


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A signature's new examples in the order they came; `arrived` counts them and all before."""

    signature_id: str
    arrived: int
    examples: tuple[Example, ...]


type Slot = tuple[str, int]
"""A signature's id and one of its places."""


def keep(
    connection: Connection, release: str, limits: StoreLimits, offers: Iterable[Offer]
) -> None:
    """Keep those of the offered examples that find a slot, in place of what was there."""
    chosen = choose(offers, limits.examples_per_signature)
    if not chosen:
        return
    found = {example_id(release, e.exchange_id): e for e in chosen.values()}
    before = _shown(connection, chosen)
    packed = [
        {"id": key, "release": release, "content": pack(example, limits.max_example_bytes)}
        for key, example in found.items()
    ]
    upserts.ensure(connection, examples, packed)
    links = [
        {
            "signature_id": signature,
            "slot": slot,
            "example_id": example_id(release, example.exchange_id),
        }
        for (signature, slot), example in chosen.items()
    ]
    upserts.replace(connection, signature_examples, links)
    _forget_unshown(connection, before)


def choose(offers: Iterable[Offer], slots: int) -> Mapping[Slot, Example]:
    """Give slots to examples; of two that draw the same one the later has it."""
    chosen: dict[Slot, Example] = {}
    for offer in offers:
        first = offer.arrived - len(offer.examples) + 1
        for arrival, example in enumerate(offer.examples, start=first):
            slot = slot_for(arrival, example.exchange_id, slots)
            if slot is not None:
                chosen[offer.signature_id, slot] = example
    return chosen


def _shown(connection: Connection, slots: Iterable[Slot]) -> tuple[str, ...]:
    places = tuple_(signature_examples.c.signature_id, signature_examples.c.slot)
    query = select(signature_examples.c.example_id).where(places.in_(list(slots)))
    return tuple(connection.scalars(query.distinct()))


def _forget_unshown(connection: Connection, before: tuple[str, ...]) -> None:
    if before:
        shown = exists().where(signature_examples.c.example_id == examples.c.id)
        connection.execute(delete(examples).where(examples.c.id.in_(before), ~shown))
