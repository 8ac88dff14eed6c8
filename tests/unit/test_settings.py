"""Settings through their front door: files, variables and flags in, settings or mistakes out."""

import datetime
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from shadow.errors import Mistake, SettingsError, UsageError
from shadow.model import DifferenceKind
from shadow.settings import (
    Settings,
    environment_names,
    load_settings,
    settings_as_json,
    settings_from_json,
)
from shadow.settings.mistakes import leaves, section_of
from shadow.settings.sections import PolicySettings
from shadow.verdict.policy import EndpointPolicy, Policy

ROOT = Path(__file__).parents[2]
TARGETS = {"primary": "http://prod:8080", "candidate": "http://pre:8080"}


@pytest.fixture(autouse=True)
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def load(
    text: str | bytes = "",
    environment: Mapping[str, str] | None = None,
    flags: Mapping[str, object] | None = None,
) -> Settings:
    file = Path("shadow.yaml")
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return load_settings(file=file, environment=environment or {}, flags=flags or {})


def mistakes(
    text: str | bytes = "",
    environment: Mapping[str, str] | None = None,
    flags: Mapping[str, object] | None = None,
) -> tuple[Mistake, ...]:
    with pytest.raises(SettingsError) as caught:
        load(text, environment, flags)
    return caught.value.mistakes


def mistake(text: str | bytes = "", environment: Mapping[str, str] | None = None) -> str:
    found = mistakes(text, environment)
    assert len(found) == 1, found
    return str(found[0])


def test_a_secret_that_is_written_into_a_name_is_not_shown() -> None:
    text = 'replay: {candidate: {set_headers: {"Authorization: Bearer hunter2": x}}}'
    said = mistake(text)
    assert "set_headers.Authorization: …" in said
    assert "hunter2" not in said


def test_the_address_of_a_provider_holds_no_password() -> None:
    text = """
    web:
      url: https://shadow.example
      oidc: {issuer: "https://u:hunter2@login.example", client_id: a, roles: {a: read}}
    """
    said = mistake(text)
    assert "web.oidc.issuer: must not hold a user name or password" in said
    assert "hunter2" not in said


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


def pair(certificate: Path, key: Path) -> None:
    """Write a self-signed certificate and its key."""
    private = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "shop.test")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder(name, name, private.public_key(), x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + datetime.timedelta(days=1))
        .sign(private, hashes.SHA256())
    )
    certificate.write_bytes(made.public_bytes(Encoding.PEM))
    key.write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


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


