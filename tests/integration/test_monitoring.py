"""/metrics as Prometheus reads it, and examples/monitoring as its own tools do."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from shadow.model import Outcome
from shadow.store.engine import open_store
from shadow.store.writer import StoreWriter
from shadow.web.metrics import MOST_RELEASES
from tests.integration.gates.conftest import RELEASES, filled, token_of
from tests.integration.store.builders import batch, ended
from tests.integration.web.conftest import ENOUGH, count
from tests.support.gates import replaced_in, web_process
from tests.support.processes import ROOT, free_port, process, until
from tests.support.programs import needed

MONITORING = ROOT / "examples" / "monitoring"
HOW = "install Debian's package prometheus"

type Samples = dict[tuple[str, ...], float]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """The URL of a server, and a token that reads."""
    store = filled(tmp_path_factory.mktemp("monitoring"))
    _end(store, ended(Outcome.DROPPED, "queue_full"), ended(Outcome.SKIPPED, "x" * 999))
    token = token_of(store)
    with web_process(store) as url:
        yield url, token


def _end(store: str, *observations: Any) -> None:
    """Let exchanges of the release that fails end so."""
    engine = open_store(store)
    StoreWriter(engine, RELEASES["FAIL"], "two").commit(batch(*observations, line="two"))
    engine.dispose()


def scraped(url: str, token: str) -> str:
    headers = {"authorization": f"Bearer {token}"}
    answer = httpx.get(f"{url}/metrics", headers=headers, trust_env=False, timeout=60)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain")
    return answer.text


def judged(url: str, token: str, releases: int = len(RELEASES)) -> str:
    """What is scraped when each release has its verdict."""
    return until(lambda: _if_judged(scraped(url, token), releases), "verdicts in /metrics")


def _if_judged(text: str, releases: int) -> str:
    return text if text.count("shadow_verdict_timestamp_seconds{") == releases else ""


def samples(text: str, name: str, *labels: str) -> Samples:
    return {
        tuple(sample.labels[label] for label in labels): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == name
    }


def promtool(*words: str, given: str | None = None, cwd: Path = MONITORING) -> None:
    done = subprocess.run(
        (needed("promtool", HOW), *words),
        input=given,
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_it_says_how_every_exchange_ended_and_what_the_verdict_is(
    served: tuple[str, str],
) -> None:
    text = judged(*served)
    ends = samples(text, "shadow_exchanges_total", "release", "outcome", "reason")
    fails = RELEASES["FAIL"]
    assert ends[fails, "compared", ""] == ENOUGH
    assert ends[fails, "dropped", "queue_full"] == 1
    assert samples(text, "shadow_captured_total", "release")[fails,] == ENOUGH
    assert samples(text, "shadow_exchanges_missing", "release")[fails,] == -2
    assert samples(text, "shadow_findings", "release", "sort")[fails, "finding"] == 1
    verdicts = samples(text, "shadow_verdict", "release", "decision")
    assert {key for key, value in verdicts.items() if value} == {
        (release, decision) for decision, release in RELEASES.items()
    }
    assert len(verdicts) == len(RELEASES) ** 2


def test_a_reason_that_is_no_word_of_shadows_is_no_label(served: tuple[str, str]) -> None:
    text = scraped(*served)
    assert "xxx" not in text
    ends = samples(text, "shadow_exchanges_total", "release", "outcome", "reason")
    assert ends[RELEASES["FAIL"], "skipped", "other"] == 1


def test_nothing_that_users_sent_is_in_it(served: tuple[str, str]) -> None:
    text = judged(*served)
    assert "items" not in text
    assert "price" not in text


def test_so_many_releases_are_told_of_however_many_there_are(tmp_path: Path) -> None:
    store = f"sqlite:///{tmp_path / 'shadow.db'}"
    for number in range(MOST_RELEASES + 3):
        count(store, 1, "one", release=f"1.{number}")
    token = token_of(store)
    with web_process(store) as url:
        text = judged(url, token, MOST_RELEASES)
    told = samples(text, "shadow_captured_total", "release")
    assert len(told) == MOST_RELEASES
    assert (f"1.{MOST_RELEASES + 2}",) in told
    assert samples(text, "shadow_releases")[()] == MOST_RELEASES + 3


def test_it_takes_a_token_and_says_so_to_a_machine(served: tuple[str, str]) -> None:
    for headers in ({}, {"authorization": "Bearer shadow_nobody"}):
        answer = httpx.get(f"{served[0]}/metrics", headers=headers, trust_env=False)
        assert answer.status_code == 401
        assert answer.headers["content-type"] == "application/problem+json"


def test_promtool_has_nothing_to_say_against_the_metrics(served: tuple[str, str]) -> None:
    promtool("check", "metrics", given=judged(*served))


def test_promtool_takes_the_alerts_and_they_fire_when_they_should() -> None:
    promtool("check", "rules", "alerts.yml")
    promtool("test", "rules", "alerts.test.yml")


def test_each_alert_is_tried() -> None:
    alerts = yaml.safe_load((MONITORING / "alerts.yml").read_text())["groups"][0]["rules"]
    tried = yaml.safe_load((MONITORING / "alerts.test.yml").read_text())["tests"]
    names = {test["alertname"] for each in tried for test in each["alert_rule_test"]}
    assert names == {alert["alert"] for alert in alerts}


def test_each_query_of_dashboard_and_alerts_is_one_that_prometheus_takes(
    served: tuple[str, str], tmp_path: Path
) -> None:
    board = json.loads((MONITORING / "grafana-dashboard.json").read_text())
    queries = [target["expr"] for panel in board["panels"] for target in panel["targets"]]
    groups = yaml.safe_load((MONITORING / "alerts.yml").read_text())["groups"]
    queries += [rule["expr"] for group in groups for rule in group["rules"]]
    text = judged(*served)
    there = {found[1] for found in re.finditer(r"^(shadow_\w+)", text, re.MULTILINE)}
    asked = {name for query in queries for name in re.findall(r"shadow_\w+", query)}
    assert asked <= there
    rules = [
        {"record": f"panel:{number}", "expr": _without_variables(query)}
        for number, query in enumerate(queries)
    ]
    file = tmp_path / "dashboard.yml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "dashboard", "rules": rules}]}))
    promtool("check", "rules", str(file))


def _without_variables(query: str) -> str:
    """Fill in what Grafana would."""
    for name, value in (("$release", ".*"), ("$__rate_interval", "5m"), ("$__range", "6h")):
        query = query.replace(name, value)
    assert "$" not in query
    return query


def test_a_real_prometheus_scrapes_it_by_the_example(
    served: tuple[str, str], tmp_path: Path
) -> None:
    url, token = served
    program = needed("prometheus", HOW)
    (tmp_path / "token").write_text(token)
    (tmp_path / "alerts.yml").write_text((MONITORING / "alerts.yml").read_text())
    config = replaced_in(
        (MONITORING / "prometheus.yml").read_text(),
        {
            "scheme: https": "scheme: http",
            "scrape_interval: 30s": "scrape_interval: 1s",
            "/etc/prometheus/shadow-token": str(tmp_path / "token"),
            "shadow.example.com": url.removeprefix("http://"),
        },
    )
    (tmp_path / "prometheus.yml").write_text(config)
    promtool("check", "config", "prometheus.yml", cwd=tmp_path)
    port = free_port()
    words = (
        f"--config.file={tmp_path / 'prometheus.yml'}",
        f"--storage.tsdb.path={tmp_path / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
    )
    with process(program, *words, stderr=sys.stderr):
        found = until(lambda: _asked(port, "shadow_verdict == 1"), "a verdict in Prometheus")
    assert {(each["release"], each["decision"]) for each in found} <= {
        (release, decision) for decision, release in RELEASES.items()
    }


def _asked(port: int, query: str) -> list[dict[str, str]]:
    try:
        answer = httpx.get(
            f"http://127.0.0.1:{port}/api/v1/query", params={"query": query}, trust_env=False
        )
    except httpx.HTTPError:
        return []
    if answer.status_code == httpx.codes.SERVICE_UNAVAILABLE:  # it is still starting
        return []
    return [each["metric"] for each in answer.json().get("data", {}).get("result", [])]
