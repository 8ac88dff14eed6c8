"""Files of rules: all mistakes at once, each where it is."""

from pathlib import Path

import pytest

from shadow.errors import SettingsError
from shadow.settings import load_settings
from shadow.settings.rule_files import load_rules

GOOD = """
- name: one
  location: $.a
  action: tolerance
  absolute: 0.01
  reason: rounding
"""


def test_a_list_and_a_section_of_rules_are_read(tmp_path: Path):
    bare, section = tmp_path / "bare.yaml", tmp_path / "section.yaml"
    bare.write_text(GOOD)
    section.write_text("rules:" + GOOD)
    assert load_rules(bare) == load_rules(section)
    assert load_rules(bare)[0].name == "one"


def test_all_mistakes_are_told_at_once_with_their_lines(tmp_path: Path):
    file = tmp_path / "rules.yaml"
    file.write_text(
        """rules:
  - name: one
    location: $.a
    action: ignroe
    reason: x
  - name: two
    location: "$.[("
    action: ignore
  - name: three
    location: $.a
    action: pattern
    pattern: "(a"
    reason: x
  - name: four
    location: $.a
    action: ignore
    absolut: 1
    reason: x
"""
    )
    with pytest.raises(SettingsError) as raised:
        load_rules(file)
    said = [str(mistake) for mistake in raised.value.mistakes]
    assert [line.split(":")[1].split()[0] for line in said] == ["4", "7", "6", "12", "17"]
    assert "did you mean" in said[-1]


@pytest.mark.parametrize(
    "text", ["", "a: 1", "rules: {}", "- name: [", "rules: [1]", GOOD + GOOD, "\xff"]
)
def test_what_is_no_file_of_rules_is_a_mistake(tmp_path: Path, text: str):
    file = tmp_path / "rules.yaml"
    file.write_bytes(text.encode("latin-1"))
    with pytest.raises(SettingsError):
        load_rules(file)


@pytest.mark.parametrize(
    "parameter", ["absolute: 1", "key: [a]", "pattern: a", "encodings: [json]"]
)
def test_a_parameter_of_another_action_is_a_mistake(tmp_path: Path, parameter: str):
    file = tmp_path / "rules.yaml"
    file.write_text(f"- {{name: a, location: $.a, action: ignore, reason: x, {parameter}}}\n")
    with pytest.raises(SettingsError, match="ignore takes"):
        load_rules(file)


def test_settings_take_in_rule_files(tmp_path: Path):
    more, settings = tmp_path / "more.yaml", tmp_path / "shadow.yaml"
    more.write_text(GOOD)
    settings.write_text(f"rule_files: [{more}]\n")
    loaded = load_settings(file=settings, environment={}, flags={})
    assert [rule.name for rule in loaded.rules] == ["one"]
    settings.write_text(f"rule_files: [{more}, {more}]\n")
    with pytest.raises(SettingsError, match="two rules"):
        load_settings(file=settings, environment={}, flags={})
