"""A slow endpoint is found by real processes, and only that; alone, times are shown."""

from pathlib import Path

from tests.support.processes import proxy, shadow, target
from tests.support.user import User

PASS, FAIL = 0, 1
ASKED = 60
SETTINGS = "policy: {min_exchanges: 40, max_excess_rate: 0.2}"


def ask(url: str) -> None:
    with User(url) as user:
        for number in range(ASKED):
            assert user.get(f"/reports/{number}").startswith(b"HTTP/1.1 200")
            assert user.get(f"/items/{number}").startswith(b"HTTP/1.1 200")


def test_a_slow_endpoint_is_the_one_finding(tmp_path: Path) -> None:
    with (
        target() as primary,
        target(delay=0.01) as secondary,
        target(delay=0.1) as candidate,
        proxy(
            tmp_path,
            primary=primary,
            candidate=candidate,
            secondary=secondary,
            settings=SETTINGS,
        ) as running,
    ):
        ask(running.url)
        assert running.stop() == 0
    code, verdict = running.gate()
    assert code == FAIL, verdict["reasons"]
    (finding,) = verdict["findings"]
    assert (finding["endpoint"], finding["kind"]) == ("GET /reports/{int}", "slow")
    times = {each["endpoint"]: each["latency"] for each in verdict["endpoints"]}
    assert times["GET /reports/{int}"]["slowdown"][0] > 1.25
    assert times["GET /reports/{int}"]["candidate"]["p50"][1] >= 95
    tolerant = running.config.with_name("tolerant.yaml")
    tolerant.write_text(SETTINGS.replace("{", "{max_slowdown: 1000, ", 1))
    asked = ("--release", running.release, "--store", running.store, "--config", str(tolerant))
    assert shadow("gate", *asked).returncode == PASS


def test_without_a_secondary_times_are_shown_and_said_not_to_be_judged(tmp_path: Path) -> None:
    with (
        target() as primary,
        target(delay=0.1) as candidate,
        proxy(tmp_path, primary=primary, candidate=candidate, settings=SETTINGS) as running,
    ):
        ask(running.url)
        assert running.stop() == 0
    code, verdict = running.gate()
    assert code == PASS, verdict["reasons"]
    assert any("Latency is shown, not judged" in reason for reason in verdict["reasons"])
    times = {each["endpoint"]: each["latency"] for each in verdict["endpoints"]}
    assert times["GET /reports/{int}"]["candidate"]["p50"][1] >= 95
    assert times["GET /reports/{int}"]["slowdown"] is None
