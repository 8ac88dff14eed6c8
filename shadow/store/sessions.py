"""Sessions: browsers that have signed in. Only the digest of a cookie is kept."""

import secrets
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, Row, delete, select, update

from shadow.model import Role, Token
from shadow.store.tables import sessions, tokens
from shadow.store.tokens import digest_of
from shadow.store.transactions import reading, writing

MOST_SESSIONS = 1_000
"""How many there may be; whoever was seen the longest ago has to sign in again."""

MOST_OF_ONE = 50
"""How many there may be of one name."""

SEEN_SECONDS = 60.0
"""How exact it is kept when a session was last seen."""

_SECRET_BYTES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """Somebody who has signed in; times are in epoch seconds, `seen_at` is exact to the minute."""

    name: str
    role: Role
    created_at: float
    expires_at: float
    seen_at: float


class SessionBook:
    """The sessions of a store; all raise `UnavailableError` when it can't be used.

    A session ends `lasts_seconds` after it was opened, `idle_seconds` after it was last seen, and
    with the token that it was opened with.
    """

    def __init__(self, engine: Engine, lasts_seconds: float, idle_seconds: float) -> None:
        self._engine = engine
        self._lasts_seconds = lasts_seconds
        self._idle_seconds = idle_seconds

    def open(self, name: str, role: Role, now: float, token: Token | None = None) -> str:
        """Begin a session and return the secret of its cookie."""
        secret = secrets.token_urlsafe(_SECRET_BYTES)
        row = {
            "digest": digest_of(secret),
            "name": name,
            "role": role.value,
            "token_id": token.id if token else None,
            "created_at": now,
            "expires_at": now + self._lasts_seconds,
            "seen_at": now,
        }
        with writing(self._engine) as connection:
            self._make_room(connection, name, now)
            connection.execute(sessions.insert(), row)
        return secret

    def find(self, secret: str, now: float) -> Session | None:
        """Return the session of a cookie, None where there is none that still holds."""
        query = (
            select(sessions, tokens.c.revoked_at, tokens.c.expires_at.label("token_expires_at"))
            .outerjoin(tokens)
            .where(sessions.c.digest == digest_of(secret))
        )
        with reading(self._engine) as connection:
            row = connection.execute(query).one_or_none()
        return _session(row) if row is not None and self._holds(row, now) else None

    def seen(self, secret: str, now: float) -> None:
        """Write down that somebody is still there."""
        with writing(self._engine) as connection:
            change = update(sessions).where(sessions.c.digest == digest_of(secret))
            connection.execute(change.values(seen_at=now))

    def close(self, secret: str) -> None:
        """End a session, if there is one."""
        with writing(self._engine) as connection:
            connection.execute(delete(sessions).where(sessions.c.digest == digest_of(secret)))

    def _holds(self, row: Row[tuple[object, ...]], now: float) -> bool:
        if row.revoked_at is not None or now >= row.expires_at:
            return False
        if row.token_expires_at is not None and now >= row.token_expires_at:
            return False
        return bool(now < row.seen_at + self._idle_seconds + SEEN_SECONDS)

    def _make_room(self, connection: Connection, name: str, now: float) -> None:
        over = (sessions.c.expires_at <= now) | (sessions.c.seen_at <= now - self._idle_seconds)
        connection.execute(delete(sessions).where(over))
        latest = select(sessions.c.digest).order_by(sessions.c.seen_at.desc(), sessions.c.digest)
        for query, most in (
            (latest.where(sessions.c.name == name), MOST_OF_ONE),
            (latest, MOST_SESSIONS),
        ):
            surplus = tuple(connection.scalars(query.offset(most - 1)))
            connection.execute(delete(sessions).where(sessions.c.digest.in_(surplus)))


def _session(row: Row[tuple[object, ...]]) -> Session:
    return Session(
        name=row.name,
        role=Role(row.role),
        created_at=row.created_at,
        expires_at=row.expires_at,
        seen_at=row.seen_at,
    )
