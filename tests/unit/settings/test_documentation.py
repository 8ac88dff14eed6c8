"""docs/settings.md has every setting, with its default."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from shadow.settings import (
    Settings,
    environment_names,
    load_settings,
)
from shadow.settings.mistakes import leaves, section_of
from tests.unit.settings.loading import load

ROOT = Path(__file__).parents[3]


def documented(model: type[BaseModel], above: str = "") -> Iterator[tuple[str, FieldInfo]]:
    """All settings as the reference names them, those of list entries too: `rules[].name`."""
    for path, field in leaves(model):
        name = above + ".".join(str(part) for part in path)
        yield name, field
        section = section_of(field)
        if section is not None:
            yield from documented(section, f"{name}[].")


def rows() -> dict[str, list[str]]:
    """The tables of the reference: the cells of each setting."""
    lines = (ROOT / "docs" / "settings.md").read_text().splitlines()
    tables = (
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in lines
        if line.startswith("| `")
    )
    return {cells[0].strip("`"): cells for cells in tables}


def default_of(field: FieldInfo, name: str) -> str:
    """A default as the reference writes it."""
    default = field.get_default()
    if field.is_required():
        return "required in `tls`" if name.startswith("tls.") else "required"
    if default is None or default == "":
        return "none" if default is None else "empty"
    text = isinstance(default, str | Path)
    return f"`{default if text else json.dumps(default)}`"


class TestDocumentation:
    def test_the_example_file_loads_and_shows_every_section(self) -> None:
        example = ROOT / "shadow.example.yaml"
        settings = load_settings(file=example, environment={}, flags={})
        assert {rule.action for rule in settings.rules} == {"ignore", "unordered"}
        text = example.read_text()
        absent = [path for path, _ in leaves(Settings) if f"{path[-1]}:" not in text]
        assert absent == []

    @pytest.mark.parametrize(("name", "field"), list(documented(Settings)))
    def test_every_setting_is_in_the_reference_with_its_default(
        self, name: str, field: FieldInfo
    ) -> None:
        assert name in rows()
        assert rows()[name][1] == default_of(field, name)

    def test_the_reference_names_no_setting_that_is_not_there(self) -> None:
        assert set(rows()) == {name for name, _ in documented(Settings)}

    def test_the_reference_names_every_variable(self) -> None:
        named = {re.sub("`", "", cells[3]) for cells in rows().values() if len(cells) == 5}
        assert named - {""} == set(environment_names())

    def test_every_example_in_the_reference_can_be_loaded(self) -> None:
        tried = 0
        for cells in rows().values():
            variable, example = cells[3].strip("`"), cells[-1]
            names_a_file = "TLS" in variable or variable in {"SHADOW_PRIMARY_CA", "SHADOW_OPENAPI"}
            needs_more = names_a_file or "OIDC" in variable
            if example.startswith("`") and variable.startswith("SHADOW_") and not needs_more:
                load("", {variable: example.strip("`")})
                tried += 1
        assert tried > 40
