"""A rule made of a finding: written out, tried, and ready to be put into the settings."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from urllib.parse import quote

from fastapi import Request
from starlette.responses import Response

from shadow.commands.rules import proposed_rule
from shadow.errors import NotFoundError, SettingsError
from shadow.model import Role
from shadow.settings.rule_files import rule_settings_of
from shadow.web.access.routes import routes_for
from shadow.web.context import web_of
from shadow.web.judging import Judged
from shadow.web.pages.deciders import decider_of
from shadow.web.pages.release import chrome, judging
from shadow.web.view.finding import Found, find, title_of
from shadow.web.view.trying import Trial, try_rules

routes = routes_for(Role.READ, "/releases/{release}/findings/{wanted}")

MAX_RULE_CHARS = 4_000
"""Longest text of rules that is tried."""

_MOST_EXAMPLES = 5
_NO_REASON = "say why this is intended"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tried:
    trial: Trial | None
    mistakes: Sequence[str] = ()


@routes.get("/rule", include_in_schema=False)
async def rule(request: Request, release: str, wanted: str) -> Response:
    """Write the narrowest rule that covers a finding, or try the one that is given."""
    web = web_of(request)
    judged = await web.verdicts.shown(release)
    if judged is None:
        return judging(request, release)
    found = await asyncio.to_thread(find, judged.verdict, wanted)
    if found is None:
        raise NotFoundError(f"the verdict of {release} has no such finding")
    signature = found.finding.signature
    given = request.query_params.get("rule", "")[:MAX_RULE_CHARS]
    text = given or proposed_rule(signature, f"from-{wanted}", _NO_REASON)
    tried = await asyncio.to_thread(_try, request, judged, found, text)
    return web.renderer.page(
        request,
        "rule-making.html",
        422 if tried.mistakes else 200,
        release=chrome(judged, "findings"),
        title=title_of(signature),
        here=f"/releases/{quote(release, safe='')}/findings/{quote(wanted, safe='')}",
        rule=text,
        is_proposed=not given,
        trial=tried.trial,
        mistakes=tried.mistakes,
        state=found.state,
        decider=decider_of(request),
        most=MAX_RULE_CHARS,
    )


def _try(request: Request, judged: Judged, found: Found, text: str) -> _Tried:
    web, verdict = web_of(request), judged.verdict
    try:
        rules = [rule.to_rule() for rule in rule_settings_of(text, "the rule")]
    except SettingsError as error:
        return _Tried(trial=None, mistakes=[str(mistake) for mistake in error.mistakes[:20]])
    never = [f"{rule.name}: {why}" for rule in rules if (why := rule.why_never()) is not None]
    examples = partial(web.reader.examples, verdict.release, most=_MOST_EXAMPLES)
    today = datetime.now(UTC).date()
    trial = try_rules(rules, found.finding, verdict, examples, today)
    return _Tried(trial=trial, mistakes=never)
