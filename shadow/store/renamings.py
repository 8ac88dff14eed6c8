"""Writes and reads in how many exchanges which places were one renaming."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from sqlalchemy import Connection, select

from shadow.model import DifferenceKind, Endpoint, Group, Signature
from shadow.store import upserts
from shadow.store.keys import endpoint_id, group_id, signature_id
from shadow.store.tables import endpoints as endpoint_rows
from shadow.store.tables import releases, renaming_signatures, renamings, signatures


class RenamingRoom:
    """Which renamings of an endpoint have rows: at most `most`, so that they stay bounded.

    One that finds no room is not counted. Its places are findings of their own then, and all of
    them are shown. It remembers what it has read and given: make another one when a transaction
    fails.
    """

    def __init__(self, release: str, most: int) -> None:
        self._release = release
        self._most = most
        self._taken: dict[str, set[str]] = {}

    def with_room(self, connection: Connection, counts: Mapping[Group, int]) -> Mapping[Group, int]:
        """Return the counts that have a row or get one, in the order of their places."""
        keys = {group: group_id(self._release, group) for group in sorted(counts)}
        self._read(connection, keys)
        return {group: counts[group] for group, key in keys.items() if self._take(group, key)}

    def _take(self, group: Group, key: str) -> bool:
        taken = self._taken[endpoint_id(self._release, group[0].endpoint)]
        if key not in taken and len(taken) >= self._most:
            return False
        taken.add(key)
        return True

    def _read(self, connection: Connection, keys: Mapping[Group, str]) -> None:
        """Read again where another process's rows matter to what happens to these."""
        wanted: defaultdict[str, set[str]] = defaultdict(set)
        for group, key in keys.items():
            wanted[endpoint_id(self._release, group[0].endpoint)].add(key)
        stale = [parent for parent, own in wanted.items() if self._may_take(parent, own)]
        if not stale:
            return
        row = select(releases.c.name).where(releases.c.name == self._release)
        connection.execute(row.with_for_update(key_share=True))
        self._taken |= {parent: set() for parent in stale}
        query = select(renamings.c.endpoint_id, renamings.c.id)
        for parent, key in connection.execute(query.where(renamings.c.endpoint_id.in_(stale))):
            self._taken[parent].add(key)

    def _may_take(self, parent: str, keys: set[str]) -> bool:
        taken = self._taken.get(parent)
        return taken is None or (len(taken) < self._most and not taken >= keys)


def add(connection: Connection, release: str, counts: Mapping[Group, int]) -> None:
    """Add to the counts of renamings; the rows of their signatures must be there."""
    keys = {group_id(release, group): group for group in counts}
    found = [
        {
            "id": key,
            "endpoint_id": endpoint_id(release, group[0].endpoint),
            "exchanges": counts[group],
        }
        for key, group in keys.items()
    ]
    upserts.add(connection, renamings, found)
    links = [
        {"renaming_id": key, "signature_id": signature_id(release, signature)}
        for key, group in keys.items()
        for signature in group
    ]
    upserts.ensure(connection, renaming_signatures, links)


def read(
    connection: Connection, release: str, endpoints: Mapping[str, Endpoint]
) -> Mapping[Group, int]:
    """Return the counts of a release's renamings; `endpoints` are by their ids."""
    exchanges: dict[str, int] = {}
    members: defaultdict[str, list[Signature]] = defaultdict(list)
    for key, parent, n, location, kind in _rows(connection, release):
        exchanges[key] = n
        members[key].append(
            Signature(endpoint=endpoints[parent], location=location, kind=DifferenceKind(kind))
        )
    return {tuple(sorted(own)): exchanges[key] for key, own in members.items()}


def _rows(connection: Connection, release: str) -> Iterable[tuple[str, str, int, str, str]]:
    links = renaming_signatures.c
    query = (
        select(
            *(renamings.c.id, renamings.c.endpoint_id, renamings.c.exchanges),
            *(signatures.c.location, signatures.c.kind),
        )
        .join(endpoint_rows, endpoint_rows.c.id == renamings.c.endpoint_id)
        .join(renaming_signatures, links.renaming_id == renamings.c.id)
        .join(signatures, signatures.c.id == links.signature_id)
        .where(endpoint_rows.c.release == release)
    )
    return (tuple(row) for row in connection.execute(query))
