"""Which traits and groups of an endpoint have rows, so that their number stays bounded.

Where a name has no room for more values they are counted under `OTHER`, so that all of a name's
counts still add up to the exchanges that have it. A name that finds no room is not counted.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace

from sqlalchemy import Connection, func, select

from shadow.model import OTHER, Endpoint, Group, GroupCounts, Trait
from shadow.store.keys import endpoint_id, group_id
from shadow.store.limits import StoreLimits
from shadow.store.tables import cause_groups, endpoint_traits, group_signatures, releases
from shadow.store.tally import Tally


class CauseRoom:
    """One transaction after another asks it where to count traits and groups.

    It remembers what it has read and given: make a new one when a transaction fails.
    """

    def __init__(self, release: str, limits: StoreLimits) -> None:
        self._release = release
        self._limits = limits
        self._values: dict[str, dict[str, set[str]]] = {}
        self._groups: dict[str, set[str]] = {}

    def placed(self, connection: Connection, counts: Tally) -> Tally:
        """Return the counts with their traits and groups where there is room for them."""
        traits = {endpoint_id(self._release, each): own for each, own in counts.traits.items()}
        self._read_values(connection, traits)
        groups = self._with_room(connection, counts.groups)
        return replace(
            counts,
            traits={each: self._moved(each, own) for each, own in counts.traits.items()},
            groups={
                group: replace(own, traits=self._moved(group[0].endpoint, own.traits))
                for group, own in groups.items()
            },
        )

    def _moved(self, endpoint: Endpoint, traits: Mapping[Trait, int]) -> Mapping[Trait, int]:
        """Take rows in the order of names, so that it does not matter who counted first."""
        shelf = self._values[endpoint_id(self._release, endpoint)]
        moved: Counter[Trait] = Counter()
        for trait in sorted(traits):
            if self._take(shelf, trait):
                moved[trait] += traits[trait]
            elif trait.name in shelf:
                moved[Trait(trait.name, OTHER)] += traits[trait]
        return moved

    def _take(self, shelf: dict[str, set[str]], trait: Trait) -> bool:
        """Give a row to a trait if there is one; that it is there needs none."""
        if not self._has_room(shelf, trait):
            return False
        values = shelf.setdefault(trait.name, set())
        if trait.value:
            values.add(trait.value)
        return True

    def _has_room(self, shelf: Mapping[str, set[str]], trait: Trait) -> bool:
        first = trait.name in self._limits.traits_first
        values = shelf.get(trait.name)
        if values is None:
            own = sum(name not in self._limits.traits_first for name in shelf)
            return first or own < self._limits.max_trait_names
        limits = self._limits
        most = limits.max_first_trait_values if first else limits.max_trait_values
        return trait.value in values or not trait.value or len(values) < most

    def _is_known(self, shelf: Mapping[str, set[str]], trait: Trait) -> bool:
        values = shelf.get(trait.name)
        return values is not None and (not trait.value or trait.value in values)

    def _read_values(
        self, connection: Connection, wanted: Mapping[str, Mapping[Trait, int]]
    ) -> None:
        """Read again where another process's rows matter to what happens to these traits."""
        stale = [
            parent
            for parent, traits in wanted.items()
            if parent not in self._values or self._may_take(self._values[parent], traits)
        ]
        if not stale:
            return
        _lock(connection, self._release)
        for parent in stale:
            self._values[parent] = {}
        columns = endpoint_traits.c
        query = select(columns.endpoint_id, columns.name, columns.value)
        for row in connection.execute(query.where(columns.endpoint_id.in_(stale))):
            values = self._values[row.endpoint_id].setdefault(row.name, set())
            values |= {row.value} - {"", OTHER}

    def _may_take(self, shelf: Mapping[str, set[str]], traits: Iterable[Trait]) -> bool:
        return any(
            not self._is_known(shelf, trait) and self._has_room(shelf, trait) for trait in traits
        )

    def _with_room(
        self, connection: Connection, groups: Mapping[Group, GroupCounts]
    ) -> Mapping[Group, GroupCounts]:
        """Split the groups that find no room: each of their differences as if it came alone."""
        self._read_groups(connection, groups)
        placed: defaultdict[Group, list[GroupCounts]] = defaultdict(list)
        for group in sorted(groups):
            kept = len(group) == 1 or self._take_group(group)
            for each in [group] if kept else [(signature,) for signature in group]:
                placed[each].append(groups[group])
        return {group: added_up(own) for group, own in placed.items()}

    def _take_group(self, group: Group) -> bool:
        taken = self._groups[endpoint_id(self._release, group[0].endpoint)]
        key = group_id(self._release, group)
        if key not in taken and len(taken) >= self._limits.max_groups_per_endpoint:
            return False
        taken.add(key)
        return True

    def _may_take_groups(self, parent: str, keys: set[str]) -> bool:
        taken = self._groups.get(parent)
        if taken is None:
            return True
        return len(taken) < self._limits.max_groups_per_endpoint and not taken >= keys

    def _read_groups(self, connection: Connection, wanted: Iterable[Group]) -> None:
        keys: defaultdict[str, set[str]] = defaultdict(set)
        for group in wanted:
            if len(group) > 1:
                parent = endpoint_id(self._release, group[0].endpoint)
                keys[parent].add(group_id(self._release, group))
        stale = [parent for parent, own in keys.items() if self._may_take_groups(parent, own)]
        if not stale:
            return
        _lock(connection, self._release)
        self._groups |= {parent: set() for parent in stale}
        columns = cause_groups.c
        query = (
            select(columns.endpoint_id, columns.id)
            .join(group_signatures)
            .where(columns.endpoint_id.in_(stale))
            .group_by(columns.endpoint_id, columns.id)
            .having(func.count() > 1)
        )
        for parent, key in connection.execute(query):
            self._groups[parent].add(key)


def added_up(parts: Iterable[GroupCounts]) -> GroupCounts:
    """Add up the counts of exchanges that are counted as one group."""
    exchanges = 0
    traits: Counter[Trait] = Counter()
    for part in parts:
        exchanges += part.exchanges
        traits.update(part.traits)
    return GroupCounts(exchanges=exchanges, traits=traits)


def _lock(connection: Connection, release: str) -> None:
    """Let one transaction at a time add traits and groups to the release."""
    row = select(releases.c.name).where(releases.c.name == release)
    connection.execute(row.with_for_update(key_share=True))
