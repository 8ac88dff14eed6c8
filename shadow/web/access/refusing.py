"""What is refused, and how often: counted in memory, written down now and then, never per request.

Whoever is refused can make nothing grow: there is a counter for each kind and each known name.
"""

import asyncio
import logging
import time
from dataclasses import replace
from enum import StrEnum

from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from shadow.errors import UnavailableError
from shadow.store.refusals import RefusalBook, Refusals

logger = logging.getLogger(__name__)

_MOST_NAMES = 1_000
_MOST_SAID = 1_000
_WRITE_SECONDS = 5.0


class Kind(StrEnum):
    """Why somebody was not let in."""

    HOST = "host"
    """The Host header names another server: DNS rebinding, or `web.hosts` lacks a name."""
    CROSS_SITE = "cross-site"
    """A page of another site made a browser ask."""
    FORM_TOKEN = "form-token"  # noqa: S105 - not a password
    """A change came without the token of its page."""
    NOT_SIGNED_IN = "not-signed-in"
    UNKNOWN_TOKEN = "unknown-token"  # noqa: S105 - not a password
    EXPIRED_TOKEN = "expired-token"  # noqa: S105 - not a password
    REVOKED_TOKEN = "revoked-token"  # noqa: S105 - not a password
    PROVIDER = "provider"
    """Signing in by OpenID Connect came to nothing."""
    ROLE = "role"
    """Who asked may do less than that."""
    TOO_OFTEN = "too-often"
    """Signing in was tried too often."""


class RefusedError(HTTPException):
    """A request that is not served; `who` is the name of whoever asked, where that is known."""

    def __init__(
        self,
        kind: Kind,
        status: int,
        detail: str,
        who: str = "",
        headers: dict[str, str] | None = None,
    ) -> None:
        self.kind = kind
        self.who = who
        super().__init__(status, detail, headers)


class RefusalTally:
    """Counts what is refused until it is written down."""

    def __init__(self, book: RefusalBook) -> None:
        self._book = book
        self._found: dict[tuple[Kind, str], Refusals] = {}

    def add(self, request: Request, refused: RefusedError) -> None:
        """Count a refusal."""
        now = time.time()
        who = refused.who if len(self._found) < _MOST_NAMES else ""
        route = getattr(request.scope.get("route"), "path", "")
        new = Refusals(
            kind=refused.kind.value,
            who=who,
            many=1,
            first_at=now,
            last_at=now,
            address=request.client.host if request.client else "",
            route=f"{request.method} {route}".strip(),
        )
        known = self._found.get((refused.kind, who))
        if known is not None:
            new = replace(new, many=known.many + 1, first_at=known.first_at)
        self._found[refused.kind, who] = new

    async def write_down(self) -> None:
        """Add what was counted to the store; where that can't be, it is tried again."""
        found, self._found = self._found, {}
        if not found:
            return
        kinds = ", ".join(f"{each.many} {each.kind}" for each in found.values())
        logger.warning("requests refused: %s", kinds[:_MOST_SAID])
        try:
            await run_in_threadpool(self._book.add, (*found.values(),))
        except UnavailableError as error:
            logger.warning("refusals are not stored: %s", error)
            self._found = {**found, **self._found}

    async def keep_writing(self) -> None:
        """Write down what there is, now and then, until cancelled."""
        while True:
            await asyncio.sleep(_WRITE_SECONDS)
            await self.write_down()
