"""Globs of a policy that contradict each other.

They are looked at as they were given, not as a validation left them, so that what is wrong with one
entry hides nothing that is wrong between others.
"""

from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase

from shadow.settings.fields import MOST_ENTRIES
from shadow.settings.mistakes import Problem

_WILD = frozenset("*?[")


def conflicting_globs(settings: object) -> Iterator[Problem]:
    """Find entries of `policy.endpoints` that never hold, and required endpoints never judged.

    `settings` are whatever was given for all settings.
    """
    policy = settings.get("policy") if isinstance(settings, Mapping) else None
    if isinstance(policy, Mapping):
        yield from _never_holding(_listed(policy, "endpoints"))
        yield from _never_judged(
            _listed(policy, "required_endpoints"), _listed(policy, "ignore_endpoints")
        )


def _never_holding(entries: list[object]) -> Iterator[Problem]:
    first: dict[str, int] = {}
    for position, entry in enumerate(entries):
        glob = entry.get("match") if isinstance(entry, Mapping) else None
        if isinstance(glob, str) and first.setdefault(glob, position) != position:
            yield Problem(
                path=("policy", "endpoints", position, "match"),
                text=f"is {glob!r} as in entry {first[glob] + 1}, and only the first holds",
                hint="join the two",
            )


def _never_judged(required: list[object], ignored: list[object]) -> Iterator[Problem]:
    for position, glob in enumerate(required):
        covering = next((each for each in ignored if _takes_all_of(each, glob)), None)
        if covering is not None:
            yield Problem(
                path=("policy", "required_endpoints", position),
                text=f"requires what ignore_endpoints has as {covering!r}: it would never pass",
                hint="remove one of the two",
            )


def _takes_all_of(ignored: object, required: object) -> bool:
    """Tell whether one glob surely covers all that another does: its equal, or its only one."""
    if not isinstance(ignored, str) or not isinstance(required, str):
        return False
    return ignored == required or (_WILD.isdisjoint(required) and fnmatchcase(required, ignored))


def _listed(policy: Mapping[object, object], name: str) -> list[object]:
    """A list of the policy; one that is too long is refused as that."""
    entries = policy.get(name)
    return entries if isinstance(entries, list) and len(entries) <= MOST_ENTRIES else []
