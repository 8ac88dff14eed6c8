"""The settings in force, for people: every value, but no secret."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from pydantic import BaseModel, SecretStr

from shadow.report.view.texts import shown
from shadow.settings import Settings

HIDDEN = "set, and not shown"
_MOST_ENTRIES = 30
_LONGEST = 500
_ELSEWHERE = frozenset({"rules", "rule_files"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """A setting: its full name, its value or values, and whether somebody set it."""

    name: str
    values: tuple[str, ...]
    is_given: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsGroup:
    """A section of the settings."""

    name: str
    settings: tuple[Setting, ...]


def groups_in_force(settings: Settings) -> tuple[SettingsGroup, ...]:
    """List all settings by section; rules have a page of their own."""
    plain: list[Setting] = []
    sections: list[SettingsGroup] = []
    for name in Settings.model_fields:
        if name in _ELSEWHERE:
            continue
        value = getattr(settings, name)
        if isinstance(value, BaseModel):
            sections.append(SettingsGroup(name=name, settings=tuple(_of_section(name, value))))
        else:
            shown_value = settings.store_shown if name == "store" else value
            is_given = name in settings.model_fields_set
            plain.append(Setting(name=name, values=_values(shown_value), is_given=is_given))
    return (SettingsGroup(name="", settings=tuple(plain)), *sections)


def _of_section(path: str, section: BaseModel) -> Iterator[Setting]:
    for name, field in type(section).model_fields.items():
        value, full = getattr(section, name), f"{path}.{name}"
        if isinstance(value, BaseModel):
            yield from _of_section(full, value)
            continue
        # What is not to be in a representation is not to be on a page.
        values = _values(value) if field.repr else _hidden(value)
        yield Setting(name=full, values=values, is_given=name in section.model_fields_set)


def _values(value: object) -> tuple[str, ...]:
    if isinstance(value, Mapping):
        return _listed([f"{key}: {_plain(each)}" for key, each in value.items()])
    if isinstance(value, Sequence) and not isinstance(value, str):
        return _listed([_entry(each) for each in value])
    return (_plain(value),)


def _plain(value: object) -> str:
    match value:
        case SecretStr():
            return HIDDEN
        case None:
            return "not set"
        case bool():
            return "yes" if value else "no"
        case _:
            return shown(str(value), _LONGEST)


def _hidden(value: object) -> tuple[str, ...]:
    """Of names with secret values, the names."""
    if isinstance(value, Mapping):
        return _listed([f"{name}: {HIDDEN}" for name in value])
    return ("not set",) if value is None else (HIDDEN,)


def _entry(value: object) -> str:
    if not isinstance(value, BaseModel):
        return _plain(value)
    return (
        ", ".join(
            f"{setting.name}: {'; '.join(setting.values)}"
            for setting in _of_section("", value)
            if setting.is_given
        )
        .replace(" .", " ")
        .removeprefix(".")
    )


def _listed(entries: Sequence[str]) -> tuple[str, ...]:
    if not entries:
        return ("none",)
    more = len(entries) - _MOST_ENTRIES
    listed = tuple(shown(each, _LONGEST) for each in entries[:_MOST_ENTRIES])
    return (*listed, f"and {more:,} more") if more > 0 else listed
