"""Who may have what: asked before each route, whatever it serves."""

import secrets

from fastapi import HTTPException, Request

from shadow.model import Role
from shadow.web.access.caller import Caller, Proof

_CALLER = "shadow_caller"


class Access:
    """Knows who asks; without a token in the store, that is this machine's user."""

    def __init__(self) -> None:
        self._local = Caller(
            name="", role=Role.ADMIN, proof=Proof.LOCAL, form_token=secrets.token_urlsafe(32)
        )

    async def admit(self, request: Request, needed: Role | None) -> None:
        """Let a request through; raises HTTPException for whoever may not."""
        caller = self._local
        setattr(request.state, _CALLER, caller)
        if needed is not None and not caller.role.covers(needed):
            raise HTTPException(403, f"this takes the role {needed}; yours is {caller.role}")


def caller_of(request: Request) -> Caller | None:
    """Who sent this request; None where that was not asked, or nobody has signed in."""
    found: Caller | None = getattr(request.state, _CALLER, None)
    return found
