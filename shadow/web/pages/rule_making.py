"""A rule made of a finding: written out, tried, and kept in the store or put into the settings."""

import asyncio
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from urllib.parse import quote

from fastapi import Request
from starlette.responses import RedirectResponse, Response

from shadow.commands.keeping import (
    RuleWanted,
    free_name,
    kept_rule,
    rule_kept,
    rule_withdrawn,
)
from shadow.commands.rules import proposed_rule
from shadow.diff.rules.kept import why_not_kept
from shadow.diff.rules.rule import Rule
from shadow.errors import NotFoundError, SettingsError, UsageError
from shadow.model import KeptRule, Role, Verdict
from shadow.settings.rule_files import rule_settings_of
from shadow.store.reader import StoreReader
from shadow.verdict.kept_rules import standing_rules
from shadow.web.access.forms import form_of
from shadow.web.access.routes import routes_for
from shadow.web.context import Web, web_of
from shadow.web.judging import Judged
from shadow.web.pages.deciders import day_in, decider_of, signer_of, why_undecided
from shadow.web.pages.release import chrome, judging
from shadow.web.view.finding import Found, find, title_of
from shadow.web.view.trying import Trial, try_rules

routes = routes_for(Role.READ, "/releases/{release}/findings/{wanted}")
deciding_routes = routes_for(Role.APPROVE, "/releases/{release}/findings/{wanted}")

MAX_RULE_CHARS = 4_000
"""Longest text of rules that is tried."""

_MOST_EXAMPLES = 5
_NO_REASON = "say why this is intended"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tried:
    """What came of trying; `unfit` says why the rule can't be kept here."""

    trial: Trial | None
    mistakes: Sequence[str] = ()
    unfit: str = ""


@routes.get("/rule", include_in_schema=False)
async def rule(request: Request, release: str, wanted: str) -> Response:
    """Write the narrowest rule that covers a finding, or try the one that is given."""
    judged = await web_of(request).verdicts.shown(release)
    if judged is None:
        return judging(request, release)
    given = request.query_params.get("rule", "")[:MAX_RULE_CHARS]
    return await _shown(request, judged, wanted, given)


@deciding_routes.post("/rule", include_in_schema=False)
async def keep(request: Request, release: str, wanted: str) -> Response:
    """Keep the rule that was tried."""
    web, form = web_of(request), await form_of(request)
    given = form.get("rule", "")[:MAX_RULE_CHARS]
    taken = frozenset(each.name for each in web.settings.rules)

    def decide(verdict: Verdict, reader: StoreReader) -> KeptRule:
        rule = _only_one(given)
        asked = RuleWanted(
            rule=rule,
            expires=day_in(form.get("expires", "")) or rule.expires,
            only_here=form.get("reach", "") == "here",
            finding=wanted,
        )
        return rule_kept(verdict, reader, asked, signer_of(request, form), time.time(), taken)

    if (undecided := await why_undecided(web, release, decide)) is not None:
        judged, status, problem = undecided
        return await _shown(request, judged, wanted, given, status=status, problem=problem)
    return RedirectResponse(f"{_place(release, wanted)}?done=ruled", 303)


@deciding_routes.post("/rule/withdraw", include_in_schema=False)
async def withdraw(request: Request, release: str, wanted: str) -> Response:
    """Keep the rule no longer that covers the finding."""
    await withdraw_rule(request, await form_of(request))
    return RedirectResponse(f"{_place(release, wanted)}?done=unruled", 303)


async def withdraw_rule(request: Request, form: Mapping[str, str]) -> None:
    """Keep the rule that a form names no longer, in no release.

    Raises `NotFoundError` for none, `UsageError` where the form does not say who and why.
    """
    web = web_of(request)
    signer, name = signer_of(request, form), form.get("name", "")
    made = await asyncio.to_thread(kept_rule, web.reader, name)

    def decide(verdict: Verdict, reader: StoreReader) -> KeptRule:
        return rule_withdrawn(kept_rule(reader, name), verdict, signer, time.time())

    await web.verdicts.decide(made.release, decide)


async def _shown(
    request: Request,
    judged: Judged,
    wanted: str,
    given: str,
    *,
    status: int = 200,
    problem: str = "",
) -> Response:
    web, release = web_of(request), judged.verdict.release
    found = await asyncio.to_thread(find, judged.verdict, wanted)
    if found is None:
        raise NotFoundError(f"the verdict of {release} has no such finding")
    signature = found.finding.signature
    text = given
    if not text:
        taken = await asyncio.to_thread(_names, web)
        text = proposed_rule(signature, free_name(f"from-{wanted}", taken), _NO_REASON)
    tried = await asyncio.to_thread(_try, web, judged, found, text)
    return web.renderer.page(
        request,
        "rule-making.html",
        422 if tried.mistakes else status,
        release=chrome(judged, "findings"),
        title=title_of(signature),
        here=_place(release, wanted),
        rule=text,
        trial=tried.trial,
        mistakes=tried.mistakes,
        unfit=tried.unfit,
        state=found.state,
        decider=decider_of(request),
        most=MAX_RULE_CHARS,
        problem=problem,
    )


def _try(web: Web, judged: Judged, found: Found, text: str) -> _Tried:
    verdict = judged.verdict
    try:
        rules = _rules_in(text)
    except SettingsError as error:
        return _Tried(trial=None, mistakes=[str(mistake) for mistake in error.mistakes[:20]])
    never = [f"{rule.name}: {why}" for rule in rules if (why := rule.why_never()) is not None]
    examples = partial(web.reader.examples, verdict.release, most=_MOST_EXAMPLES)
    today = datetime.now(UTC).date()
    trial = try_rules(rules, found.finding, verdict, examples, today)
    return _Tried(trial=trial, mistakes=never, unfit=_why_unfit(rules, trial))


def _why_unfit(rules: Sequence[Rule], trial: Trial) -> str:
    if len(rules) != 1:
        return "one rule is kept at a time"
    if (why := why_not_kept(rules[0])) is not None:
        return why
    return "" if trial.own is not None else "it does not cover this finding"


def _rules_in(text: str) -> tuple[Rule, ...]:
    return tuple(rule.to_rule() for rule in rule_settings_of(text, "the rule"))


def _only_one(text: str) -> Rule:
    rules = _rules_in(text)
    if len(rules) != 1:
        raise UsageError("one rule is kept at a time")
    return rules[0]


def _names(web: Web) -> Collection[str]:
    kept = (rule.name for rule in standing_rules(web.reader.kept_rules()))
    return {*kept, *(rule.name for rule in web.settings.rules)}


def _place(release: str, wanted: str) -> str:
    return f"/releases/{quote(release, safe='')}/findings/{quote(wanted, safe='')}"
