"""Writes and reads what requests have in common: an endpoint's traits, and differences that come
together."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from sqlalchemy import Connection, Table, select

from shadow.model import (
    DifferenceKind,
    Endpoint,
    EndpointTraits,
    Group,
    GroupCounts,
    Signature,
    Trait,
)
from shadow.store import upserts
from shadow.store.keys import endpoint_id, group_id, signature_id
from shadow.store.tables import (
    cause_groups,
    endpoint_traits,
    endpoints,
    group_signatures,
    group_traits,
    signatures,
)
from shadow.store.tally import Tally

_AT_ONCE = 500
"""Most keys in one query."""


def add(connection: Connection, release: str, counts: Tally) -> None:
    """Add to the counts of traits and groups; the rows of their signatures must be there."""
    traits = {endpoint_id(release, each): counted for each, counted in counts.traits.items()}
    upserts.add(connection, endpoint_traits, _trait_rows("endpoint_id", traits))
    groups = {group_id(release, group): group for group in counts.groups}
    found = [
        {
            "id": key,
            "endpoint_id": endpoint_id(release, group[0].endpoint),
            "exchanges": counts.groups[group].exchanges,
        }
        for key, group in groups.items()
    ]
    upserts.add(connection, cause_groups, found)
    links = [
        {"group_id": key, "signature_id": signature_id(release, signature)}
        for key, group in groups.items()
        for signature in group
    ]
    upserts.ensure(connection, group_signatures, links)
    shared = {key: counts.groups[group].traits for key, group in groups.items()}
    upserts.add(connection, group_traits, _trait_rows("group_id", shared))


def read(
    connection: Connection, release: str, wanted: Iterable[Endpoint]
) -> Mapping[Endpoint, EndpointTraits]:
    """Return what is counted of the traits and groups of endpoints."""
    keys = {endpoint_id(release, endpoint): endpoint for endpoint in wanted}
    compared = _compared(connection, keys)
    traits = _traits(connection, endpoint_traits, "endpoint_id", keys)
    groups = _groups(connection, keys)
    return {
        endpoint: EndpointTraits(
            compared=compared.get(key, 0), traits=traits[key], groups=groups[key]
        )
        for key, endpoint in keys.items()
    }


def _trait_rows(key: str, counted: Mapping[str, Mapping[Trait, int]]) -> Iterable[upserts.Row]:
    for row, traits in counted.items():
        for trait, n in traits.items():
            yield {key: row, "name": trait.name, "value": trait.value, "n": n}


def _compared(connection: Connection, keys: Iterable[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for some in _portions(keys):
        query = select(endpoints.c.id, endpoints.c.compared).where(endpoints.c.id.in_(some))
        found |= {row.id: row.compared for row in connection.execute(query)}
    return found


def _traits(
    connection: Connection, table: Table, key: str, keys: Iterable[str]
) -> defaultdict[str, dict[Trait, int]]:
    found: defaultdict[str, dict[Trait, int]] = defaultdict(dict)
    for some in _portions(keys):
        for row in connection.execute(select(table).where(table.c[key].in_(some))):
            found[row[0]][Trait(row.name, row.value)] = row.n
    return found


def _groups(
    connection: Connection, keys: Mapping[str, Endpoint]
) -> defaultdict[str, dict[Group, GroupCounts]]:
    members, exchanges = _members(connection, keys), _exchanges(connection, keys)
    traits = _traits(connection, group_traits, "group_id", members)
    found: defaultdict[str, dict[Group, GroupCounts]] = defaultdict(dict)
    for group, own in members.items():
        parent, n = exchanges[group]
        counts = GroupCounts(exchanges=n, traits=traits[group])
        found[parent][tuple(sorted(own))] = counts
    return found


def _members(connection: Connection, keys: Mapping[str, Endpoint]) -> dict[str, list[Signature]]:
    found: defaultdict[str, list[Signature]] = defaultdict(list)
    query = select(
        group_signatures.c.group_id,
        signatures.c.endpoint_id,
        signatures.c.location,
        signatures.c.kind,
    ).join(signatures)
    for some in _portions(keys):
        for row in connection.execute(query.where(signatures.c.endpoint_id.in_(some))):
            signature = Signature(
                endpoint=keys[row.endpoint_id],
                location=row.location,
                kind=DifferenceKind(row.kind),
            )
            found[row.group_id].append(signature)
    return found


def _exchanges(connection: Connection, keys: Iterable[str]) -> dict[str, tuple[str, int]]:
    found: dict[str, tuple[str, int]] = {}
    for some in _portions(keys):
        query = select(cause_groups).where(cause_groups.c.endpoint_id.in_(some))
        found |= {row.id: (row.endpoint_id, row.exchanges) for row in connection.execute(query)}
    return found


def _portions(keys: Iterable[str]) -> Iterable[list[str]]:
    ordered = sorted(keys)
    for start in range(0, len(ordered), _AT_ONCE):
        yield ordered[start : start + _AT_ONCE]
