"""`shadow proxy` beside a real collector: its spans stand between the user's and the targets'."""

import json
from pathlib import Path

from tests.support.collector import Collected, collector
from tests.support.processes import PACKAGES, proxy, refused, shadow, target
from tests.support.user import User

TRACE = "4bf92f3577b34da6a3ce929d0e0e47{:02x}"
SPAN = "00f067aa0ba902b7"
STATE = ("tracestate: vendor=1,other=t:2", "baggage: user=7;secret,plan=gold")


def parent(number: int, flags: str = "01") -> str:
    return f"traceparent: 00-{TRACE.format(number)}-{SPAN}-{flags}"


def asked(journal: Path) -> dict[str, list[str]]:
    """The heads that a target got, by what was asked for."""
    heads = [json.loads(line) for line in journal.read_text().splitlines()]
    return {head[0].split()[1]: head[1:] for head in heads}


def of_trace(head: list[str]) -> list[str]:
    names = ("traceparent", "tracestate", "baggage")
    return [line for line in head if line.lower().startswith(names)]


def browse(url: str) -> None:
    """A trace that is kept, one that is not, none, and what is no trace."""
    with User(url) as user:
        user.get("/items/1?q=hidden", parent(1), *STATE)
        user.get("/items/2", parent(2, "00"), *STATE)
        user.get("/items/3")
        user.get("/items/4", "traceparent: 00-x", *STATE)


def by_target(spans: list[Collected]) -> dict[object, Collected]:
    return {span.attributes["shadow.target"]: span for span in spans}


def test_what_each_target_does_is_beneath_a_span_of_its_own_in_the_users_trace(
    tmp_path: Path,
) -> None:
    journals = [tmp_path / name for name in ("primary", "candidate", "secondary")]
    with (
        collector() as kept,
        target(journal=journals[0]) as primary,
        target(journal=journals[1], mark="pre-release") as candidate,
        target(journal=journals[2]) as secondary,
        proxy(
            tmp_path,
            primary=primary,
            candidate=candidate,
            secondary=secondary,
            settings=f"telemetry: {{otlp_endpoint: '{kept.url}'}}",
        ) as running,
    ):
        browse(running.url)
        assert running.stop() == 0
        _, verdict = running.gate()
    at_primary, at_candidate, at_secondary = map(asked, journals)
    spans = by_target(kept.spans)
    assert len(kept.spans) == len(spans) == 2
    assert {span.trace_id for span in kept.spans} == {TRACE.format(1)}
    assert {span.parent_id for span in kept.spans} == {SPAN}
    for name, heads in (("candidate", at_candidate), ("secondary", at_secondary)):
        span = spans[name]
        own = f"traceparent: 00-{TRACE.format(1)}-{span.span_id}-01"
        assert span.name == f"shadow ask {name}"
        assert of_trace(heads["/items/1?q=hidden"]) == [own, *STATE]
        for path in ("/items/2", "/items/3", "/items/4"):
            assert of_trace(heads[path]) == of_trace(at_primary[path])
    assert of_trace(at_primary["/items/1?q=hidden"]) == [parent(1), *STATE]
    common = {
        "shadow.release": "2.4.0",
        "shadow.endpoint": "GET /items/{int}",
        "shadow.outcome": "compared",
        "http.response.status_code": 200,
    }
    counted = spans["candidate"].attributes
    assert counted.pop("shadow.target") == "candidate"
    assert counted.pop("shadow.exchange.id") == spans["secondary"].attributes["shadow.exchange.id"]
    assert counted == {**common, "shadow.differences": 1}
    assert "hidden" not in repr(kept.spans)
    assert "gold" not in repr(kept.spans)
    assert all(0 < span.seconds < 3600 for span in kept.spans)
    assert verdict["accounting"]["compared"] == 4


def test_without_a_collector_named_each_copy_has_what_the_user_sent(tmp_path: Path) -> None:
    journals = [tmp_path / name for name in ("primary", "candidate", "secondary")]
    with (
        target(journal=journals[0]) as primary,
        target(journal=journals[1]) as candidate,
        target(journal=journals[2]) as secondary,
        proxy(tmp_path, primary=primary, candidate=candidate, secondary=secondary) as running,
    ):
        browse(running.url)
        assert running.stop() == 0
    at_primary, at_candidate, at_secondary = map(asked, journals)
    assert of_trace(at_primary["/items/1?q=hidden"]) == [parent(1), *STATE]
    for path, head in at_primary.items():
        assert of_trace(at_candidate[path]) == of_trace(at_secondary[path]) == of_trace(head)


def test_a_collector_that_is_away_and_a_candidate_that_is_cost_a_line_each(
    tmp_path: Path,
) -> None:
    away = refused()
    with (
        target() as primary,
        proxy(
            tmp_path,
            primary=primary,
            candidate=refused(),
            settings=f"telemetry: {{otlp_endpoint: '{away}'}}",
        ) as running,
    ):
        with User(running.url) as user:
            for number in range(5):
                assert user.get(f"/items/{number}", parent(number)).startswith(b"HTTP/1.1 200")
        assert running.stop() == 0
        _, verdict = running.gate()
    log = running.log.read_text()
    assert verdict["accounting"]["missing"] == 0
    assert f"5 in all: the collector {away.removeprefix('http://')} did not take them" in log
    assert "Traceback" not in log
    assert "opentelemetry" not in log


def test_a_finding_leads_to_the_trace_in_which_the_span_names_its_exchange(tmp_path: Path) -> None:
    with (
        collector() as kept,
        target() as primary,
        target(mark="pre-release") as candidate,
        proxy(
            tmp_path,
            primary=primary,
            candidate=candidate,
            settings=(
                f"telemetry: {{otlp_endpoint: '{kept.url}', "
                "trace_url: 'https://jaeger.example/trace/{trace_id}'}"
            ),
        ) as running,
    ):
        with User(running.url) as user:
            for number in range(100):
                user.get(f"/items/{number}", parent(number % 8), *STATE)
        assert running.stop() == 0
        _, verdict = running.gate()
        done = shadow("report", *running.asked(), "--format", "html", "--output", "-")
    (found,) = verdict["findings"]
    shown = found["example"]
    spans = {span.attributes["shadow.exchange.id"]: span for span in kept.spans}
    assert len(spans) == 100
    assert spans[shown["exchange_id"]].trace_id == shown["trace_id"]
    link = f'<a href="https://jaeger.example/trace/{shown["trace_id"]}" rel="noopener noreferrer">'
    assert link in done.stdout, done.stderr


def test_without_the_extra_it_is_said_what_to_install(tmp_path: Path) -> None:
    hidden = tmp_path / "opentelemetry"
    hidden.mkdir()
    (hidden / "__init__.py").touch()
    for command in ("proxy", "worker"):
        done = shadow(
            *(command, "--release", "1", "--primary", refused(), "--candidate", refused()),
            *("--store", f"sqlite:///{tmp_path / 'shadow.db'}"),
            environment={
                "SHADOW_TELEMETRY__OTLP_ENDPOINT": refused(),
                "SHADOW_LISTEN": "127.0.0.1:0",
                "PYTHONPATH": f"{tmp_path}:{PACKAGES['PYTHONPATH']}",
            },
        )
        assert done.returncode == 2, done.stderr
        assert "pip install 'shadow-verify[otel]'" in done.stderr
