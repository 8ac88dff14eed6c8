"""Which decision of a release others were told last, so that each change is told once.

Several servers may look after one store: whoever takes a change up is the one that tells it.
"""

from sqlalchemy import Engine, select, update

from shadow.store import upserts
from shadow.store.tables import told
from shadow.store.transactions import reading, writing

_NOTHING = ""


class ToldBook:
    """Keeps it in a store; all raise `UnavailableError` when it can't be used."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def last(self, release: str) -> str | None:
        """Return the decision that was told last, None where none was."""
        query = select(told.c.decision).where(told.c.release == release)
        with reading(self._engine) as connection:
            return connection.scalar(query) or None

    def take_up(self, release: str, before: str | None, decision: str, now: float) -> bool:
        """Write down that a decision is told; False where another server has done so.

        `before` is what `last` returned. The release has to be in the store.
        """
        return self._set(release, before or _NOTHING, decision, now)

    def give_back(self, release: str, before: str | None, decision: str, now: float) -> None:
        """Write down that it could not be told after all."""
        self._set(release, decision, before or _NOTHING, now)

    def _set(self, release: str, old: str, new: str, now: float) -> bool:
        own = (told.c.release == release) & (told.c.decision == old)
        with writing(self._engine) as connection:
            row = {"release": release, "decision": _NOTHING, "at": now}
            upserts.ensure(connection, told, [row])
            done = connection.execute(update(told).where(own).values(decision=new, at=now))
            return done.rowcount == 1
