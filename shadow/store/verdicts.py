"""What the gate has said: the latest verdicts of a release, and those that people decided on."""

from dataclasses import dataclass

from sqlalchemy import Connection, Engine, delete, select

from shadow.errors import NotFoundError
from shadow.store import upserts
from shadow.store.tables import audit_log, verdicts
from shadow.store.transactions import reading, writing

MAX_VERDICTS = 1_000
"""Of a release's verdicts, so many are kept, and the ones that the audit log refers to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredVerdict:
    """A verdict as it rests in the store; `decided_at` in epoch seconds.

    `id` are at most 32 characters, `content` is whatever its reader understands.
    """

    id: str
    release: str
    decided_at: float
    decision: str
    policy_hash: str
    content: bytes


class VerdictShelf:
    """Keeps verdicts in a store.

    All raise `UnavailableError` when the store can't be used.
    """

    def __init__(self, engine: Engine, most: int = MAX_VERDICTS) -> None:
        self._engine = engine
        self._most = most

    def keep(self, verdict: StoredVerdict) -> None:
        """Keep a verdict of a release that is there; the same one again changes nothing."""
        row = {
            "id": verdict.id,
            "release": verdict.release,
            "decided_at": verdict.decided_at,
            "decision": verdict.decision,
            "policy_hash": verdict.policy_hash,
            "content": verdict.content,
        }
        with writing(self._engine) as connection:
            upserts.ensure(connection, verdicts, [row])
            _forget_old(connection, verdict.release, self._most)

    def content(self, verdict_id: str) -> bytes:
        """Return what was kept of a verdict; raises `NotFoundError` when there is none."""
        query = select(verdicts.c.content).where(verdicts.c.id == verdict_id)
        with reading(self._engine) as connection:
            content: bytes | None = connection.scalar(query)
        if content is None:
            hint = f"of each release the last {self._most:,} are kept, and those in the audit log"
            raise NotFoundError(f"there is no verdict {verdict_id!r} in the store; {hint}")
        return content


def _forget_old(connection: Connection, release: str, most: int) -> None:
    own = select(verdicts.c.id).where(verdicts.c.release == release)
    old = own.order_by(verdicts.c.decided_at.desc(), verdicts.c.id).offset(most)
    surplus = tuple(connection.scalars(old))
    if surplus:
        referred = select(audit_log.c.verdict_id).where(audit_log.c.verdict_id == verdicts.c.id)
        connection.execute(delete(verdicts).where(verdicts.c.id.in_(surplus), ~referred.exists()))
