"""Who decides on a page, and what the form says of it."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from fastapi import Request

from shadow.commands.deciding import Decide, Signer
from shadow.errors import ConflictError, NotFoundError, UsageError
from shadow.model import Role
from shadow.web.access.caller import Proof, caller_of
from shadow.web.context import Web
from shadow.web.judging import Judged


@dataclass(frozen=True, slots=True, kw_only=True)
class Decider:
    """Whoever looks at a page; `must_name` where nobody has signed in."""

    may_decide: bool
    must_name: bool


def decider_of(request: Request) -> Decider:
    """Return what whoever asks may decide."""
    caller = caller_of(request)
    return Decider(
        may_decide=caller is not None and caller.role.covers(Role.APPROVE),
        must_name=caller is not None and caller.proof is Proof.LOCAL,
    )


def signer_of(request: Request, form: Mapping[str, str]) -> Signer:
    """Return who signs with this form; raises `UsageError` where it does not say."""
    caller, by = caller_of(request), form.get("by", "").strip()
    reason = " ".join(form.get("reason", "").split())
    return Signer(by=caller.signs_as(by) if caller else by, reason=reason)


async def why_undecided(web: Web, release: str, decide: Decide) -> tuple[Judged, int, str] | None:
    """Write a decision down; of one that can't be, return verdict, status and what is wrong.

    Raises `NotFoundError` where there is no such release or finding.
    """
    await asyncio.to_thread(web.reader.require, release)
    try:
        await web.verdicts.decide(release, decide)
    except NotFoundError:
        raise
    except UsageError as error:
        status = 409 if isinstance(error, ConflictError) else 422
        return await web.verdicts.current(release), status, str(error)
    return None


def day_in(text: str) -> date | None:
    """Read the last day of an approval, None for none; raises `UsageError` for what is no day."""
    if not text.strip():
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise UsageError("the last day has to be written like 2027-01-31") from None
