"""Who sent a request."""

from dataclasses import dataclass
from enum import Enum, auto

from fastapi import Request

from shadow.errors import UsageError
from shadow.model import Role

_ATTRIBUTE = "shadow_caller"


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
    form_token: str = ""

    def signs_as(self, given: str) -> str:
        """Return the name that a decision is written down with.

        `given` is what somebody says their name is: it stands beside the name that is proven, and
        alone where none is. Raises `UsageError` where there is neither.
        """
        if self.proof is Proof.LOCAL and not given:
            raise UsageError("say who decides: `by` is needed where nobody has signed in")
        if self.proof is Proof.LOCAL:
            return given
        return f"{given} (signed in as {self.name})" if given not in {"", self.name} else self.name


def caller_of(request: Request) -> Caller | None:
    """Who sent this request; None where that was not asked, or nobody has signed in."""
    found: Caller | None = getattr(request.state, _ATTRIBUTE, None)
    return found


def remember(request: Request, caller: Caller | None) -> None:
    """Let `caller_of` know who sent this request."""
    setattr(request.state, _ATTRIBUTE, caller)
