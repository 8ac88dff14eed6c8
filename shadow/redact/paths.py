"""Configured places in JSON: the part of JSONPath (RFC 9535) that can be followed as text goes by.

A path is `$` and steps: `.name`, `['name']`, `[3]`, `.*` or `[*]`, each also after `..`, at any
depth below. All paths are followed at once; how far each has come is one integer, `reach`, in
which a bit stands for a step that may come next.
"""

import re
from dataclasses import dataclass, field

from shadow.errors import UsageError

_STEP = re.compile(
    r"""(?P<deep>\.\.)?(?(deep)|\.)(?:(?P<any>\*)|(?P<name>[^\W\d][\w-]*))
    |(?P<deeper>\.\.)?\[\s*(?:(?P<any_in>\*)|(?P<index>\d{1,9})
        |'(?P<single>(?:[^'\\]|\\.)*)'|"(?P<double>(?:[^"\\]|\\.)*)")\s*\]""",
    re.VERBOSE,
)
_MOST_KNOWN = 4096
_ESCAPE = re.compile(r"\\(.)")

type Child = str | int | None
"""The name or position of a child; None stands for one that is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of a path; `child` None is the wildcard, `deep` any depth below."""

    child: Child
    deep: bool

    def takes(self, child: Child) -> bool:
        """Tell whether the step may lead to a child."""
        return self.child is None or child is None or self.child == child


def parse_path(path: str) -> tuple[Step, ...]:
    """Read a path; raises UsageError for what is no JSONPath or more than this part of it."""
    if not path.startswith("$"):
        raise _unreadable(path)
    steps = []
    place = 1
    while place < len(path):
        match = _STEP.match(path, place)
        if match is None:
            raise _unreadable(path)
        steps.append(_step(match))
        place = match.end()
    return tuple(steps)


@dataclass(frozen=True, slots=True)
class PathSet:
    """Several paths, followed together."""

    paths: tuple[str, ...]
    _steps: tuple[Step | None, ...] = field(init=False, repr=False)
    _ends: int = field(init=False, repr=False)
    _known: dict[tuple[int, Child], int] = field(
        init=False, repr=False, compare=False, default_factory=dict
    )
    start: int = field(init=False, repr=False)
    """The reach at the root."""

    def __post_init__(self) -> None:
        steps: list[Step | None] = []
        start = ends = 0
        for path in self.paths:
            start |= 1 << len(steps)
            steps += [*parse_path(path), None]
            ends |= 1 << (len(steps) - 1)
        object.__setattr__(self, "_steps", tuple(steps))
        object.__setattr__(self, "_ends", ends)
        object.__setattr__(self, "start", start)

    def step(self, reach: int, child: Child) -> int:
        """The reach at a child of the place that has `reach`."""
        reached = self._known.get((reach, child))
        if reached is None:
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            reached = self._known[reach, child] = self._step(reach, child)
        return reached

    def arrived(self, reach: int) -> bool:
        """Tell whether a path ends here."""
        return bool(reach & self._ends)

    def _step(self, reach: int, child: Child) -> int:
        reached = 0
        while reach:
            bit = reach & -reach
            reach ^= bit
            step = self._steps[bit.bit_length() - 1]
            if step is not None:
                reached |= (bit if step.deep else 0) | (bit << 1 if step.takes(child) else 0)
        return reached


def _step(match: re.Match[str]) -> Step:
    deep = match["deep"] is not None or match["deeper"] is not None
    if match["index"] is not None:
        return Step(child=int(match["index"]), deep=deep)
    quoted = match["single"] if match["single"] is not None else match["double"]
    if quoted is not None:
        return Step(child=_ESCAPE.sub(r"\1", quoted), deep=deep)
    return Step(child=match["name"], deep=deep)


def _unreadable(path: str) -> UsageError:
    return UsageError(
        f"{path!r} is not a path that can be redacted: write $ and then .name, ['name'], [3], [*]"
        " or ..name, for example $.customer.email or $.items[*].owner"
    )
