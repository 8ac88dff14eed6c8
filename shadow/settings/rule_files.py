"""Files of rules, and rules that come with a pair of answers."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from pydantic import ValidationError

from shadow.diff.rules.rule import ACTION_NAMES, Rule
from shadow.errors import Mistake, SettingsError
from shadow.settings.mistakes import Problem, problems_in, reported
from shadow.settings.sections import PARAMETERS, RuleFile, RuleSettings, unfit_parameters
from shadow.settings.sources import read_text
from shadow.settings.yaml import Path as SettingPath
from shadow.settings.yaml import dotted, parse_yaml


def load_rules(file: Path) -> tuple[Rule, ...]:
    """Read a file that holds a list of rules, or `rules:` with one below it.

    Raises `SettingsError` with every mistake in it, each with file and line.
    """
    return tuple(rule.to_rule() for rule in rule_settings_in(file))


def rule_settings_in(file: Path) -> tuple[RuleSettings, ...]:
    """The same, as settings hold them."""
    return rule_settings_of(read_text(file), str(file))


def rule_settings_of(text: str, file: str) -> tuple[RuleSettings, ...]:
    """The same of the text of a file, which mistakes call `file`."""
    given = parse_yaml(text, lambda line, path: f"{file}:{line} {dotted(path)}".rstrip())
    if given.mistakes:
        raise SettingsError(given.mistakes)
    value, places = given.value, dict(given.places)
    if isinstance(value, list):
        value = {"rules": value}
        places = {("rules", *path): place for path, place in places.items()}
    if not isinstance(value, dict) or "rules" not in value:
        hint = "write `rules:` and one `- name: …` for each rule below it"
        raise SettingsError((Mistake(place=file, problem="holds no rules", hint=hint),))
    return _validated(value, {(): file, **places})


def rules_from(objects: Sequence[object], place: str) -> tuple[Rule, ...]:
    """Read rules given as objects. Raises `SettingsError` with every mistake in them."""
    settings = _validated({"rules": list(objects)}, {(): place})
    return tuple(rule.to_rule() for rule in settings)


def repeated_names(names: Sequence[str]) -> tuple[Problem, ...]:
    """A problem for each name that several rules have."""
    twice = sorted({name for name in names if names.count(name) > 1})
    return tuple(
        Problem(path=("rules",), text=f"has two rules with the name {name!r}", hint="rename one")
        for name in twice
    )


def _validated(
    value: dict[str, object], places: Mapping[SettingPath, str]
) -> tuple[RuleSettings, ...]:
    try:
        rules = RuleFile.model_validate(value).rules
    except ValidationError as error:
        errors = error.errors(include_url=False)
        problems = [*problems_in(RuleFile, errors), *_overlooked(value, {e["loc"] for e in errors})]
        raise SettingsError(reported(problems, places)) from None
    if repeated := repeated_names([rule.name for rule in rules]):
        raise SettingsError(reported(repeated, places))
    return rules


def _overlooked(
    value: Mapping[str, object], found: set[tuple[int | str, ...]]
) -> Iterator[Problem]:
    """What a validation does not look at once it has `found` something else wrong with a rule."""
    given = value.get("rules")
    entries = enumerate(given) if isinstance(given, list) else ()
    rules = [(at, rule) for at, rule in entries if isinstance(rule, Mapping)]
    for at, rule in rules:
        if ("rules", at) in found or not any(place[:2] == ("rules", at) for place in found):
            continue
        unfit = unfit_parameters(str(rule.get("action")), [n for n in PARAMETERS if n in rule])
        if unfit is not None and str(rule.get("action")) in ACTION_NAMES:
            yield Problem(path=("rules", at), text=unfit[0], hint=unfit[1])
    yield from repeated_names([str(rule["name"]) for _, rule in rules if "name" in rule])
