"""Who is let in over HTTP, and to what."""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What somebody may do over HTTP; each may do what those before it may."""

    READ = "read"
    APPROVE = "approve"
    ADMIN = "admin"

    def covers(self, needed: "Role") -> bool:
        """Whether whoever has this role may do what takes `needed`."""
        order = tuple(Role)
        return order.index(self) >= order.index(needed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A secret that somebody shows to be let in, by all but the secret itself.

    All times are in epoch seconds; `used_at` is exact to the hour. Without `expires_at` it holds
    until it is revoked.
    """

    id: str
    name: str
    role: Role
    created_at: float
    expires_at: float | None = None
    revoked_at: float | None = None
    used_at: float | None = None

    def holds(self, now: float) -> bool:
        """Whether it lets anybody in."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenChange:
    """That a token was made, or `revoked`; `by` is empty where nobody gave a name."""

    token: str
    name: str
    role: Role
    by: str
    at: float
    expires_at: float | None = None
    revoked: bool = False

    @property
    def release(self) -> str:
        """It is about none."""
        return ""

    @property
    def verdict_id(self) -> str:
        """It rests on none."""
        return ""
