"""The paths of many visits as one tree: what stands at a place, and what stands below it.

The segments of a path are its steps. An action or an ending that a word carries is a step of its
own (`topics`, `t1`, `:publish`), so that it may stand below a name.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from shadow.diff.endpoints.segments import Segment, is_typed

NAME = "{name}"

_GLUE = "\0"
"""Before a step that continues a segment. No other step has it: it is not printable."""

_ACTION = re.compile(r"(?P<stem>[^:]+)(?P<glued>:[a-z][A-Za-z]+)")
_FORMAT = re.compile(
    r"(?P<stem>.+)(?P<glued>\.(?:json|jsonp|xml|html|csv|txt|yaml|rss|atom|ics|pdf))"
)
_VERSION = re.compile(
    r"v[0-9]+(?:[._-][0-9]+)*(?:(?:alpha|beta|rc)[0-9]*)?|[0-9]{1,2}(?:\.[0-9]{1,3})*"
)
_LOCALE = re.compile(r"[A-Za-z]{2}(?:[-_](?:[A-Za-z]{2}|[A-Z][a-z]{3}|[0-9]{3})){0,2}")
_LOCALES_WITHIN = 2
_MOST_LENGTHS = 64
_MOST_SAMPLES = 8

type Step = Segment


@dataclass(slots=True)
class Node:
    """What was seen at one place of the paths.

    `ends` counts visits of it by method, `shapes` those that were answered well by method and
    shape, `hits` those of it and of all below it. `aliases` are words by the step they became,
    `samples` a few of the identifiers that stood here, by length.
    """

    below: dict[str, "Node"] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    ends: dict[str, int] = field(default_factory=dict)
    shapes: dict[tuple[str, str], int] = field(default_factory=dict)
    samples: dict[int, set[str]] = field(default_factory=dict)
    hits: int = 0

    def become(self, step: str, words: Iterable[str]) -> None:
        """Put words together under one step, with all that stands below them."""
        for word in sorted(words):
            self.aliases[word] = step
            node = self.below.setdefault(step, Node())
            _remember(node.samples, word)
            _join(node, self.below.pop(word))


class Tree:
    """The nodes of all paths, at most `most_nodes`: below these, nothing more is seen."""

    def __init__(self, most_nodes: int) -> None:
        self.root = Node()
        self._room = most_nodes

    def add(self, steps: Iterable[Step], method: str, shape: str, number: int) -> None:
        """Count visits of one path; `shape` is empty where their answers say nothing."""
        node = self.root
        for step in steps:
            node.hits += number
            following = node.below.get(step.template)
            if following is None:
                if self._room <= 0:
                    return
                self._room -= 1
                following = node.below[step.template] = Node()
            node = following
            if step.is_typed:
                _remember(node.samples, step.word)
        node.hits += number
        node.ends[method] = node.ends.get(method, 0) + number
        if shape:
            key = (method, shape)
            node.shapes[key] = node.shapes.get(key, 0) + number


def steps_of(segments: Iterable[Segment]) -> tuple[Step, ...]:
    """The steps of a path."""
    return tuple(step for segment in segments for step in _steps_in(segment))


def path_of(steps: Sequence[str]) -> str:
    """The path whose steps these are."""
    return "".join(step[1:] if step.startswith(_GLUE) else f"/{step}" for step in steps)


def is_glued(step: str) -> bool:
    """Whether a step continues the segment before it."""
    return step.startswith(_GLUE)


def bare(step: str) -> str:
    """A step without the sign by which it continues a segment."""
    return step[2:] if is_glued(step) else step


def is_literal(step: str) -> bool:
    """Whether a step is a word that routes have: no identifier, no version, no ending."""
    return not (is_typed(step) or step.startswith(f"{_GLUE}.") or is_version(step))


def is_version(step: str) -> bool:
    """Whether a step is a version, as in `v1` or `1.0`."""
    return _VERSION.fullmatch(step) is not None


def is_locale(step: str, depth: int) -> bool:
    """Whether a step is a language or a region, as the first segments may be."""
    return depth < _LOCALES_WITHIN and _LOCALE.fullmatch(step) is not None


def _join(into: Node, other: Node) -> None:
    stack = [(into, other)]
    while stack:
        here, there = stack.pop()
        here.hits += there.hits
        for method, number in there.ends.items():
            here.ends[method] = here.ends.get(method, 0) + number
        for shape, number in there.shapes.items():
            here.shapes[shape] = here.shapes.get(shape, 0) + number
        for seen in there.samples.values():
            for word in sorted(seen):
                _remember(here.samples, word)
        for step, node in there.below.items():
            known = here.below.get(step)
            if known is None:
                here.below[step] = node
            else:
                stack.append((known, node))


def _remember(samples: dict[int, set[str]], word: str) -> None:
    if len(word) in samples or len(samples) < _MOST_LENGTHS:
        seen = samples.setdefault(len(word), set())
        if len(seen) < _MOST_SAMPLES:
            seen.add(word)


def _steps_in(segment: Segment) -> tuple[Step, ...]:
    if "." not in segment.word and ":" not in segment.word:
        return (segment,)
    glued = _ACTION.fullmatch(segment.template) or _FORMAT.fullmatch(segment.template)
    if glued is None or not segment.word.endswith(glued["glued"]):
        return (segment,)
    end = glued["glued"]
    stem = Segment(word=segment.word.removesuffix(end), template=glued["stem"])
    return stem, Segment(word=_GLUE + end, template=_GLUE + end)