class TestMistakes:
    def test_all_mistakes_are_reported_at_once_each_with_its_place(self) -> None:
        text = "capture:\n  sampel: 0.1\nworkers: many\ncandidate: http://prod:8080\n"
        environment = {"SHADOW_CAPTURE__SAMPEL": "1", "SHADOW_PRIMARY": "http://prod:8080"}
        found = {str(m) for m in mistakes(text, environment, {"listen": "x"})}
        listen = "host:port, for example 127.0.0.1:8000, [::1]:8000 or 0.0.0.0:8000"
        assert found == {
            "shadow.yaml:2 capture.sampel: no such setting (did you mean capture.sample?)",
            "shadow.yaml:3 workers: should be a number "
            "(write it plainly; its unit is part of the setting's name)",
            "shadow.yaml:4 candidate: is the same server as primary, so nothing would be compared "
            "(give its own address, or a Host of its own: replay.candidate.host)",
            "environment SHADOW_CAPTURE__SAMPEL: no such setting "
            "(did you mean SHADOW_CAPTURE__SAMPLE?)",
            f"--listen: is not an address to listen on (write {listen})",
        }

    def test_settings_errors_are_the_operators(self) -> None:
        with pytest.raises(UsageError, match=r"shadow\.yaml:1 wokers: no such setting"):
            load("wokers: 1")

    def test_a_name_in_the_wrong_section_is_led_to_the_right_one(self) -> None:
        assert "did you mean capture.sample_by?" in mistake("sample_by: request")

    def test_a_name_that_is_like_no_other_gets_the_list_of_names(self) -> None:
        assert "there are: key, headers, parameters, paths" in mistake("redact: {zzz: 1}")

    def test_a_place_inside_a_variable_names_the_variable(self) -> None:
        environment = {"SHADOW_CAPTURE__UNSAFE": '[{"endpoint": "POST /a"}]'}
        assert mistake("", environment).startswith(
            "environment SHADOW_CAPTURE__UNSAFE[0].isolation: is missing"
        )

    def test_allowed_values_are_named(self) -> None:
        rule = "{name: a, action: ignored, location: status, reason: why}"
        assert "(one of 'ignore', 'unordered', 'set'," in mistake(f"rules: [{rule}]")

    def test_a_release_that_yaml_takes_for_a_number_needs_quotes(self) -> None:
        assert mistake("release: 2.10") == (
            "shadow.yaml:1 release: should be text (put it in quotes)"
        )

    @pytest.mark.parametrize(
        ("text", "problem"),
        [
            ("release: a b", "is not 1 to 64 letters"),
            ("release: " + "a" * 65, "is not 1 to 64 letters"),
            ("primary: prod:8080", "is not an http or https URL"),
            ("primary: http://", "is not an http or https URL"),
            ("primary: self", "is not an http or https URL"),
            ("secondary: itself", "or self to ask primary again"),
            ("secondary: http://prod/base", "must not have a path"),
            ("replay: {self: {share: 5}}", "should be less than or equal to 1"),
            ("replay: {self: {delay_seconds: 60}}", "should be less than or equal to 10"),
            ("replay: {self: {rate: 5}}", "no such setting"),
            ("primary: http://prod:99999", "is not an http or https URL"),
            ("primary: ftp://prod", "is not an http or https URL"),
            ("primary: http://prod/base", "must not have a path"),
            ("primary: http://prod/?a=b", "must not have a query"),
            ("primary: http://me:pass@prod", "must not hold a user name or password"),
            ("listen: 8000", "should be text"),
            ("listen: ':8000'", "is not an address"),
            ("listen: localhost:65536", "is not an address"),
            ("listen: '[prod]:80'", "is not an address"),
            ("store: mysql://db/shadow", "is neither a SQLite nor a PostgreSQL URL"),
            ("store: 'sqlite:///:memory:'", "names no file"),
            ("store: sqlite://", "names no file"),
            ("queue: tcp://127.0.0.1:9", "is not an ipc:// endpoint"),
            ("queue: ipc:///" + "a" * 100, "is longer than the 100 bytes"),
            ("workers: true", "should be a number, not yes or no"),
            ("workers: 65", "should be less than or equal to 64"),
            ("workers: 1.5", "should be a whole number"),
            ("capture: {sample: .nan}", "should be a finite number"),
            ("capture: {sample: 10%}", "should be a number"),
            ("capture: {sample_by: cookie}", "is not something to sample by"),
            ("capture: {include: GET /a}", "should be a list"),
            ("capture: {include: [/a]}", "can never match a request"),
            ("capture: {unsafe: [{endpoint: '*', isolation: it}]}", "must name one method"),
            ("capture: {unsafe: [{endpoint: POST /a, isolation: ' '}]}", "is empty"),
            ("capture: 5", "should be a section"),
            ("replay: {candidate: {timeout_seconds: 0}}", "should be greater than 0"),
            ("replay: {candidate: {set_headers: {host: a}}}", "use the setting 'host'"),
            ("replay: {candidate: {set_headers: {x-a: 1}}}", "should be text"),
            ('replay: {candidate: {set_headers: {x-a: "a\\nb"}}}', "can't have"),
            ("replay: {candidate: {remove_headers: [x-shadow-loop-guard]}}", "Shadow sets itself"),
            ("replay: {candidate: {host: http://a}}", "is not the value of a Host header"),
            ("replay: {candidate: {verify_tls: maybe}}", "should be true or false"),
            ("endpoints: ['items/{id}']", "is not a route template"),
            ("endpoints: ['/items/{id']", "is not a route template"),
            ("endpoints: ['/items/{id']", "or '/files/{name}.json'"),
            ("endpoints: [FETCH /items]", "is not a route template"),
            (
                "rules: [{name: a, action: ignore, location: '', reason: b}]",
                "'' is no location: use status",
            ),
            ("rules: [{name: a, action: ignore, location: status}]", "reason: is missing"),
            ("diff: {ignore_headers: ['a b']}", "is not the name of a header"),
            ("redact: {key: short}", "is shorter than 16 characters"),
            ("redact: {paths: ['$.[']}", "is not a path that can be redacted"),
            ("policy: {alpha: 1}", "should be less than 1"),
            ("policy: {fail_on: [status_6xx]}", "'status_5xx'"),
            ("policy: {required_endpoints: [orders]}", "can never match a request"),
            ("policy: {endpoints: [{match: GET /a, max_excess_rate: 2}]}", "should be less than 1"),
            ("policy: {endpoints: [{min_exchanges: 5}]}", "match: is missing"),
            ("policy: {endpoints: [{match: GET /a}, {match: GET /a}]}", "only the first holds"),
        ],
    )
    def test_a_value_that_cannot_be_says_why(self, text: str, problem: str) -> None:
        assert problem in mistake(text)

    def test_entries_that_never_hold_are_told_together_with_what_is_wrong_elsewhere(self) -> None:
        entries = ("GET /a", "GET /b", "GET /a", "GET /b", "GET /a")
        lines = "".join(f"    - match: {glob}\n" for glob in entries)
        found = mistakes(f"policy:\n  alpha: 7\n  endpoints:\n{lines}    - min_exchanges: 0\n")
        assert [str(each) for each in found[-3:]] == [
            f"shadow.yaml:{line} policy.endpoints[{line - 4}].match: is '{glob}' as in entry "
            f"{first}, and only the first holds (join the two)"
            for line, glob, first in ((6, "GET /a", 1), (7, "GET /b", 2), (8, "GET /a", 1))
        ]
        said = "\n".join(str(each) for each in found)
        assert "policy.alpha: should be less than 1" in said
        assert "policy.endpoints[5].match: is missing" in said

    def test_what_is_required_and_ignored_is_a_mistake_however_it_is_written(self) -> None:
        found = mistakes(
            "workers: 0\n"
            "policy:\n"
            "  required_endpoints: [GET /a, GET /internal/health, GET /b*, GET /internal/*]\n"
            "  ignore_endpoints: ['GET /internal/*', GET /bc, GET /c]\n"
        )
        assert [str(each) for each in found] == [
            "shadow.yaml:1 workers: should be greater than or equal to 1",
            *(
                f"shadow.yaml:3 policy.required_endpoints[{position}]: requires what "
                "ignore_endpoints has as 'GET /internal/*': it would never pass "
                "(remove one of the two)"
                for position in (1, 3)
            ),
        ]

    def test_thousands_of_entries_that_never_hold_are_reported_in_short(self) -> None:
        entries = ", ".join(["{match: GET /a}"] * 1000)
        found = mistakes(f"policy: {{endpoints: [{entries}]}}")
        assert len(found) == 51
        assert "and 949 more mistakes" in str(found[-1])

    def test_a_kind_that_yaml_takes_for_nothing_says_how_to_write_it(self) -> None:
        assert mistake("policy: {fail_on: [missing, null]}") == (
            "shadow.yaml:1 policy.fail_on[1]: is nothing, as YAML reads it "
            "(for the kind null write 'null' in quotes)"
        )
        quoted = load("policy: {fail_on: [missing, 'null']}").policy.fail_on
        assert quoted == (DifferenceKind.MISSING, DifferenceKind.NULL)

    def test_rules_need_names_of_their_own(self) -> None:
        rule = "{name: a, action: ignore, location: status, reason: why}"
        assert "rules: has two rules with the name 'a'" in mistake(f"rules: [{rule}, {rule}]")

    def test_an_expiry_that_is_no_date_is_a_mistake(self) -> None:
        rule = "{name: a, action: ignore, location: status, reason: why, expires: soon}"
        assert "write YYYY-MM-DD" in mistake(f"rules: [{rule}]")

    def test_thousands_of_mistakes_are_reported_in_short(self) -> None:
        found = mistakes("\n".join(f"name_{n}: 1" for n in range(3000)))
        assert len(found) == 51
        assert str(found[-1]) == "shadow.yaml: and 2950 more mistakes"

    def test_a_long_or_strange_name_is_shown_in_short_and_escaped(self) -> None:
        found = mistake(f'"\\e[31m{"a" * 1000}": 1')
        assert "\x1b" not in found
        assert len(found) < 500


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


