"""Rules that are applied to what was counted: which of them can be, and what they cover.

What is counted is a place and a kind, without values and without positions in lists. So a rule that
asks for more can't be kept, and one that is kept covers a signature whole or not at all: where it
would excuse only a part of what was counted together, it excuses nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from shadow.diff.rules.actions import excuses
from shadow.diff.rules.globs import matches_glob
from shadow.diff.rules.patterns import LocationPattern, PathPattern, parse_location
from shadow.diff.rules.rule import Action, AddedOk, Ignore, Rule, SameShape, Unordered
from shadow.model import OTHER, DifferenceKind, Endpoint, KeptRule, Signature

KEPT_ACTIONS: Mapping[str, Action] = {
    "ignore": Ignore(),
    "same_shape": SameShape(),
    "added_ok": AddedOk(),
    "unordered": Unordered(),
}
"""The actions that are decided by place and kind alone, as rules call them."""

_AND_BELOW = (Ignore, AddedOk)
_PATTERNS_READ = 1_000
_read = lru_cache(maxsize=_PATTERNS_READ)(parse_location)


def why_not_kept(rule: Rule) -> str | None:
    """Say why a rule can't be applied to what was counted, None where it can."""
    if (never := rule.why_never()) is not None:
        return f"it can never match: {never}"
    if rule.action_name not in KEPT_ACTIONS:
        able = ", ".join(KEPT_ACTIONS)
        return f"{rule.action_name} looks at values, and only places and kinds are counted; {able}"
    if isinstance(rule.action, Unordered) and rule.action.key:
        return "a key is needed while lists are compared; leave it out"
    pattern = parse_location(rule.location)
    if isinstance(pattern, PathPattern) and pattern.has_positions:
        return "all positions of a list are counted as one place; write [*]"
    return None


def as_kept(rule: Rule) -> KeptRule:
    """Return a rule as the store would keep it, by nobody and for no release yet."""
    return KeptRule(
        release="",
        name=rule.name,
        endpoint=rule.endpoint,
        location=rule.location,
        action=rule.action_name,
        by="",
        reason=rule.reason,
        at=0.0,
        since=0.0,
        verdict_id="",
        expires=rule.expires,
    )


def covered_by(
    rules: Sequence[KeptRule], signatures: Iterable[Signature]
) -> Mapping[Signature, KeptRule]:
    """Return which signatures rules excuse, each with the first rule that does.

    What another rule excused when it was compared is left out, and so is what stands for all that
    there was no room for: nobody knows what that is. A rule that this Shadow can't read covers
    nothing.
    """
    readable = [read for rule in rules if (read := _readable(rule)) is not None]
    at: dict[Endpoint, tuple[int, ...]] = {}
    first: dict[tuple[tuple[int, ...], str, DifferenceKind], KeptRule | None] = {}
    found: dict[Signature, KeptRule] = {}
    for signature in signatures if readable else ():
        if signature.excused_by or not _is_one(signature):
            continue
        own = at.get(signature.endpoint)
        if own is None:
            own = at[signature.endpoint] = _speaking_of(signature.endpoint, readable)
        # Endpoints that the same rules speak of have many places in common.
        place = own, signature.location, signature.kind
        if place not in first:
            first[place] = next(
                (readable[n].rule for n in own if readable[n].covers(signature)), None
            )
        if (rule := first[place]) is not None:
            found[signature] = rule
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    rule: KeptRule
    action: Action
    pattern: LocationPattern

    def covers(self, signature: Signature) -> bool:
        # Values mean nothing to these actions.
        if not excuses(self.action, signature.kind, None, None):
            return False
        is_below = isinstance(self.action, _AND_BELOW)
        is_there = self.pattern.must_cover if is_below else self.pattern.must_be_at
        return is_there(signature.location)


def _speaking_of(endpoint: Endpoint, rules: Sequence[_Read]) -> tuple[int, ...]:
    text = str(endpoint)
    return tuple(n for n, each in enumerate(rules) if matches_glob(text, each.rule.endpoint))


def _readable(rule: KeptRule) -> _Read | None:
    action = KEPT_ACTIONS.get(rule.action)
    try:
        pattern = _read(rule.location)
    except ValueError:
        return None
    return None if action is None else _Read(rule=rule, action=action, pattern=pattern)


def _is_one(signature: Signature) -> bool:
    is_other = OTHER in {signature.location, signature.endpoint.template}
    return not is_other and signature.kind is not DifferenceKind.SLOW
