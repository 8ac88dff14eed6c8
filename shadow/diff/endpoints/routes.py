"""Configured templates: which of them fits a path best, found without trying them all."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from shadow.diff.endpoints.segments import Segment, read_segment

METHODS = frozenset(
    {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"}
)
_MAX_PARAMETERS = 3
_MAX_MATCHED = 256
_PARAMETER = re.compile(r"\{[^{}/]+\}")
_WORD, _PATTERN, _ANY = range(3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A configured template; a word None is a parameter, a pattern has some inside."""

    method: str | None
    template: str
    words: tuple[str | re.Pattern[str] | None, ...]

    @classmethod
    def read(cls, text: str) -> "Route":
        """Read `/items/{id}` or `GET /items/{id}`. Raises ValueError for what is no template."""
        method, _, path = text.strip().rpartition(" ")
        if not path.startswith("/") or (method and method not in METHODS):
            message = f"{text!r} is no endpoint: write it as /items/{{id}} or GET /items/{{id}}"
            raise ValueError(message)
        words = tuple(_read_word(part) for part in path.split("/")[1:])
        return cls(method=method or None, template=path, words=words)

    @property
    def ranks(self) -> tuple[int, ...]:
        """Sorts words before patterns, and these before parameters."""
        return tuple(
            _WORD if isinstance(word, str) else _ANY if word is None else _PATTERN
            for word in self.words
        )

    def matches(self, method: str, segments: Sequence[Segment]) -> bool:
        """Whether it fits a path that has its words."""
        return self.method in {None, method} and all(map(_fits, self.words, segments))


type _Found = defaultdict[tuple[str, ...], list[Route]]


class Routes:
    """Configured templates, by their length, where their words stand, and these words."""

    def __init__(self, routes: Iterable[Route]) -> None:
        by_ranks: defaultdict[tuple[int, ...], _Found] = defaultdict(lambda: defaultdict(list))
        for route in sorted(routes, key=lambda route: route.method is None):
            words = tuple(word for word in route.words if isinstance(word, str))
            by_ranks[route.ranks][words].append(route)
        self._by_length: defaultdict[int, list[tuple[tuple[int, ...], _Found]]] = defaultdict(list)
        for ranks, found in sorted(by_ranks.items(), key=lambda item: item[0]):
            places = tuple(place for place, rank in enumerate(ranks) if rank == _WORD)
            self._by_length[len(ranks)].append((places, found))

    def fitting(self, method: str, segments: Sequence[Segment]) -> str | None:
        """The template that fits; of several, the one that has words where others have none."""
        for places, found in self._by_length.get(len(segments), ()):
            for route in found.get(tuple(segments[place].word for place in places), ()):
                if route.matches(method, segments):
                    return route.template
        return None


def _read_word(part: str) -> str | re.Pattern[str] | None:
    if _PARAMETER.fullmatch(part):
        return None
    literals = _PARAMETER.split(part)
    if len(literals) == 1:
        return read_segment(part.encode().decode("latin-1")).word
    if len(literals) > _MAX_PARAMETERS + 1:
        message = f"{part!r} has more than {_MAX_PARAMETERS} parameters in one segment"
        raise ValueError(message)
    return re.compile("([^/]+)".join(map(re.escape, literals)))


def _fits(word: str | re.Pattern[str] | None, segment: Segment) -> bool:
    if word is None:
        return bool(segment.word)
    if isinstance(word, str):
        return word == segment.word
    return len(segment.word) <= _MAX_MATCHED and word.fullmatch(segment.word) is not None
