"""Settings that are right by themselves and wrong together, or in their form."""

import datetime
import json
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from pydantic import ValidationError

from shadow.errors import SettingsError
from shadow.model import DifferenceKind
from shadow.settings import (
    settings_as_json,
    settings_from_json,
)
from shadow.settings.sections import PolicySettings
from shadow.verdict.policy import EndpointPolicy, Policy
from tests.unit.settings.loading import TARGETS, load, mistake, mistakes


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
