from pathlib import Path
from typing import Any

import pytest

from shadow.errors import SettingsError
from shadow.settings import Settings, load_settings

TAP = {"capture.engine": "tap", "capture.tap.admin": "http://127.0.0.1:9901"}


@pytest.fixture(autouse=True)
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def given(**flags: Any) -> Settings:
    return load_settings(file=None, environment={}, flags=flags)


def mistake(**flags: Any) -> str:
    with pytest.raises(SettingsError) as caught:
        given(**flags)
    (found,) = caught.value.mistakes
    return str(found)


def test_a_tap_needs_an_envoy() -> None:
    said = mistake(**{"capture.engine": "tap"})
    assert "give --admin, or SHADOW_CAPTURE__TAP__ADMIN, or capture.tap.admin" in said


@pytest.mark.parametrize("url", ["https://127.0.0.1:9901", "127.0.0.1:9901", "/run/envoy"])
def test_an_admin_interface_is_an_http_url(url: str) -> None:
    said = mistake(**TAP | {"capture.tap.admin": url})
    assert said.startswith("--admin: is not the http URL of an admin interface")


def test_a_share_of_the_command_line_is_a_number() -> None:
    assert given(**TAP, **{"capture.sample": "0.1"}).capture.sample == 0.1
    assert mistake(**TAP, **{"capture.sample": "2"}).startswith("--sample: ")


def test_a_candidate_may_be_where_a_proxy_would_listen() -> None:
    at = "http://127.0.0.1:8000"
    assert given(**TAP, candidate=at).candidate == at
    assert "is the address Shadow itself listens on" in mistake(candidate=at)


def test_what_an_envoy_is_to_tell_of_is_its_own_predicate() -> None:
    environment = {"SHADOW_CAPTURE__TAP__MATCH": "{not_match: {any_match: true}}"}
    match = load_settings(file=None, environment=environment, flags=TAP).capture.tap.match
    assert match == {"not_match": {"any_match": True}}
