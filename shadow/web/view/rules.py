"""The rules in force: what each excuses, when it last did, and what is to be done about it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from shadow.diff.rules.rule import Rule
from shadow.report.view.texts import Prose, prose, shown
from shadow.settings import RuleSettings
from shadow.settings.sections import PARAMETERS
from shadow.store.reader import ReleaseRow
from shadow.store.review import RuleMatches
from shadow.verdict.wording import count
from shadow.web.view.ages import Age, age

SOON = timedelta(days=14)
"""So long before its last day a rule is said to expire soon."""

_STATES = ("expired", "cannot match", "expires soon", "unused", "in use")


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleView:
    """A rule; `last` is when it last excused something, as far as is known."""

    name: str
    action: str
    endpoint: str
    location: str
    reason: Prose
    owner: str
    expires: str
    state: str
    said: str
    last_release: str
    last: Age | None
    matches: str


def rule_views(
    rules: Sequence[RuleSettings],
    matches: Sequence[RuleMatches],
    releases: Sequence[ReleaseRow],
    now: float,
    today: date,
) -> tuple[RuleView, ...]:
    """Show rules, those that need somebody first; `releases` are the latest, the last one first."""
    found: dict[str, dict[str, RuleMatches]] = {}
    for each in matches:
        found.setdefault(each.rule, {})[each.release] = each
    views = [
        _rule(settings, found.get(settings.name, {}), releases, now, today) for settings in rules
    ]
    return tuple(sorted(views, key=lambda view: (_STATES.index(view.state), view.name)))


def gone_rules(
    rules: Sequence[RuleSettings], matches: Sequence[RuleMatches]
) -> tuple[tuple[str, str], ...]:
    """Return rules that excused something and are in force no more, with where that was."""
    names = {settings.name for settings in rules}
    gone: dict[str, list[str]] = {}
    for each in matches:
        if each.rule not in names:
            gone.setdefault(each.rule, []).append(each.release)
    return tuple((shown(name), shown(", ".join(where))) for name, where in sorted(gone.items()))


def _rule(
    settings: RuleSettings,
    matches: Mapping[str, RuleMatches],
    releases: Sequence[ReleaseRow],
    now: float,
    today: date,
) -> RuleView:
    rule = settings.to_rule()
    last = next((row for row in releases if row.name in matches), None)
    state, said = _state(rule, len(releases), today, has_matched=last is not None)
    differences = sum(each.differences for each in matches.values())
    places = sum(each.places for each in matches.values())
    return RuleView(
        name=shown(settings.name),
        action=_action(settings),
        endpoint=shown(settings.endpoint),
        location=shown(settings.location),
        reason=prose(settings.reason),
        owner=shown(settings.owner) if settings.owner else "",
        expires=str(settings.expires or ""),
        state=state,
        said=said,
        last_release=last.name if last else "",
        last=age(last.updated_at, now) if last else None,
        matches=f"{count(differences, 'difference')} in {count(places, 'place')} of "
        f"{count(len(matches), 'release')}"
        if matches
        else "",
    )


def _state(rule: Rule, releases: int, today: date, *, has_matched: bool) -> tuple[str, str]:
    if rule.has_expired(today):
        return "expired", f"Its last day was {rule.expires}: renew or remove it."
    never = rule.why_never()
    if never is not None:
        return "cannot match", f"It can never match: {never}."
    if rule.expires is not None and rule.expires - today <= SOON:
        return "expires soon", f"Its last day is {rule.expires}."
    if not has_matched:
        return "unused", f"It excused nothing in the last {count(releases, 'release')}."
    return "in use", ""


def _action(settings: RuleSettings) -> str:
    given = [
        f"{name} {_listed(value)}"
        for name in PARAMETERS
        if (value := getattr(settings, name)) not in {None, ()}
    ]
    return shown(" ".join((settings.action, *given)))


def _listed(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
