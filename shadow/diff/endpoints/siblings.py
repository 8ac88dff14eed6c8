"""Words that stand among many of their form: issue keys, handles, numbered files, tokens.

One `WEB-17` could be a word; eight keys of few projects at one place are not. And a token without
digits cannot be told from a word, unless it stands among tokens of its length.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping

from shadow.diff.endpoints.segments import is_typed
from shadow.diff.endpoints.tree import Node, is_glued, is_version
from shadow.diff.identifiers import has_only_words

MANY = 8
_YEAR = r"(?!(?:19|20)[0-9]{2}(?![0-9]))"
_KEY = re.compile(r"[A-Z][A-Z0-9]{1,9}(?:(?:-[0-9]+)+|-[0-9]{4,}-[A-Z0-9]+)")
_NUMBERED = re.compile(
    rf"(?P<prefix>[A-Za-z]{{1,16}}[-_]?){_YEAR}[0-9]{{3,}}(?P<ending>(?:\.[A-Za-z]\w{{0,7}})?)"
)
_SLUG = re.compile(
    rf"[a-z0-9]+(?:-[a-z0-9]+)*-(?:{_YEAR}[0-9]{{4,}}|(?=[a-f]*[0-9])(?=[0-9]*[a-f])[0-9a-f]{{8,}})"
    rf"|{_YEAR}[0-9]{{4,}}(?:-[a-z]+)+"
)
_ARCHIVE = re.compile(
    r"[^/]*[-_]v?[0-9]+\.[0-9][^/]*(?P<ending>\.(?:tgz|tar\.gz|zip|whl|gem|jar|deb|rpm))"
)
_NUMBER = re.compile(r"-?(?:[0-9]{3,}\.[0-9]{2}|[0-9]+\.[0-9]{4,})|[0-9]+(?:-[0-9]+){2,}")
_CODE = re.compile(r"(?=[A-Za-z]*[0-9])(?=[0-9]*[A-Za-z])[A-Za-z0-9]{7,}")
_HEX = re.compile(r"[0-9a-f]+")
_TOKEN = re.compile(r"(?=[a-z_-]*[A-Z0-9])[A-Za-z0-9_-]{7,}")
_OPAQUE = ("{token}", "{id}", "{hex}")


def siblings_at(place: Node) -> Mapping[str, set[str]]:
    """The words at a place by the type that they have together."""
    words = [
        step for step in place.below if not (is_typed(step) or is_glued(step) or is_version(step))
    ]
    found: defaultdict[str, set[str]] = defaultdict(set)
    for word in words if len(words) >= MANY else ():
        form = _form(word)
        if form:
            found[form].add(word)
    kept = {form: group for form, group in found.items() if _are_siblings(form, group)}
    rest = set(words).difference(*kept.values())
    for form, group in _tokens(place, rest).items():
        kept[form] = kept.get(form, set()) | group
    return kept


def sibling_form(place: Node, word: str) -> str | None:
    """The type that a further word at a place has, where its siblings have been found."""
    form = _form(word)
    if form in place.below:
        return form
    return next(iter(_tokens(place, [word])), None)


def _form(word: str) -> str | None:
    """The type that a word has if many at its place have it."""
    if _KEY.fullmatch(word):
        return "{key}"
    numbered = _NUMBERED.fullmatch(word)
    if numbered:
        return f"{numbered['prefix']}{{int}}{numbered['ending']}"
    if word.startswith(("@", "%40")):
        return "@{name}"
    archive = _ARCHIVE.fullmatch(word)
    if archive:
        return f"{{file}}{archive['ending']}"
    if _SLUG.fullmatch(word):
        return "{slug}"
    return "{number}" if _NUMBER.fullmatch(word) else None


def _are_siblings(form: str, words: set[str]) -> bool:
    if form == "{key}":
        projects = {word.partition("-")[0] for word in words}
        return len(words) >= max(MANY, 2 * len(projects))
    return len(words) >= MANY


def _tokens(place: Node, words: Iterable[str]) -> dict[str, set[str]]:
    """Words as long as many tokens at their place, and codes in one case of one length."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    codes: defaultdict[tuple[str, str, int], set[str]] = defaultdict(set)
    lengths = _lengths_of_tokens(place)
    for word in sorted(words):
        if has_only_words(word):
            continue
        if len(word) in lengths and _TOKEN.fullmatch(word):
            found[lengths[len(word)]].add(word)
        elif _CODE.fullmatch(word):
            form = "{hex}" if _HEX.fullmatch(word) else "{token}"
            codes[form, _case(word), len(word)].add(word)
    for (form, _, _), group in codes.items():
        if len(group) >= MANY:
            found[form] |= group
    return found


def _case(word: str) -> str:
    return "upper" if word.isupper() else "lower" if word.islower() else "mixed"


def _lengths_of_tokens(place: Node) -> dict[int, str]:
    """The lengths that many tokens at a place have, and the type of these."""
    return {
        length: step
        for step in reversed(_OPAQUE)
        if step in place.below
        for length, seen in place.below[step].samples.items()
        if len(seen) >= MANY
    }
