"""`shadow rules`: try rules on what is stored of a release, and propose some from its noise."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

from rich.markup import escape
from rich.table import Table

from shadow.diff.parse import Json, parse_json
from shadow.diff.readers.content import TooLargeToReadError, UnreadableError
from shadow.diff.rules.book import RuleBook
from shadow.diff.rules.rule import Rule
from shadow.diff.rules.values import ABSENT, Absent
from shadow.model import (
    Difference,
    DifferenceKind,
    Example,
    KeptRule,
    ReleaseCounts,
    Signature,
    SignatureCounts,
)
from shadow.report.plain import visible
from shadow.settings import Settings
from shadow.settings.rule_files import load_rules
from shadow.store.engine import open_store
from shadow.store.reader import StoreReader
from shadow.terminal import Terminal

_LONGEST_SHOWN = 100
_MOST_PROPOSED = 200
_PROPOSALS = {
    DifferenceKind.ORDER: ("unordered", "the order has no meaning"),
    DifferenceKind.VALUE: ("same_shape", "another value of the same form each time"),
    DifferenceKind.HEADER: ("same_shape", "another value of the same form each time"),
    DifferenceKind.OUTSIDE: ("same_shape", "another value of the same form, far away at times"),
    DifferenceKind.SHAPE: ("ignore", "its form is another one each time"),
    DifferenceKind.EXTRA: ("ignore", "it is there sometimes"),
    DifferenceKind.MISSING: ("ignore", "it is there sometimes"),
    DifferenceKind.NULL: ("ignore", "it is null sometimes"),
}
"""The narrowest action for noise of a kind; the others say that something is broken."""


@dataclass(slots=True)
class _Hits:
    signatures: set[Signature] = field(default_factory=set)
    examples: int = 0
    shown: str = ""


def try_rules(settings: Settings, file: Path, out: Terminal) -> None:
    """Show what the rules of a file would have excused among the stored examples."""
    rules = load_rules(file)
    today = datetime.now(UTC).date()
    reader = StoreReader(open_store(settings.store))
    counts = reader.counts(settings.release or "")
    hits, left = _tried(rules, counts, reader, today)
    table = Table("Rule", "Action", "Signatures", "Examples", "For example")
    for rule in rules:
        hit = hits[rule.name]
        table.add_row(
            escape(rule.name),
            rule.action_name,
            f"{len(hit.signatures):,}",
            f"{hit.examples:,}",
            escape(hit.shown or _why_nothing(rule, today)),
        )
    out.print(table)
    out.news(f"{len(left):,} of {len(counts.signatures):,} signatures are left without an excuse")


def suggest_rules(settings: Settings, out: Terminal) -> None:
    """Print a file of rules for what differs between two production servers too."""
    reader = StoreReader(open_store(settings.store))
    counts = reader.counts(settings.release or "")
    noisy = sorted(
        (
            (signature, seen)
            for signature, seen in counts.signatures.items()
            if not signature.excused_by and seen.both + seen.only_secondary
        ),
        key=lambda item: (-item[1].both - item[1].only_secondary, item[0]),
    )
    out.document("".join(_proposals(noisy[:_MOST_PROPOSED], counts)))


def proposed_rule(signature: Signature, name: str, reason: str) -> str:
    """Write the narrowest rule that covers a signature, as a rule file has it."""
    action, _ = _PROPOSALS.get(signature.kind, ("ignore", ""))
    endpoint = _as_glob(str(signature.endpoint))
    return _rule_text(name, endpoint, signature.location, action, reason)


def rule_text(rule: KeptRule) -> str:
    """Write a rule that the store keeps as a rule file has it; its owner is who made it."""
    text = _rule_text(rule.name, rule.endpoint, rule.location, rule.action, rule.reason)
    expires = f"  expires: {rule.expires}\n" if rule.expires else ""
    return f"{text}  owner: {_quoted(rule.by)}\n{expires}"


def _rule_text(name: str, endpoint: str, location: str, action: str, reason: str) -> str:
    return "".join(
        (
            f"- name: {_quoted(name)}\n",
            f"  endpoint: {_quoted(endpoint)}\n",
            f"  location: {_quoted(location)}\n",
            f"  action: {action}\n",
            f"  reason: {_quoted(reason)}\n",
        )
    )


def excused_in(
    book: RuleBook, signature: Signature, examples: Iterable[Example]
) -> Iterator[tuple[str | None, Difference]]:
    """Yield what each example shows of a signature, and the rule that excuses it, None for none."""
    at = book.at(signature.endpoint)
    for example in examples:
        for difference in example.differences:
            if (difference.location, difference.kind) == (signature.location, signature.kind):
                yield None if at is None else at.excuse(*_asked(difference)), difference


def _tried(
    rules: Sequence[Rule], counts: ReleaseCounts, reader: StoreReader, today: date
) -> tuple[Mapping[str, _Hits], set[Signature]]:
    book = RuleBook.of(rules, today)
    hits: defaultdict[str, _Hits] = defaultdict(_Hits)
    left: set[Signature] = set()
    for signature in counts.signatures:
        examples = reader.examples(counts.release, signature)
        for name, difference in excused_in(book, signature, examples):
            if name is None:
                left.add(signature)
            else:
                _count(hits[name], signature, difference)
    return hits, left


def _asked(
    difference: Difference,
) -> tuple[str, str, DifferenceKind, Json | Absent, Json | Absent]:
    here, there = _value(difference, difference.primary), _value(difference, difference.candidate)
    return difference.location, difference.pointer, difference.kind, here, there


def _value(difference: Difference, text: str | None) -> Json | Absent:
    """A value by its stored text: JSON in documents, the text itself elsewhere."""
    if text is None:
        return ABSENT
    if not difference.location.startswith("$"):
        return text
    try:
        return parse_json(text.encode("utf-8", "replace"))
    except (UnreadableError, TooLargeToReadError):
        return text


def _count(hit: _Hits, signature: Signature, difference: Difference) -> None:
    hit.signatures.add(signature)
    hit.examples += 1
    if not hit.shown:
        here, there = difference.primary or "nothing", difference.candidate or "nothing"
        shown = f"{signature.endpoint} {difference.location}: {here} → {there}"
        hit.shown = visible(shown, _LONGEST_SHOWN)


def _why_nothing(rule: Rule, today: date) -> str:
    if rule.has_expired(today):
        return "has expired"
    return rule.why_never() or "nothing that is stored"


def _proposals(
    noisy: Sequence[tuple[Signature, SignatureCounts]], counts: ReleaseCounts
) -> Iterator[str]:
    yield f"# Rules for what differs between primary and secondary too, in {counts.release}.\n"
    yield "# Noise cancels without them: keep those that you want to be said of a release.\n"
    yield "rules:\n" if any(s.kind in _PROPOSALS for s, _ in noisy) else "rules: []\n"
    for number, (signature, seen) in enumerate(noisy, 1):
        compared = counts.endpoints[signature.endpoint].paired
        times = seen.both + seen.only_secondary
        evidence = f"{signature.kind.value}: {times:,} of {compared:,} in the secondary, "
        evidence += f"{seen.both + seen.only_candidate:,} in the candidate"
        if signature.kind not in _PROPOSALS:
            yield f"  # none for {_quoted(str(signature.endpoint))} {_quoted(signature.location)}: "
            yield f"{evidence}\n"
            continue
        action, reason = _PROPOSALS[signature.kind]
        yield f"  # {evidence}\n"
        yield f"  - name: noise-{number}\n"
        yield f"    endpoint: {_quoted(_as_glob(str(signature.endpoint)))}\n"
        yield f"    location: {_quoted(signature.location)}\n"
        yield f"    action: {action}\n"
        yield f"    reason: {_quoted(f'proposed: {reason}')}\n"


def _as_glob(text: str) -> str:
    """A glob that matches this text; what has a meaning in globs is any character."""
    return "".join("?" if character in "*?" else character for character in text)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
