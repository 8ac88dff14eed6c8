"""examples/gates/flagger: what Flagger posts, and what it does with the answers.

Its rule (pkg/controller/webhook.go): POST, JSON, no header but the content type; an answer above
202, none in time, and any error of the connection are a failed hook.
"""

import shutil
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.integration.gates.conftest import RELEASES, UNKNOWN, Gate, filled, token_of
from tests.support.gates import PUBLIC_URL, web_process, yaml_of
from tests.support.processes import refused

WAITS = ("confirm-rollout", "confirm-promotion")
ADVANCING = (*WAITS, "rollout")
ALL = (*ADVANCING, "rollback")


def webhooks(url: str, token: str, release: str) -> dict[str, dict[str, Any]]:
    """The webhooks of the example by their type, for this server and release."""
    replaced = {PUBLIC_URL: url, "2.4.0": release, "shadow_REPLACE_ME": token}
    canary = yaml_of("flagger/canary.yaml", replaced)
    return {hook["type"]: hook for hook in canary["spec"]["analysis"]["webhooks"]}


def succeeds(webhook: dict[str, Any], **changed: str) -> bool:
    """What Flagger concludes of a webhook."""
    metadata = {**webhook["metadata"], **changed}
    payload = {"name": "shop", "namespace": "shop", "phase": "Progressing", "checksum": "85d5"}
    seconds = float(webhook["timeout"].removesuffix("s"))
    with httpx.Client(timeout=seconds, trust_env=False, follow_redirects=True) as flagger:
        try:
            answer = flagger.post(webhook["url"], json={**payload, "metadata": metadata})
        except httpx.HTTPError:
            return False
    assert metadata["token"] not in answer.text or not metadata["token"]
    return answer.status_code <= 202


@pytest.mark.parametrize("hook", ADVANCING)
def test_it_goes_on_for_pass_alone(gate: Gate, hook: str) -> None:
    went_on = {
        decision: succeeds(webhooks(gate.url, gate.token, release)[hook])
        for decision, release in {**RELEASES, "unknown": UNKNOWN}.items()
    }
    assert went_on == {"PASS": True, "FAIL": False, "INCONCLUSIVE": False, "unknown": False}


def test_it_rolls_back_for_fail_alone(gate: Gate) -> None:
    rolled_back = {
        decision: succeeds(webhooks(gate.url, gate.token, release)["rollback"])
        for decision, release in {**RELEASES, "unknown": UNKNOWN}.items()
    }
    assert rolled_back == {"PASS": False, "FAIL": True, "INCONCLUSIVE": False, "unknown": False}


def test_each_webhook_says_what_it_is(gate: Gate) -> None:
    hooks = webhooks(gate.url, gate.token, "3.0.0")
    assert set(hooks) == set(ALL)
    assert all(hook["metadata"]["hook"] == kind for kind, hook in hooks.items())


def test_a_webhook_that_does_not_say_what_it_is_never_goes_on_for_fail(gate: Gate) -> None:
    hook = webhooks(gate.url, gate.token, RELEASES["FAIL"])["confirm-promotion"]
    del hook["metadata"]["hook"]
    assert not succeeds(hook)
    assert not succeeds(hook, hook="post-rollout")
    assert not succeeds(hook, hook="")


@pytest.mark.parametrize("token", ["", "shadow_nobody"])
@pytest.mark.parametrize("hook", ALL)
def test_without_a_token_that_holds_nothing_goes_on(gate: Gate, hook: str, token: str) -> None:
    for release in RELEASES.values():
        assert not succeeds(webhooks(gate.url, gate.token, release)[hook], token=token)


@pytest.mark.parametrize("hook", ALL)
def test_a_server_that_is_away_lets_nothing_go_on(hook: str) -> None:
    assert not succeeds(webhooks(refused(), "shadow_x", RELEASES["PASS"])[hook])


def test_a_store_that_is_away_lets_nothing_go_on(tmp_path: Path) -> None:
    store = filled(tmp_path)
    token = token_of(store)
    with web_process(store) as url:
        shutil.move(tmp_path / "shadow.db", tmp_path / "away.db")
        for release in RELEASES.values():
            hooks = webhooks(url, token, release)
            assert [kind for kind in ALL if succeeds(hooks[kind])] == []


def test_flagger_is_told_why_in_few_words(gate: Gate) -> None:
    hook = webhooks(gate.url, gate.token, RELEASES["INCONCLUSIVE"])["confirm-promotion"]
    body = {"name": "shop", "namespace": "shop", "metadata": hook["metadata"]}
    answer = httpx.post(hook["url"], json=body, trust_env=False)
    assert answer.status_code == 409
    assert "3.2.0 is INCONCLUSIVE: " in answer.json()["detail"]
    assert len(answer.text) < 1_000


@pytest.mark.parametrize(
    "body",
    [b"", b"[", b"[]", b'"x"', b'{"metadata":[]}', b'{"metadata":{"token":7}}', b"[" * 9_999],
)
def test_what_is_no_webhook_of_flagger_is_refused(gate: Gate, body: bytes) -> None:
    hook = webhooks(gate.url, gate.token, RELEASES["PASS"])["rollout"]
    assert httpx.post(hook["url"], content=body, trust_env=False).status_code == 401


def test_a_mesh_may_add_the_token_as_a_header(gate: Gate) -> None:
    hook = webhooks(gate.url, gate.token, RELEASES["PASS"])["rollout"]
    headers = {"authorization": f"Bearer {gate.token}"}
    body = {"name": "shop", "namespace": "shop", "phase": "Progressing"}
    answer = httpx.post(hook["url"], json=body, headers=headers, trust_env=False)
    assert answer.status_code == 200