class TestCrossChecks:
    def test_the_candidate_cannot_be_the_primary_under_another_spelling(self) -> None:
        found = mistake("primary: http://prod\ncandidate: HTTP://PROD:80/\n")
        assert found.startswith("shadow.yaml:2 candidate: is the same server as primary")

    def test_the_same_address_is_accepted_where_the_host_differs(self) -> None:
        text = "primary: http://in\ncandidate: http://in\nreplay: {candidate: {host: pre.test}}"
        assert load(text).candidate == "http://in"

    def test_the_primary_can_stand_for_the_secondary(self) -> None:
        settings = load("primary: http://prod\ncandidate: http://pre\nsecondary: self")
        assert settings.asks_primary_again
        assert settings_from_json(settings_as_json(settings)) == settings

    def test_a_worker_that_asks_the_primary_again_has_to_know_it(self) -> None:
        text = "release: '1'\ncandidate: http://pre\nsecondary: "
        with pytest.raises(SettingsError, match="primary: is not given"):
            load(text + "self").require_to_replay()
        load(text + "http://prod-2").require_to_replay()

    def test_the_secondary_cannot_be_the_primary_by_its_address(self) -> None:
        found = mistake("primary: http://prod\ncandidate: http://pre\nsecondary: http://prod")
        assert "secondary: is the primary itself" in found
        assert "secondary: self" in found

    def test_the_secondary_cannot_be_the_candidate(self) -> None:
        assert "secondary: is the same server as candidate" in mistake(
            "candidate: http://pre\nsecondary: http://pre"
        )

    @pytest.mark.parametrize(
        ("listen", "target"),
        [
            ("127.0.0.1:8000", "http://localhost:8000"),
            ("0.0.0.0:8000", "http://127.0.0.1:8000"),
            ("'[::]:8000'", "http://[::1]:8000"),
            ("shop.test:80", "http://shop.test"),
        ],
    )
    @pytest.mark.parametrize("name", ["primary", "candidate", "secondary"])
    def test_no_target_can_be_shadow_itself(self, name: str, listen: str, target: str) -> None:
        found = mistake(f"listen: {listen}\n{name}: {target}")
        assert found.startswith(f"shadow.yaml:2 {name}: is the address Shadow itself listens on")

    def test_another_port_of_the_same_machine_is_no_loop(self) -> None:
        assert load("candidate: http://127.0.0.1:8001").candidate == "http://127.0.0.1:8001"

    def test_cross_checks_are_made_beside_other_mistakes(self) -> None:
        found = mistakes("workers: 0\ncandidate: http://127.0.0.1:8000")
        assert len(found) == 2

    def test_a_sqlite_file_needs_its_directory(self, directory: Path) -> None:
        assert mistake("store: sqlite:///data/shadow.db") == (
            "shadow.yaml:1 store: the directory data does not exist (make it: mkdir -p data)"
        )
        (directory / "data").mkdir()
        assert load("store: sqlite:///data/shadow.db").store_shown == "sqlite:///data/shadow.db"
        assert "is a directory" in mistake("store: sqlite:///data")

    @pytest.mark.parametrize("password", ["p@ss", "pa/ss", "p@/s@s"])
    def test_a_password_that_would_be_taken_for_a_host_is_refused_and_not_shown(
        self, password: str
    ) -> None:
        found = mistake(f"store: postgresql://me:{password}@db/shadow")
        assert found == (
            "shadow.yaml:1 store: has a password with @ or / (write them as %40 and %2F in it)"
        )

    def test_a_store_is_shown_with_where_it_is_and_without_its_password(self) -> None:
        url = "postgresql://me:hunter2@/shop?host=/run/pg&password=hunter2&port=7"
        assert load(f"store: {url}").store_shown == "postgresql://me@/shop?host=/run/pg&port=7"
        assert "hunter2" not in load("store: postgresql://me:hunter2?a@db/shop").store_shown

    @pytest.mark.parametrize(
        "written",
        [
            "shadow.db?mode=ro",
            "file:shadow.db?mode=ro&uri=true",
            "file:///{here}/shadow.db?mode=ro",
        ],
    )
    def test_a_store_that_is_only_read_may_be_named(self, directory: Path, written: str) -> None:
        url = f"sqlite:///{written.format(here=directory)}"
        assert load(f"store: {url}").store == url

    @pytest.mark.parametrize(
        ("url", "problem"),
        [
            ("sqlite:///file:data/shadow.db?mode=ro&uri=true", "the directory data does not exist"),
            ("sqlite:///shadow.db?mode=memory", "has other parameters than mode=ro"),
            ("sqlite:///file:shadow.db?cache=shared&uri=true", "has other parameters than mode=ro"),
            ("sqlite:///file::memory:?uri=true", "names no file"),
            ("sqlite:///file://server/shadow.db?uri=true", "names no file"),
        ],
    )
    def test_a_sqlite_url_that_no_store_can_have_says_why(self, url: str, problem: str) -> None:
        assert problem in mistake(f"store: '{url}'")

    def test_certificate_and_key_are_given_together(self, directory: Path) -> None:
        (directory / "a.pem").touch()
        assert "tls.key: is missing" in mistake("tls: {certificate: a.pem}")
        assert "tls.key: there is no file b.pem" in mistake("tls: {certificate: a.pem, key: b.pem}")

    def test_certificate_and_key_belong_together(self, directory: Path) -> None:
        pair(directory / "one.pem", directory / "one.key")
        pair(directory / "two.pem", directory / "two.key")
        settings = load("tls: {certificate: one.pem, key: one.key}")
        assert settings.tls is not None
        assert settings.tls.key == Path("one.key")
        found = mistake("tls: {certificate: one.pem, key: two.key}")
        assert found.startswith("shadow.yaml:1 tls: certificate and key can't be used together")

    def test_authorities_are_a_pem_file_that_is_there(self, directory: Path) -> None:
        pair(directory / "authority.pem", directory / "authority.key")
        assert load("primary_ca: authority.pem").primary_ca == Path("authority.pem")
        assert mistake("primary_ca: b.pem").startswith(
            "shadow.yaml:1 primary_ca: there is no file b.pem"
        )
        (directory / "empty.pem").touch()
        assert mistake("primary_ca: empty.pem").startswith(
            "shadow.yaml:1 primary_ca: cannot be used"
        )
        assert mistake("primary_ca: .").startswith("shadow.yaml:1 primary_ca: there is no file .")


