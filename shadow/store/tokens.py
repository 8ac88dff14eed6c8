"""Tokens: who may be let in over HTTP, and by what secret.

Of a secret only the SHA-256 is kept. A slow hash with a salt, as passwords need, would add nothing:
a secret is 256 random bits, so there is no list of likely ones to try, nor are two ever the same.
"""

import secrets
from collections.abc import Iterable
from hashlib import sha256

from sqlalchemy import Connection, Engine, Row, func, select, update

from shadow.errors import ConflictError, NotFoundError
from shadow.model import Role, Token, TokenChange
from shadow.store import audit
from shadow.store.tables import tokens
from shadow.store.transactions import reading, writing

PREFIX = "shadow_"
"""How every secret begins, so that scanners of source code know one."""

MOST_TOKENS = 1_000
"""How many may hold at once."""

USED_SECONDS = 3600.0
"""How exact it is kept when a token was last used."""

_SECRET_BYTES = 32
_ID_BYTES = 6
_MOST_NAMED = 20


class TokenBook:
    """The tokens of a store; all raise `UnavailableError` when it can't be used."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def create(
        self, name: str, role: Role, now: float, expires_at: float | None = None, by: str = ""
    ) -> tuple[Token, str]:
        """Make a token and return it with its secret, which is kept nowhere.

        Raises `ConflictError` when another holds by this name, or too many do.
        """
        secret = PREFIX + secrets.token_urlsafe(_SECRET_BYTES)
        token = Token(
            id=secrets.token_hex(_ID_BYTES),
            name=name,
            role=role,
            created_at=now,
            expires_at=expires_at,
        )
        with writing(self._engine) as connection:
            # The entry's turn is that of the token too: two can't take one name at once.
            audit.append(connection, _change(token, by, now))
            _check_room(connection, name)
            row = {
                "id": token.id,
                "name": name,
                "role": role.value,
                "digest": digest_of(secret),
                "created_at": now,
                "expires_at": expires_at,
            }
            connection.execute(tokens.insert(), row)
        return token, secret

    def revoke(self, wanted: str, now: float, by: str = "") -> Token:
        """End a token, by id or name, for good; raises `NotFoundError` when none holds by that."""
        with writing(self._engine) as connection:
            holds = tokens.c.revoked_at.is_(None)
            named = select(tokens).where(holds, (tokens.c.id == wanted) | (tokens.c.name == wanted))
            # A name may look like another one's id.
            rows = connection.execute(named.order_by(tokens.c.id != wanted)).all()
            if not rows:
                raise NotFoundError(
                    _there_are(connection.scalars(select(tokens.c.name).where(holds)))
                )
            token = _token(rows[0])
            audit.append(connection, _change(token, by, now, revoked=True))
            change = update(tokens).where(tokens.c.id == token.id)
            connection.execute(change.values(revoked_at=now))
        return token

    def all(self) -> tuple[Token, ...]:
        """Return all there ever were, the newest first."""
        query = select(tokens).order_by(tokens.c.created_at.desc(), tokens.c.id)
        with reading(self._engine) as connection:
            return tuple(_token(row) for row in connection.execute(query))

    def any(self) -> bool:
        """Tell whether there ever was one, whether or not it still holds."""
        with reading(self._engine) as connection:
            return connection.execute(select(tokens.c.id).limit(1)).first() is not None

    def shown(self, secret: str) -> Token | None:
        """Return the token of a secret, whether or not it still holds; None where there is none."""
        query = select(tokens).where(tokens.c.digest == digest_of(secret))
        with reading(self._engine) as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else _token(row)

    def used(self, token_id: str, now: float) -> None:
        """Write down that a token was used."""
        with writing(self._engine) as connection:
            change = update(tokens).where(tokens.c.id == token_id)
            connection.execute(change.values(used_at=now))


def digest_of(secret: str) -> str:
    """Return what is kept of a secret, of a token or a cookie."""
    return sha256(secret.encode()).hexdigest()


def _change(token: Token, by: str, now: float, *, revoked: bool = False) -> TokenChange:
    return TokenChange(
        token=token.id,
        name=token.name,
        role=token.role,
        by=by,
        at=now,
        expires_at=token.expires_at,
        revoked=revoked,
    )


def _check_room(connection: Connection, name: str) -> None:
    living = tokens.c.revoked_at.is_(None)
    if connection.execute(select(tokens.c.id).where(living, tokens.c.name == name)).first():
        hint = "revoke it first (`shadow token revoke`), or take another name"
        raise ConflictError(f"there is a token with the name {name} already; {hint}")
    if int(connection.scalar(select(func.count()).where(living)) or 0) >= MOST_TOKENS:
        raise ConflictError(f"there are {MOST_TOKENS:,} tokens already; revoke what nobody uses")


def _there_are(names: Iterable[str]) -> str:
    known = sorted(names)
    if not known:
        return "there is no such token, nor any other that holds"
    more = f" and {len(known) - _MOST_NAMED} more" if len(known) > _MOST_NAMED else ""
    return f"there is no such token; there are {', '.join(known[:_MOST_NAMED])}{more}"


def _token(row: Row[tuple[object, ...]]) -> Token:
    return Token(
        id=row.id,
        name=row.name,
        role=Role(row.role),
        created_at=row.created_at,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
        used_at=row.used_at,
    )
