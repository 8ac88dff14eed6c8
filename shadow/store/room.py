"""Which endpoints and signatures of a release have rows, so that their number stays bounded."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from sqlalchemy import Connection, select

from shadow.model import OTHER, Differences, Endpoint, Observation, Signature
from shadow.store.keys import endpoint_id, signature_id
from shadow.store.limits import OTHER_ENDPOINT, StoreLimits
from shadow.store.tables import endpoints, releases, signatures
from shadow.store.tally import signatures_of


@dataclass(slots=True)
class _Shelf:
    """Rows that are there, of at most `most`; rows are never taken away."""

    most: int
    taken: set[str]

    def may_take(self, keys: Iterable[str]) -> bool:
        """Tell whether another process's rows matter to what happens to `keys`."""
        return len(self.taken) < self.most and not self.taken.issuperset(keys)

    def take(self, key: str) -> bool:
        """Give a row to `key` if there is one; a key that has one keeps it."""
        if key not in self.taken and len(self.taken) >= self.most:
            return False
        self.taken.add(key)
        return True


class Room:
    """One transaction after another asks it where to count.

    It remembers what it has read and given: make a new one when a transaction fails.
    """

    def __init__(self, release: str, limits: StoreLimits) -> None:
        self._release = release
        self._limits = limits
        self._endpoints: _Shelf | None = None
        self._signatures: dict[str, _Shelf] = {}

    def without(self, connection: Connection, wanted: Iterable[Endpoint]) -> frozenset[Endpoint]:
        """Return the endpoints that find no room."""
        keys = {endpoint_id(self._release, e): e for e in wanted if e != OTHER_ENDPOINT}
        shelf = self._endpoints
        if shelf is None or shelf.may_take(keys):
            shelf = self._endpoints = self._read_endpoints(connection)
        return frozenset(endpoint for key, endpoint in keys.items() if not shelf.take(key))

    def without_signatures(
        self, connection: Connection, wanted: Iterable[Signature]
    ) -> frozenset[Signature]:
        """Return the signatures that find no room at their endpoint."""
        refused: set[Signature] = set()
        by_endpoint = self._by_endpoint(wanted)
        self._read_signatures(connection, by_endpoint)
        for parent, keys in by_endpoint.items():
            shelf = self._signatures[parent]
            refused |= {signature for key, signature in keys.items() if not shelf.take(key)}
        return frozenset(refused)

    def _by_endpoint(self, wanted: Iterable[Signature]) -> Mapping[str, dict[str, Signature]]:
        groups: dict[str, dict[str, Signature]] = {}
        for signature in wanted:
            if signature.location != OTHER:
                parent = endpoint_id(self._release, signature.endpoint)
                groups.setdefault(parent, {})[signature_id(self._release, signature)] = signature
        return groups

    def _read_endpoints(self, connection: Connection) -> _Shelf:
        self._lock(connection)
        other = endpoint_id(self._release, OTHER_ENDPOINT)
        query = select(endpoints.c.id).where(endpoints.c.release == self._release)
        taken = set(connection.scalars(query))
        return _Shelf(most=self._limits.max_endpoints, taken=taken - {other})

    def _read_signatures(
        self, connection: Connection, by_endpoint: Mapping[str, Mapping[str, Signature]]
    ) -> None:
        most = self._limits.max_signatures_per_endpoint
        stale = [
            parent
            for parent, keys in by_endpoint.items()
            if parent not in self._signatures or self._signatures[parent].may_take(keys)
        ]
        if not stale:
            return
        self._lock(connection)
        self._signatures |= {parent: _Shelf(most=most, taken=set()) for parent in stale}
        query = select(signatures.c.endpoint_id, signatures.c.id).where(
            signatures.c.endpoint_id.in_(stale), signatures.c.location != OTHER
        )
        for parent, key in connection.execute(query):
            self._signatures[parent].taken.add(key)

    def _lock(self, connection: Connection) -> None:
        """Let one transaction at a time add endpoints and signatures to the release."""
        row = select(releases.c.name).where(releases.c.name == self._release)
        connection.execute(row.with_for_update(key_share=True))


def at_endpoints(
    observations: tuple[Observation, ...], refused: frozenset[Endpoint]
) -> tuple[Observation, ...]:
    """Move the observations of refused endpoints to `OTHER_ENDPOINT`."""
    return tuple(
        replace(o, endpoint=OTHER_ENDPOINT) if o.endpoint in refused else o for o in observations
    )


def at_locations(
    observations: tuple[Observation, ...], refused: frozenset[Signature]
) -> tuple[Observation, ...]:
    """Move the differences of refused signatures to `OTHER`."""
    return tuple(
        replace(
            o,
            differences=_moved(o.endpoint, o.differences, refused),
            noise=_moved(o.endpoint, o.noise, refused),
        )
        for o in observations
    )


def _moved(
    endpoint: Endpoint, differences: Differences, refused: frozenset[Signature]
) -> Differences:
    return tuple(
        replace(d, location=OTHER) if refused.issuperset(signatures_of(endpoint, (d,))) else d
        for d in differences
    )