class TestSecrets:
    SECRET = "correct-horse-battery"

    def test_mistakes_show_no_secret(self) -> None:
        text = f"""
primary: http://me:{self.SECRET}@prod
store: mysql://me:{self.SECRET}@db/shadow
queue: *{self.SECRET}
"""
        unknown = f"redact: {{key: !{self.SECRET} a}}"
        headers = {"SHADOW_REPLAY__CANDIDATE__SET_HEADERS": f"authorization {self.SECRET}"}
        found = [
            *mistakes(text),
            *mistakes(text.replace("queue: *", "queue: ")),
            *mistakes(unknown, headers),
            *mistakes("", {"SHADOW_ENDPOINTS": f"*{self.SECRET}"}),
            *mistakes(f"listen: {self.SECRET}", {"SHADOW_WORKERS": self.SECRET}),
        ]
        assert not [m for m in found if "horse" in str(m)]

    def test_settings_show_no_secret(self) -> None:
        settings = self.settings()
        shown = f"{settings!r} {settings} {settings.store_shown}"
        assert "horse" not in shown
        assert settings.store_shown == "postgresql://me@db:5432/shadow"

    def test_json_for_a_child_process_keeps_secrets_and_all_else(self) -> None:
        settings = self.settings()
        again = settings_from_json(settings_as_json(settings))
        assert again == settings
        assert again.redact.key is not None
        assert again.redact.key.get_secret_value() == self.SECRET
        assert again.notify.secret == again.redact.key

    def test_a_child_process_with_other_settings_shows_no_secret(self) -> None:
        values = {**json.loads(settings_as_json(self.settings())), "workers": self.SECRET}
        with pytest.raises(ValidationError) as caught:
            settings_from_json(json.dumps(values))
        assert "horse" not in str(caught.value)

    def settings(self) -> Settings:
        return load(
            f"""
store: postgresql://me:{self.SECRET}@db:5432/shadow?password={self.SECRET}
redact: {{key: {self.SECRET}}}
notify: {{url: "https://hooks.example/{self.SECRET}", secret: {self.SECRET}}}
replay: {{candidate: {{set_headers: {{authorization: {self.SECRET}}}}}}}
rules: [{{name: a, action: ignore, location: status, reason: why, expires: 2099-12-31}}]
"""
        )


