"""Who sent a request."""

from dataclasses import dataclass
from enum import Enum, auto

from shadow.model import Role


class Proof(Enum):
    """How it is known who asks."""

    LOCAL = auto()
    """From this machine, where no token was ever made: whoever can reach the port is its user."""
    TOKEN = auto()
    """By a token in the request itself."""
    SESSION = auto()
    """By a cookie, which a browser sends whoever made it ask."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Somebody who may do what `role` says; `name` is theirs, empty where nobody has signed in.

    `form_token` is what a change has to bring along where the proof is not in the request itself.
    """

    name: str
    role: Role
    proof: Proof
    form_token: str
