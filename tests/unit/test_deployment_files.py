"""docker-compose.yml and the Dockerfile say only what Shadow has.

No container engine is needed: the files are read, and each command and variable in them is held
against the command line and the settings themselves.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main
import yaml

from shadow.cli import app
from shadow.demo import shop
from shadow.settings import environment_names, load_settings

ROOT = Path(__file__).resolve().parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SHADOWS = {
    name: service
    for name, service in COMPOSE["services"].items()
    if service.get("build") == "." and "entrypoint" not in service
}
SHOPS = {
    name: service
    for name, service in COMPOSE["services"].items()
    if service.get("entrypoint") == ["python", "-m", "shadow.demo.shop"]
}


def test_there_are_roles_to_look_at() -> None:
    assert {"proxy", "web", "token", "gate", "report"} <= set(SHADOWS)
    assert {"primary", "secondary", "candidate"} == set(SHOPS)


@pytest.mark.parametrize("name", SHADOWS)
def test_each_command_is_one_that_shadow_takes(name: str) -> None:
    known: Any = typer.main.get_group(app)
    arguments = list(SHADOWS[name]["command"])
    while hasattr(known, "commands"):
        known = known.commands[arguments.pop(0)]
    assert known.make_context(known.name, arguments).args == []


@pytest.mark.parametrize("name", SHADOWS)
def test_each_variable_is_a_setting_that_takes_the_value(name: str) -> None:
    variables = dict(_variables(SHADOWS[name]))
    assert set(variables) <= set(environment_names())
    load_settings(file=ROOT / "shadow.example.yaml", environment=variables, flags={})


def test_the_release_that_is_asked_about_is_the_one_that_is_shadowed() -> None:
    releases = {dict(_variables(service))["SHADOW_RELEASE"] for service in SHADOWS.values()}
    assert len(releases) == 1


@pytest.mark.parametrize("name", SHOPS)
def test_each_shop_is_started_as_the_shop_can_be(name: str) -> None:
    shop.parser().parse_args(SHOPS[name]["command"])


def test_targets_are_services_of_the_file() -> None:
    variables = dict(_variables(SHADOWS["proxy"]))
    for target in ("PRIMARY", "SECONDARY", "CANDIDATE"):
        host = variables[f"SHADOW_{target}"].removeprefix("http://").partition(":")[0]
        assert host in COMPOSE["services"]


def test_review_pages_are_served_once_and_to_this_machine_alone() -> None:
    assert dict(_variables(SHADOWS["proxy"]))["SHADOW_WEB__ENABLED"] == "false"
    assert COMPOSE["services"]["web"]["ports"] == ["127.0.0.1:8900:8900"]


def test_the_image_copies_what_it_installs() -> None:
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    copies = [line.split()[1:-1] for line in lines if line.startswith("COPY")]
    copied = [name for names in copies if names[0] != "--from=build" for name in names]
    assert "shadow" in copied
    assert all((ROOT / name).exists() for name in copied)
    assert 'ENTRYPOINT ["shadow"]' in lines


def _variables(service: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in service["environment"].items():
        yield name, value.replace("${POSTGRES_PASSWORD:-change-me}", "change-me")
