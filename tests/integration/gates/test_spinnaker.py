"""examples/gates/spinnaker: how Orca polls, and how the stage ends.

Its rules (orca-webhook): the first request has to be answered with 2xx; then the same address is
asked again and again: 5xx and 429 are tried again, other errors end the stage, so does a path that
leads to no single value; a status that is in none of the lists goes on waiting.
"""

import json
import re
from typing import Any

import httpx
import jsonpath_rfc9535 as jsonpath
import pytest

from tests.integration.gates.conftest import RELEASES, UNKNOWN, Gate
from tests.support.gates import GATES, PUBLIC_URL, yaml_of
from tests.support.processes import refused

SUCCEEDED, TERMINAL, RUNNING = "SUCCEEDED", "TERMINAL", "RUNNING"


def stage_of(release: str, url: str, token: str) -> dict[str, Any]:
    """The stage as Orca runs it: the pipeline's parameters in the configured webhook."""
    replaced = {PUBLIC_URL: url, "${SHADOW_TOKEN}": token}
    (webhook,) = yaml_of("spinnaker/orca-local.yml", replaced)["webhook"]["preconfigured"]
    pipeline = json.loads((GATES / "spinnaker" / "pipeline.json").read_text())
    stage = next(each for each in pipeline["stages"] if each["type"] == webhook["type"])
    assert {each["name"] for each in webhook["parameters"]} == set(stage["parameterValues"])
    given = {
        name: value.replace("${parameters.release}", release)
        for name, value in stage["parameterValues"].items()
    }
    webhook["url"] = re.sub(
        r"\$\{parameterValues\['(\w+)'\]\}", lambda found: given[found[1]], webhook["url"]
    )
    return {**webhook, **{key: stage[key] for key in ("overrideTimeout", "stageTimeoutMs")}}


def asked(stage: dict[str, Any]) -> httpx.Response:
    assert stage["method"] == "GET"
    headers = {name: ",".join(values) for name, values in stage["customHeaders"].items()}
    return httpx.get(stage["url"], headers=headers, timeout=60, trust_env=False)


def status_of(stage: dict[str, Any]) -> str:
    """How the stage stands when it has asked once as webhook and once as monitor."""
    try:
        first = asked(stage)
        if not 200 <= first.status_code < 400:
            return RUNNING if first.status_code >= 500 or first.status_code == 429 else TERMINAL
        if not stage["waitForCompletion"]:
            return SUCCEEDED
        assert stage["statusUrlResolution"] == "getMethod"
        answer = asked(stage)
    except httpx.HTTPError:
        return TERMINAL
    if answer.status_code >= 400:
        return RUNNING if answer.status_code >= 500 or answer.status_code == 429 else TERMINAL
    return _concluded(stage, answer.json())


def _concluded(stage: dict[str, Any], document: Any) -> str:
    for path in (stage["statusJsonPath"], stage["progressJsonPath"]):
        found = jsonpath.find(path, document).values()
        if len(found) != 1 or not isinstance(found[0], str):
            return TERMINAL
    status = jsonpath.find(stage["statusJsonPath"], document).values()[0].upper()
    for key, end in (("successStatuses", SUCCEEDED), ("terminalStatuses", TERMINAL)):
        if status in {each.strip().upper() for each in stage[key].split(",")}:
            return end
    return RUNNING


def test_the_stage_succeeds_for_pass_alone_and_waits_while_inconclusive(gate: Gate) -> None:
    ends = {
        decision: status_of(stage_of(release, gate.url, gate.token))
        for decision, release in {**RELEASES, "unknown": UNKNOWN}.items()
    }
    assert ends == {
        "PASS": SUCCEEDED,
        "FAIL": TERMINAL,
        "INCONCLUSIVE": RUNNING,
        "unknown": TERMINAL,
    }


@pytest.mark.parametrize("release", RELEASES.values())
def test_a_server_that_is_away_or_knows_nobody_ends_the_stage(gate: Gate, release: str) -> None:
    assert status_of(stage_of(release, refused(), gate.token)) == TERMINAL
    assert status_of(stage_of(release, gate.url, "shadow_nobody")) == TERMINAL


def test_waiting_has_an_end_and_what_comes_after_waits_for_the_stage(gate: Gate) -> None:
    stage = stage_of("3.2.0", gate.url, gate.token)
    assert stage["overrideTimeout"]
    assert 0 < stage["stageTimeoutMs"] <= 24 * 3600 * 1000
    gate_stage, after = json.loads((GATES / "spinnaker" / "pipeline.json").read_text())["stages"]
    assert gate_stage["failPipeline"]
    assert after["requisiteStageRefIds"] == [gate_stage["refId"]]
