"""`shadow rules keep`, `withdraw` and `export`: rules that the store keeps."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from shadow.commands.approvals import decide_and_say
from shadow.commands.deciding import Signer
from shadow.commands.keeping import (
    RuleWanted,
    kept_rule,
    narrowest_rule,
    rule_kept,
    rule_withdrawn,
)
from shadow.commands.rules import rule_text
from shadow.diff.rules.rule import Rule
from shadow.errors import UsageError
from shadow.model import KeptRule, Verdict
from shadow.report.plain import visible
from shadow.settings import Settings
from shadow.settings.rule_files import load_rules
from shadow.store.engine import open_store
from shadow.store.reader import StoreReader
from shadow.terminal import Terminal
from shadow.verdict.kept_rules import rules_in_force, standing_rules


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What somebody gave on the command line; `file` or `finding` has to be there."""

    file: Path | None
    finding: str
    by: str
    reason: str
    expires: date | None
    only_here: bool


def keep(settings: Settings, asked: Asked, out: Terminal, err: Terminal) -> None:
    """Keep the rule of a file, or the narrowest one that covers a finding."""
    given = None if asked.file is None else _only_one(asked.file)
    if given is None and not asked.finding:
        raise UsageError("say what to keep: a file with one rule, or --finding ID")
    signer = Signer(by=asked.by, reason=asked.reason or (given.reason if given else ""))
    taken = {rule.name for rule in settings.rules}

    def decide(verdict: Verdict, reader: StoreReader) -> KeptRule:
        rule = given or narrowest_rule(verdict, reader, asked.finding, taken)
        wanted = RuleWanted(
            rule=rule,
            expires=asked.expires or rule.expires,
            only_here=asked.only_here,
            finding=asked.finding,
        )
        return rule_kept(verdict, reader, wanted, signer, time.time(), taken)

    decide_and_say(settings, decide, out, err)


def withdraw(
    settings: Settings, name: str, by: str, reason: str, out: Terminal, err: Terminal
) -> None:
    """Keep a rule no longer."""
    signer = Signer(by=by, reason=reason)
    release = kept_rule(StoreReader(open_store(settings.store)), name).release

    def decide(verdict: Verdict, reader: StoreReader) -> KeptRule:
        return rule_withdrawn(kept_rule(reader, name), verdict, signer, time.time())

    decide_and_say(settings.model_copy(update={"release": release}), decide, out, err)


def export(settings: Settings, out: Terminal) -> None:
    """Print the kept rules that hold, as a file of rules."""
    acts = StoreReader(open_store(settings.store)).kept_rules()
    out.document("".join(_file(rules_in_force(standing_rules(acts), time.time()))))


def _only_one(file: Path) -> Rule:
    rules = load_rules(file)
    if len(rules) != 1:
        raise UsageError(f"{file} has {len(rules)} rules, and one is kept at a time")
    return rules[0]


def _file(rules: tuple[KeptRule, ...]) -> Iterator[str]:
    yield "rules:\n" if rules else "rules: []\n"
    for rule in rules:
        reach = "alone" if rule.only_here else "and later ones"
        yield f"  # made in {visible(rule.release, 100)}, for this release {reach}\n"
        yield "".join(f"  {line}\n" for line in rule_text(rule).splitlines())