class TestSettings:
    def test_they_cannot_be_changed(self) -> None:
        with pytest.raises(ValidationError):
            load().workers = 2

    def test_addresses_are_split_for_sockets(self) -> None:
        assert load("listen: '[::1]:8443'").listen_address == ("::1", 8443)

    def test_what_a_command_needs_is_named_with_all_ways_to_give_it(self) -> None:
        settings = load("", flags=TARGETS)
        assert settings.require("primary", "candidate") is settings
        with pytest.raises(SettingsError) as caught:
            settings.require("primary", "release", "redact.key")
        assert [str(m) for m in caught.value.mistakes] == [
            "release: is not given (give --release, or SHADOW_RELEASE, or release in shadow.yaml)",
            "redact.key: is not given "
            "(give --redact-key, or SHADOW_REDACT__KEY, or redact.key in shadow.yaml)",
        ]

    def test_the_default_policy_is_the_verdicts_own(self) -> None:
        assert PolicySettings().to_policy() == Policy()

    def test_a_policy_reaches_the_verdict(self) -> None:
        policy = load("policy: {min_exchanges: 7, ignore_endpoints: [GET /a]}").policy.to_policy()
        assert policy == Policy(min_exchanges=7, ignore_endpoints=("GET /a",))

    def test_demands_on_some_endpoints_reach_the_verdict(self) -> None:
        text = (
            "policy: {fail_on: [status_5xx], required_endpoints: [GET /a],\n"
            "  endpoints: [{match: GET /b, min_exchanges: 30}, {match: '* /c'}]}"
        )
        settings = settings_from_json(settings_as_json(load(text)))
        assert settings.policy.to_policy() == Policy(
            fail_on=(DifferenceKind.STATUS_5XX,),
            required_endpoints=("GET /a",),
            endpoints=(
                EndpointPolicy(match="GET /b", min_exchanges=30),
                EndpointPolicy(match="* /c"),
            ),
        )


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


