"""examples/gates/argo-rollouts: the measurements Argo takes, and what becomes of the rollout.

Its rules: metricproviders/webmetric (no 2xx, no JSON, nothing at the path: Error),
utils/evaluate (failure before success, neither is Inconclusive), and analysis (a run with one
measurement ends as that; errors are tried again, then it ends as Error).
"""

import re
from typing import Any

import httpx
import jsonpath_rfc9535 as jsonpath
import pytest

from tests.integration.gates.conftest import RELEASES, UNKNOWN, Gate
from tests.support.gates import PUBLIC_URL, yaml_of
from tests.support.processes import refused, shadow

ROLLOUT = {
    "Successful": "goes on",
    "Failed": "aborts",
    "Error": "aborts",
    "Inconclusive": "pauses",
}


def metric_of(name: str, **arguments: str) -> dict[str, Any]:
    """The one metric of a template with its arguments filled in."""
    template = yaml_of(f"argo-rollouts/{name}.yaml", {PUBLIC_URL: ""} if name == "web" else {})
    assert {each["name"] for each in template["spec"]["args"]} == set(arguments)
    (metric,) = template["spec"]["metrics"]
    assert (metric["count"], metric["failureLimit"], metric.get("inconclusiveLimit", 0)) == (
        1,
        0,
        0,
    )
    return _filled(metric, arguments)


def _filled(value: Any, arguments: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _filled(each, arguments) for key, each in value.items()}
    if isinstance(value, list):
        return [_filled(each, arguments) for each in value]
    if isinstance(value, str):
        return re.sub(r"\{\{ *args\.(\w+) *\}\}", lambda found: arguments[found[1]], value)
    return value


def holds(condition: str, result: object) -> bool:
    found = re.fullmatch(r'result == "(\w+)"', condition)
    assert found, f"teach the test more of Argo's language: {condition}"
    return result == found[1]


def measured(metric: dict[str, Any], url: str) -> str:
    """The phase of one measurement of a web metric."""
    web = metric["provider"]["web"]
    headers = {each["key"]: each["value"] for each in web["headers"]}
    address = url + web["url"].replace("wait=60s", "wait=1s")
    try:
        answer = httpx.get(address, headers=headers, timeout=web["timeoutSeconds"], trust_env=False)
        if not 200 <= answer.status_code < 300:
            return "Error"
        document = answer.json()
    except (httpx.HTTPError, ValueError):
        return "Error"
    found = jsonpath.find(web["jsonPath"].strip("{}"), document).values()
    if len(found) != 1:
        return "Error"
    if holds(metric["failureCondition"], found[0]):
        return "Failed"
    return "Successful" if holds(metric["successCondition"], found[0]) else "Inconclusive"


def rollout_by_web(gate: Gate, release: str, url: str | None = None, token: str = "") -> str:
    metric = metric_of("web", release=release, token=token or gate.token)
    return ROLLOUT[measured(metric, url or gate.url)]


def rollout_by_job(store: str, release: str) -> str:
    """Run the job's container; with one try, exit code 0 completes it and all others fail it."""
    spec = metric_of("job", release=release)["provider"]["job"]["spec"]
    pod = spec["template"]["spec"]
    assert (spec["backoffLimit"], pod["restartPolicy"]) == (0, "Never")
    (container,) = pod["containers"]
    assert container["command"] == ["shadow"]
    assert [each["name"] for each in container["env"]] == ["SHADOW_STORE"]
    words = ["1s" if word == "30m" else word for word in container["args"]]
    done = shadow(*words, environment={"SHADOW_STORE": store})
    return ROLLOUT["Successful" if done.returncode == 0 else "Failed"]


def test_a_web_metric_goes_on_aborts_or_pauses(gate: Gate) -> None:
    became = {d: rollout_by_web(gate, r) for d, r in {**RELEASES, "unknown": UNKNOWN}.items()}
    assert became == {
        "PASS": "goes on",
        "FAIL": "aborts",
        "INCONCLUSIVE": "pauses",
        "unknown": "aborts",
    }


@pytest.mark.parametrize("release", RELEASES.values())
def test_a_server_that_is_away_or_knows_nobody_aborts(gate: Gate, release: str) -> None:
    assert rollout_by_web(gate, release, url=refused()) == "aborts"
    assert rollout_by_web(gate, release, token="shadow_nobody") == "aborts"


def test_argo_waits_longer_than_shadow_holds_the_answer_back() -> None:
    web = metric_of("web", release="1", token="t")["provider"]["web"]
    (wait,) = re.findall(r"wait=(\d+)s", web["url"])
    assert web["timeoutSeconds"] > int(wait) + 10


def test_a_job_goes_on_for_pass_alone(gate: Gate) -> None:
    became = {d: rollout_by_job(gate.store, r) for d, r in {**RELEASES, "x": UNKNOWN}.items()}
    assert became == {"PASS": "goes on", "FAIL": "aborts", "INCONCLUSIVE": "aborts", "x": "aborts"}


def test_a_job_without_its_store_aborts() -> None:
    assert rollout_by_job("sqlite:////nowhere/shadow.db", RELEASES["PASS"]) == "aborts"
    away = "postgresql://shadow@127.0.0.1:1/shadow"
    assert rollout_by_job(away, RELEASES["PASS"]) == "aborts"
