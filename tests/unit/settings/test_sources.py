"""What is set where, and which of it counts."""

from pathlib import Path

import pytest

from shadow.errors import SettingsError
from shadow.settings import (
    Settings,
    load_settings,
    settings_as_json,
    settings_from_json,
)
from tests.unit.settings.loading import load, mistake, mistakes


class TestPrecedence:
    def test_without_any_source_the_defaults_hold(self) -> None:
        settings = load_settings(file=None, environment={}, flags={})
        assert settings == Settings()
        assert settings.listen_address == ("127.0.0.1", 8000)

    def test_flag_beats_environment_beats_file_beats_default(self) -> None:
        text = "workers: 2\nlisten: 127.0.0.1:1\nreports: a\n"
        environment = {"SHADOW_WORKERS": "3", "SHADOW_LISTEN": "127.0.0.1:2"}
        settings = load(text, environment, {"workers": 4, "store": None})
        assert (settings.workers, settings.listen) == (4, "127.0.0.1:2")
        assert (settings.reports, settings.store) == (Path("a"), "sqlite:///shadow.db")

    def test_nested_variables_and_flags_reach_into_sections(self) -> None:
        environment = {"SHADOW_CAPTURE__SAMPLE": "0.1", "SHADOW_POLICY__ALPHA": "0.01"}
        settings = load("capture: {drain_seconds: 3}", environment, {"capture.sample": 0.2})
        assert (settings.capture.sample, settings.capture.drain_seconds) == (0.2, 3.0)
        assert settings.policy.alpha == 0.01

    def test_a_variable_replaces_a_list_or_mapping_as_a_whole(self) -> None:
        text = "replay: {candidate: {set_headers: {x-a: '1'}}}\ncapture: {include: [GET /a]}"
        environment = {
            "SHADOW_REPLAY__CANDIDATE__SET_HEADERS": '{"x-b": "2"}',
            "SHADOW_CAPTURE__INCLUDE": "[GET /b]",
        }
        settings = load(text, environment)
        assert settings.replay.candidate.set_headers == {"x-b": "2"}
        assert settings.capture.include == ("GET /b",)

    def test_the_default_file_is_taken_where_it_exists(self, directory: Path) -> None:
        (directory / "shadow.yaml").write_text("workers: 5")
        assert load_settings(file=None, environment={}, flags={}).workers == 5

    def test_the_file_of_the_environment_is_taken_before_the_default_one(
        self, directory: Path
    ) -> None:
        (directory / "shadow.yaml").write_text("workers: 5")
        (directory / "other.yaml").write_text("workers: 6")
        environment = {"SHADOW_CONFIG": "other.yaml"}
        assert load_settings(file=None, environment=environment, flags={}).workers == 6

    @pytest.mark.parametrize("text", ["", "# nothing\n", "capture:\nlisten:\n", "\ufeffworkers: 1"])
    def test_what_is_left_empty_counts_as_not_given(self, text: str) -> None:
        assert load(text, {"SHADOW_CANDIDATE": ""}) == Settings()

    def test_aliases_may_repeat_a_section(self) -> None:
        settings = load("replay:\n  candidate: &one {concurrency: 3}\n  secondary: *one\n")
        assert settings.replay.secondary.concurrency == 3


