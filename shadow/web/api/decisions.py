"""What people decide about a release, as `shadow approve` does; all of it is in the audit log."""

import time
from datetime import date
from typing import Annotated

from fastapi import Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from shadow.commands.deciding import (
    MAX_NAME_CHARS,
    MAX_REASON_CHARS,
    Decide,
    Signer,
    acceptance,
    signing_off,
    withdrawal,
)
from shadow.model import Approval, BugLink, KeptRule, Role, SignOff, Verdict
from shadow.report.json import Json, kept_rule_document
from shadow.store.audit import AuditEntry, AuditLog
from shadow.store.reader import StoreReader
from shadow.verdict.identity import finding_id
from shadow.web.access.caller import caller_of
from shadow.web.access.routes import routes_for
from shadow.web.api import PREFIX
from shadow.web.api.paging import Limit, Offset, json_response, page_of
from shadow.web.api.releases import ReleaseName
from shadow.web.api.schemas import ENTRY, object_of, page_schema, responses
from shadow.web.context import web_of

_PREFIX = f"{PREFIX}/releases"
reading = routes_for(Role.READ, _PREFIX, is_strict=True)
deciding = routes_for(Role.APPROVE, _PREFIX, is_strict=True)

By = Annotated[
    str,
    Field(
        max_length=MAX_NAME_CHARS // 2,
        description="Who decides; needed where nobody has signed in. It is written down beside "
        "the name of the token or the session.",
    ),
]
Reason = Annotated[
    str, Field(min_length=1, max_length=MAX_REASON_CHARS, description="Why; for whoever reads it.")
]
FindingId = Annotated[
    str, Field(pattern="^[0-9a-f]{12}$", description="The id of the finding, 12 digits.")
]
Expires = Annotated[
    date | None, Field(description="Last day (UTC) that it holds; without it, for good.")
]

DECIDED = object_of(
    entry=ENTRY,
    broken_at={
        "anyOf": [{"type": "integer"}, {"type": "null"}],
        "description": "The first entry of the log that is not as it was written, if any.",
    },
)
"""What a decision is answered with."""


class Body(BaseModel):
    """What a decision is asked for with; a name that is not known is a mistake."""

    model_config = ConfigDict(extra="forbid")


class Acceptance(Body):
    """A finding is as intended."""

    finding: FindingId
    reason: Reason
    expires: Expires = None
    by: By = ""


class Withdrawal(Body):
    """An approval is taken back."""

    finding: FindingId
    reason: Reason
    by: By = ""


class SigningOff(Body):
    """A release may go on."""

    override: Annotated[
        bool, Field(description="Whatever the verdict is; this needs a reason.")
    ] = False
    reason: Annotated[str, Field(max_length=MAX_REASON_CHARS)] = ""
    by: By = ""


@reading.get(
    "/{release}/approvals",
    summary="List what was decided",
    responses=responses(page_schema(ENTRY), 404),
)
def approvals(
    request: Request, release: ReleaseName, limit: Limit = 100, offset: Offset = 0
) -> Response:
    """The audit log's entries about the release, in the order they were given."""
    web = web_of(request)
    entries = AuditLog(web.store).entries(release)
    if not entries:
        web.reader.require(release)
    return page_of(request, entries, limit, offset, entry_document)


@deciding.post(
    "/{release}/approvals",
    summary="Accept a finding as intended",
    status_code=201,
    responses=responses(DECIDED, 404, 409, status=201),
)
async def accept(request: Request, release: ReleaseName, body: Acceptance) -> Response:
    """From then on the finding counts neither way in this release."""
    signer = signer_from(request, body.by, body.reason)

    def decide(verdict: Verdict, _reader: StoreReader) -> Approval:
        return acceptance(verdict, body.finding, signer, time.time(), body.expires)

    return await decided_on(request, release, decide)


@deciding.post(
    "/{release}/withdrawals",
    summary="Take an approval back",
    status_code=201,
    responses=responses(DECIDED, 404, 409, status=201),
)
async def withdraw(request: Request, release: ReleaseName, body: Withdrawal) -> Response:
    """The finding counts again, as if it had never been accepted."""
    signer = signer_from(request, body.by, body.reason)

    def decide(verdict: Verdict, reader: StoreReader) -> Approval:
        acts = reader.approvals(release)
        return withdrawal(verdict, acts, body.finding, signer, time.time())

    return await decided_on(request, release, decide)


@deciding.post(
    "/{release}/sign-off",
    summary="Sign the release off",
    status_code=201,
    responses=responses(DECIDED, 404, 409, status=201),
)
async def sign_off(request: Request, release: ReleaseName, body: SigningOff) -> Response:
    """On PASS, or against the verdict; it changes nothing of what the gate says."""
    signer = signer_from(request, body.by, body.reason)

    def decide(verdict: Verdict, _reader: StoreReader) -> SignOff:
        return signing_off(verdict, signer, time.time(), override=body.override)

    return await decided_on(request, release, decide)


def entry_document(entry: AuditEntry) -> Json:
    """Write an entry of the audit log about a release."""
    act = entry.act
    said: dict[str, Json] = {
        "number": entry.number,
        "at": act.at,
        "by": act.by,
        "verdict_id": act.verdict_id,
        "digest": entry.digest,
    }
    match act:
        case Approval():
            return {
                **said,
                "what": "withdrawn" if act.withdrawn else "accepted",
                "reason": act.reason,
                "findings": [finding_id(place) for place in act.places],
                "expires": str(act.expires) if act.expires else None,
            }
        case SignOff():
            decision = {"decision": act.decision.value, "override": act.override}
            return {**said, "what": "signed-off", "reason": act.reason, **decision}
        case KeptRule():
            return {
                **said,
                "what": "rule-withdrawn" if act.withdrawn else "rule-kept",
                "reason": act.reason,
                "rule": kept_rule_document(act),
            }
        case BugLink():
            return {
                **said,
                "what": "no-bug" if act.withdrawn else "bug",
                "link": act.link,
                "findings": [finding_id(place) for place in act.places],
            }
        case _:
            return said


def signer_from(request: Request, by: str, reason: str) -> Signer:
    """Return who signs with a body that says so; raises `UsageError` where it does not."""
    caller = caller_of(request)
    return Signer(by=caller.signs_as(by) if caller else by, reason=reason)


async def decided_on(request: Request, release: str, decide: Decide) -> Response:
    """Write down what somebody decides about a release, and answer with the log's entry."""
    web = web_of(request)
    await run_in_threadpool(web.reader.require, release)
    done = await web.verdicts.decide(release, decide)
    body: Json = {"entry": entry_document(done.entry), "broken_at": done.broken_at}
    return json_response(body, status=201)
