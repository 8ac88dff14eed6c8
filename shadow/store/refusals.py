"""How often somebody was not let in: a counter for each kind, and of each token that is known."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Engine, select, update

from shadow.store import upserts
from shadow.store.tables import refusals
from shadow.store.transactions import reading, writing


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusals:
    """`many` refusals of one kind.

    `who` is the name of a token or a session, empty where it is not known; `address` and `route`
    are of the last one, and the times in epoch seconds.
    """

    kind: str
    who: str
    many: int
    first_at: float
    last_at: float
    address: str
    route: str


class RefusalBook:
    """Counts refusals in a store; all raise `UnavailableError` when it can't be used."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, found: Iterable[Refusals]) -> None:
        """Add to what was counted before."""
        with writing(self._engine) as connection:
            for each in sorted(found, key=lambda one: (one.kind, one.who)):
                new = {"kind": each.kind, "who": each.who, "n": 0, "first_at": each.first_at}
                last = {"last_at": each.last_at, "address": each.address, "route": each.route}
                upserts.ensure(connection, refusals, [{**new, **last}])
                own = (refusals.c.kind == each.kind) & (refusals.c.who == each.who)
                more = {"n": refusals.c.n + each.many, **last}
                connection.execute(update(refusals).where(own).values(more))

    def all(self) -> tuple[Refusals, ...]:
        """Return all that is counted, the last one first."""
        query = select(refusals).order_by(refusals.c.last_at.desc(), refusals.c.kind)
        with reading(self._engine) as connection:
            return tuple(
                Refusals(
                    kind=row.kind,
                    who=row.who,
                    many=row.n,
                    first_at=row.first_at,
                    last_at=row.last_at,
                    address=row.address,
                    route=row.route,
                )
                for row in connection.execute(query)
            )