class TestFile:
    def test_a_named_file_that_is_missing_is_a_mistake(self) -> None:
        with pytest.raises(SettingsError, match=r"--config no\.yaml: cannot be read: No such file"):
            load_settings(file=Path("no.yaml"), environment={}, flags={})

    def test_a_missing_file_of_the_environment_hides_no_other_mistake(self) -> None:
        environment = {"SHADOW_CONFIG": "no.yaml", "SHADOW_WORKERS": "0"}
        with pytest.raises(SettingsError) as caught:
            load_settings(file=None, environment=environment, flags={})
        places = [m.place for m in caught.value.mistakes]
        assert places == ["environment SHADOW_CONFIG=no.yaml", "environment SHADOW_WORKERS"]

    def test_a_directory_is_not_a_file(self, directory: Path) -> None:
        with pytest.raises(SettingsError, match="cannot be read"):
            load_settings(file=directory, environment={}, flags={})

    def test_a_key_that_is_given_twice_is_a_mistake_with_both_lines(self) -> None:
        assert mistake("workers: 1\nlisten: a:1\nworkers: 2\n") == (
            "shadow.yaml:3 workers: is given twice (it is on line 1 too: remove one)"
        )

    @pytest.mark.parametrize(
        ("text", "start"),
        [
            ("workers: 1\ncapture: [1", "shadow.yaml:2: is not valid YAML"),
            ("endpoints: [/items/{id}]", "shadow.yaml:1: is not valid YAML: expected ',' or ']'"),
            ("workers: 1\n\tlisten: a", "shadow.yaml:2: is not valid YAML"),
            ("workers: 1\n---\nworkers: 2", "shadow.yaml:2: is not valid YAML"),
            ("workers: 1\nlisten: a\0b", "shadow.yaml:2: is not valid YAML"),
            (b"workers: 1\nlisten: \xff", "shadow.yaml:2: is not UTF-8"),
            ("- workers", "shadow.yaml:1: holds no settings"),
            ("just text", "shadow.yaml:1: holds no settings"),
            ("{[a]: 1}", "shadow.yaml:1: has a key that is not a word"),
            ('"\\ud800": 1', "shadow.yaml:1: has a key that is not a word"),
            ("workers: !!python/object/apply:os.getpid []", "shadow.yaml:1 workers: has a tag"),
            ("listen: !secret a", "shadow.yaml:1 listen: cannot be read as a value"),
            ("workers: 1" + "0" * 5000, "shadow.yaml:1 workers: cannot be read as a value"),
        ],
    )
    def test_a_file_that_cannot_be_read_names_the_line(self, text: str | bytes, start: str) -> None:
        assert str(mistakes(text)[0]).startswith(start)

    def test_a_huge_file_is_refused(self) -> None:
        assert "is larger than 1048576 bytes" in mistake("#" * (1024 * 1024 + 1))

    def test_an_alias_bomb_is_refused(self) -> None:
        lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
        lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
        assert "holds more than 20000 values" in mistake("\n".join(lines))

    @pytest.mark.parametrize("text", ["a: &a [*a]", "a: " + "[" * 5000, "a: " + "{a: " * 5000])
    def test_endless_nesting_is_refused(self, text: str) -> None:
        assert "is nested more than 20 deep" in mistake(text)


class TestEnvironment:
    def test_variables_of_others_are_let_be(self) -> None:
        assert load("", {"PATH": "/bin", "SHADOWS": "1"}) == Settings()

    def test_variables_that_kubernetes_sets_are_let_be(self) -> None:
        environment = {
            "SHADOW_SERVICE_HOST": "10.0.0.1",
            "SHADOW_SERVICE_PORT_HTTP": "80",
            "SHADOW_PORT": "tcp://10.0.0.1:80",
            "SHADOW_PORT_80_TCP_ADDR": "10.0.0.1",
            "SHADOW_WEB_SERVICE_PORT": "80",
        }
        assert load("", environment) == Settings()

    def test_a_port_that_a_person_sets_is_a_mistake(self) -> None:
        assert "SHADOW_PORT: no such setting" in mistake("", {"SHADOW_PORT": "80"})

    def test_a_section_is_no_variable(self) -> None:
        assert "no such setting" in mistake("", {"SHADOW_CAPTURE": "{sample: 0.1}"})

    def test_a_variable_that_is_no_yaml_names_itself(self) -> None:
        found = mistake("", {"SHADOW_CAPTURE__INCLUDE": "[a"})
        assert found.startswith("environment SHADOW_CAPTURE__INCLUDE: is not valid YAML")

    def test_text_stays_text(self) -> None:
        assert load("", {"SHADOW_RELEASE": "2.10"}).release == "2.10"


class TestOpenApi:
    SPEC = (
        "openapi: 3.0.0\nservers: [{url: /v1}]\n"
        "paths: {'/items/{id}': {get: {}}, '/{a}-{b}-{c}-{d}-{e}': {get: {}}}\n"
    )

    def test_routes_of_a_document_are_endpoints_behind_those_given(self, tmp_path: Path) -> None:
        (tmp_path / "api.yaml").write_text(self.SPEC)
        settings = load(f"endpoints: ['GET /mine/{{x}}']\nopenapi: {tmp_path}/api.yaml\n")
        assert settings.endpoints == ("GET /mine/{x}", "GET /v1/items/{id}")
        assert settings.openapi is None
        assert settings_from_json(settings_as_json(settings)).endpoints == settings.endpoints

    @pytest.mark.parametrize(
        ("text", "problem"),
        [(None, "cannot be read"), ("[]", "OpenAPI"), ("a: [", "neither JSON nor YAML")],
    )
    def test_what_is_no_document_is_told(
        self, tmp_path: Path, text: str | None, problem: str
    ) -> None:
        if text is not None:
            (tmp_path / "api.yaml").write_text(text)
        with pytest.raises(SettingsError, match=rf"api\.yaml.* {problem}|api\.yaml.*{problem}"):
            load(f"openapi: {tmp_path}/api.yaml\n")
