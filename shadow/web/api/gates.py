"""Gates in the words of rollout controllers that read no verdict: a status is yes or no.

Whatever goes wrong is a no: the only yes is 200, for a verdict that was judged just now.
"""

from enum import StrEnum
from typing import Annotated

import orjson
from fastapi import Request
from pydantic import BaseModel, Field, SecretStr
from starlette.exceptions import HTTPException
from starlette.responses import Response

from shadow.model import Decision, Role, Verdict
from shadow.report.plain import visible
from shadow.web.access.routes import routes_for
from shadow.web.api import PREFIX
from shadow.web.api.paging import json_response
from shadow.web.api.releases import ReleaseName
from shadow.web.api.schemas import GATE, responses
from shadow.web.context import web_of

_MOST_CHARS = 300
"""Of a reason; Flagger writes what it is told into an event."""


class Hook(StrEnum):
    """The types of Flagger's webhooks that ask something."""

    CONFIRM_ROLLOUT = "confirm-rollout"
    PRE_ROLLOUT = "pre-rollout"
    ROLLOUT = "rollout"
    CONFIRM_TRAFFIC_INCREASE = "confirm-traffic-increase"
    CONFIRM_PROMOTION = "confirm-promotion"
    ROLLBACK = "rollback"


class FlaggerMetadata(BaseModel):
    """What the webhook's `metadata` holds for Shadow; there may be more."""

    hook: Annotated[
        Hook,
        Field(description="The type of the webhook. For rollback 200 says FAIL, else PASS."),
    ] = Hook.CONFIRM_PROMOTION
    token: Annotated[
        SecretStr,
        Field(description="A token that reads, as Flagger sends no Authorization header."),
    ] = SecretStr("")


class FlaggerCall(BaseModel):
    """What Flagger posts."""

    name: Annotated[str, Field(description="Of the canary.")] = ""
    namespace: str = ""
    phase: str = ""
    metadata: FlaggerMetadata = FlaggerMetadata()


async def _token_in_metadata(request: Request) -> str:
    """Find the token in what Flagger posted; nothing in what can't be read, which is refused."""
    try:
        found = orjson.loads(await request.body())["metadata"]["token"]
    except (orjson.JSONDecodeError, KeyError, TypeError, IndexError):
        return ""
    return found if isinstance(found, str) else ""


routes = routes_for(Role.READ, f"{PREFIX}/gates", is_strict=True, token_of=_token_in_metadata)


@routes.post(
    "/flagger/{release}",
    summary="Answer a webhook of Flagger",
    responses=responses(GATE, 404, 409),
)
async def flagger(request: Request, release: ReleaseName, body: FlaggerCall) -> Response:
    """200 lets Flagger do what its webhook asks for, and 409 does not.

    A rollback is answered 200 on FAIL alone, all else on PASS alone. The verdict is stored.
    """
    board = web_of(request).verdicts
    judged = await board.current(release)
    await board.kept(judged)
    verdict = judged.verdict
    hook = body.metadata.hook
    wanted = Decision.FAIL if hook is Hook.ROLLBACK else Decision.PASS
    if verdict.decision is not wanted:
        raise HTTPException(409, f"no {hook}: {_said(verdict)}")
    return json_response(
        {
            "release": verdict.release,
            "decision": str(verdict.decision),
            "hook": str(hook),
            "verdict": judged.record.id,
            "said": _said(verdict),
        }
    )


def _said(verdict: Verdict) -> str:
    why = f": {visible(verdict.reasons[0], _MOST_CHARS)}" if verdict.reasons else ""
    return f"{verdict.release} is {verdict.decision}{why}"