def test_traits_are_named_as_requests_have_them() -> None:
    loaded = load('causes: {traits: ["header:X-Plan", "cookie:Beta", "query:filter[x]"]}')
    assert loaded.causes.traits == ("header:x-plan", "cookie:Beta", "query:filter[x]")


@pytest.mark.parametrize("name", ["x-plan", "header:", "header:a b", "path:id", "status"])
def test_a_trait_that_no_request_can_have_is_a_mistake(name: str) -> None:
    said = mistake(f'causes: {{traits: ["{name}"]}}')
    assert "write header:NAME, query:NAME or cookie:NAME" in said


@pytest.mark.parametrize(
    "url",
    [
        "https://jaeger.example.com/trace/{trace_id}",
        "http://[::1]:16686/trace/{trace_id}?uiEmbed=v0#{trace_id}",
    ],
)
def test_traces_are_looked_at_where_an_address_has_their_id(url: str) -> None:
    assert load(f"telemetry: {{trace_url: '{url}'}}").telemetry.trace_url == url


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("https://jaeger.example.com/", "has no {trace_id}"),
        ("javascript:alert({trace_id})", "is not an http or https URL"),
        ("//jaeger.example.com/{trace_id}", "is not an http or https URL"),
        ("https://{trace_id}/", "is not an http or https URL"),
        ("https://me:secret@jaeger.example.com/{trace_id}", "must not hold a user name"),
        ('https://jaeger.example.com/{trace_id}"><script>', "has characters that no URL has"),
        ("https://jaeger.example.com/{trace_id} x", "has characters that no URL has"),
        ("https://jaeger.example.com/{trace_id}){service}", "has characters that no URL has"),
    ],
)
def test_what_is_no_address_of_traces_is_a_mistake(url: str, problem: str) -> None:
    assert problem in mistake(f"telemetry: {{trace_url: {json.dumps(url)}}}")


@pytest.mark.parametrize(
    "url",
    ["http://otel:4318", "http://otel:4318/", "http://otel:4318/v1/traces"],
)
def test_a_collector_is_named_with_or_without_the_path_for_spans(url: str) -> None:
    assert load(f"telemetry: {{otlp_endpoint: '{url}'}}").telemetry.otlp_endpoint == (
        "http://otel:4318"
    )


@pytest.mark.parametrize(
    "url", ["otel:4317", "grpc://otel", "http://me:secret@otel", "http://otel?key=x"]
)
def test_what_is_no_collector_is_a_mistake(url: str) -> None:
    assert "telemetry.otlp_endpoint" in mistake(f"telemetry: {{otlp_endpoint: '{url}'}}")
