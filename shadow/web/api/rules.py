"""Rules that the store keeps, as `shadow rules keep` and `withdraw` do."""

import time
from collections.abc import Collection
from typing import Annotated

from fastapi import Request
from pydantic import Field
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from shadow.commands.judging import rules_made_for
from shadow.commands.keeping import (
    MAX_ENDPOINT_CHARS,
    MAX_RULE_NAME_CHARS,
    RuleWanted,
    kept_rule,
    narrowest_rule,
    rule_kept,
    rule_withdrawn,
)
from shadow.diff.rules.rule import Rule
from shadow.errors import UsageError
from shadow.model import KeptRule, Role, Verdict
from shadow.report.json import kept_rule_document
from shadow.settings.rule_files import rules_from
from shadow.store.reader import StoreReader
from shadow.web.access.routes import routes_for
from shadow.web.api import PREFIX
from shadow.web.api.decisions import (
    DECIDED,
    Body,
    By,
    Expires,
    FindingId,
    Reason,
    decided_on,
    signer_from,
)
from shadow.web.api.paging import Limit, Offset, page_of
from shadow.web.api.releases import ReleaseName
from shadow.web.api.schemas import KEPT_RULE, page_schema, responses
from shadow.web.context import web_of

_PREFIX = f"{PREFIX}/releases"
reading = routes_for(Role.READ, _PREFIX, is_strict=True)
deciding = routes_for(Role.APPROVE, _PREFIX, is_strict=True)

RuleName = Annotated[
    str, Field(min_length=1, max_length=MAX_RULE_NAME_CHARS, description="The name of the rule.")
]


class RuleGiven(Body):
    """What a rule excuses, where, as rule files have it."""

    name: RuleName
    location: Annotated[str, Field(min_length=1, max_length=1_000)]
    action: Annotated[
        str,
        Field(
            max_length=50,
            description="One that place and kind decide: ignore, same_shape, added_ok, unordered.",
        ),
    ]
    endpoint: Annotated[str, Field(min_length=1, max_length=MAX_ENDPOINT_CHARS)] = "*"


class Keeping(Body):
    """A rule is kept: `rule`, or the narrowest one that covers `finding`."""

    rule: RuleGiven | None = None
    finding: Annotated[
        FindingId | None, Field(description="The id of a difference that the rule has to cover.")
    ] = None
    reason: Reason
    expires: Expires = None
    only_here: Annotated[bool, Field(description="It holds in no later release.")] = False
    by: By = ""


class RuleWithdrawal(Body):
    """A rule is kept no longer."""

    name: RuleName
    reason: Reason
    by: By = ""


@reading.get(
    "/{release}/rules",
    summary="List the rules that are kept for it",
    responses=responses(page_schema(KEPT_RULE), 404),
)
def rules(
    request: Request, release: ReleaseName, limit: Limit = 100, offset: Offset = 0
) -> Response:
    """Those that the store keeps for this release, expired ones too, in the order they came."""
    kept = rules_made_for(release, web_of(request).reader)
    if not kept:
        web_of(request).reader.require(release)
    return page_of(request, kept, limit, offset, kept_rule_document)


@deciding.post(
    "/{release}/rules",
    summary="Keep a rule",
    status_code=201,
    responses=responses(DECIDED, 404, 409, status=201),
)
async def keep(request: Request, release: ReleaseName, body: Keeping) -> Response:
    """From then on verdicts excuse by it what was counted, in this release and later ones."""
    signer = signer_from(request, body.by, body.reason)
    taken = {rule.name for rule in web_of(request).settings.rules}

    def decide(verdict: Verdict, reader: StoreReader) -> KeptRule:
        wanted = RuleWanted(
            rule=_rule(body, verdict, reader, taken),
            expires=body.expires,
            only_here=body.only_here,
            finding=body.finding or "",
        )
        return rule_kept(verdict, reader, wanted, signer, time.time(), taken)

    return await decided_on(request, release, decide)


@deciding.post(
    "/{release}/rules/withdrawals",
    summary="Keep a rule no longer",
    status_code=201,
    responses=responses(DECIDED, 404, 409, status=201),
)
async def withdraw(request: Request, release: ReleaseName, body: RuleWithdrawal) -> Response:
    """What it excused counts again, in every release; the log has it where the rule was made."""
    signer = signer_from(request, body.by, body.reason)
    web = web_of(request)
    await run_in_threadpool(web.reader.require, release)
    made = await run_in_threadpool(kept_rule, web.reader, body.name)

    def decide(verdict: Verdict, reader: StoreReader) -> KeptRule:
        return rule_withdrawn(kept_rule(reader, body.name), verdict, signer, time.time())

    return await decided_on(request, made.release, decide)


def _rule(body: Keeping, verdict: Verdict, reader: StoreReader, taken: Collection[str]) -> Rule:
    if body.rule is not None:
        return rules_from([{**body.rule.model_dump(), "reason": body.reason}], "rule")[0]
    if body.finding is None:
        raise UsageError("say what to keep: a rule, or a finding")
    return narrowest_rule(verdict, reader, body.finding, taken)
