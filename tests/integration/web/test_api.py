"""The HTTP API as machines ask it: verdicts, lists, decisions, and what it says to nonsense."""

import asyncio
import json
import shutil
import time

import httpx
import pytest

from shadow.model import Asked, Health, Timing
from tests.integration.store.builders import difference
from tests.integration.web.conftest import ENOUGH, RELEASE, count
from tests.support.processes import shadow
from tests.support.web import Served, serving

API = "/api/v1"
ABOUT = f"{API}/releases/{RELEASE}"


async def verdict_of(served: Served, **parameters: str) -> httpx.Response:
    return await served.client.get(f"{ABOUT}/verdict", params=parameters, timeout=60)


async def test_the_verdict_is_the_record_that_the_gate_prints_and_stores(store: str) -> None:
    async with serving(store) as served:
        answer = await verdict_of(served)
    assert answer.status_code == 200
    said = answer.json()
    assert (said["decision"], said["release"]) == ("FAIL", RELEASE)
    stored = shadow("audit", "--verdict", said["id"], "--store", store)
    assert json.loads(stored.stdout) == said
    gate = json.loads(shadow("gate", "-r", RELEASE, "--store", store, "--format", "json").stdout)
    apart = {"id", "decided_at"}
    assert {k: v for k, v in gate.items() if k not in apart} == {
        k: v for k, v in said.items() if k not in apart
    }


async def test_a_verdict_is_judged_again_only_when_the_store_has_changed(store: str) -> None:
    async with serving(store) as served:
        first = await verdict_of(served)
        await asyncio.sleep(1.1)
        same = await verdict_of(served)
        unchanged = await served.client.get(
            f"{ABOUT}/verdict", headers={"if-none-match": first.headers["etag"]}
        )
        count(store, 10, "two")
        await asyncio.sleep(1.1)
        other = await verdict_of(served)
    assert same.text == first.text
    assert (unchanged.status_code, unchanged.content) == (304, b"")
    assert other.headers["etag"] != first.headers["etag"]
    assert other.json()["accounting"]["captured"] == ENOUGH + 10


async def test_whoever_waits_gets_the_verdict_as_soon_as_it_is_conclusive(little: str) -> None:
    async with serving(little) as served:
        at_once = await verdict_of(served, wait="0s")
        waiting = [asyncio.create_task(verdict_of(served, wait="50s")) for _ in range(20)]
        await asyncio.sleep(0.5)
        assert not any(each.done() for each in waiting)
        count(little, ENOUGH, "two", (difference(),))
        found = [answer.json() for answer in await asyncio.gather(*waiting)]
    assert at_once.json()["decision"] == "INCONCLUSIVE"
    assert {each["decision"] for each in found} == {"FAIL"}
    assert len({each["id"] for each in found}) == 1


async def test_an_end_of_waiting_is_answered_with_what_there_is(little: str) -> None:
    async with serving(little) as served:
        answer = await verdict_of(served, wait="1s")
    assert (answer.status_code, answer.json()["decision"]) == (200, "INCONCLUSIVE")


async def test_the_end_of_the_server_answers_whoever_waits(little: str) -> None:
    async with serving(little) as served:
        waiting = asyncio.create_task(verdict_of(served, wait="50s"))
        await asyncio.sleep(0.5)
        served.server.stop()
        answer = await waiting
    assert answer.json()["decision"] == "INCONCLUSIVE"


async def test_lists_come_in_pages_that_lead_to_each_other(store: str) -> None:
    for name in ("2.5.0", "2.6.0"):
        count(store, 1, "x", release=name)
    async with serving(store) as served:
        address, seen = f"{API}/releases?limit=2", []
        while address:
            answer = await served.client.get(address)
            seen += [each["name"] for each in answer.json()["items"]]
            assert answer.json()["total"] == 3
            address = answer.links.get("next", {}).get("url", "")
        back = answer.links["prev"]["url"]
        before = await served.client.get(back)
    assert sorted(seen) == ["2.4.0", "2.5.0", "2.6.0"]
    assert len(before.json()["items"]) == 2


async def test_findings_endpoints_and_accounting_are_those_of_the_verdict(store: str) -> None:
    async with serving(store) as served:
        verdict = (await verdict_of(served)).json()
        findings = (await served.client.get(f"{ABOUT}/findings")).json()
        noise = (await served.client.get(f"{ABOUT}/findings?sort=noise")).json()
        elsewhere = (await served.client.get(f"{ABOUT}/findings?endpoint=GET%20/x")).json()
        endpoints = (await served.client.get(f"{ABOUT}/endpoints")).json()
        accounting = (await served.client.get(f"{ABOUT}/accounting")).json()
    assert findings["items"] == verdict["findings"]
    assert noise["items"] == elsewhere["items"] == []
    assert endpoints["items"] == verdict["endpoints"]
    assert accounting["accounting"] == verdict["accounting"]
    assert findings["verdict"] == endpoints["verdict"] == accounting["verdict"] == verdict["id"]


async def test_health_over_time_is_said_by_period_and_in_pages(store: str) -> None:
    now = time.time()
    for line, at, candidate in (("two", now, Health.ANSWERED), ("three", now + 60, Health.TIMEOUT)):
        asked = Asked(at=at, candidate=candidate, secondary=Health.ANSWERED)
        timing = Timing(primary=0.02, candidate=0.03, secondary=0.02)
        count(store, 10, line, asked=asked, timing=timing)
    async with serving(store) as served:
        both = (await served.client.get(f"{ABOUT}/health")).json()
        second = await served.client.get(f"{ABOUT}/health?limit=1&offset=1")
        unknown = await served.client.get(f"{API}/releases/9.9.9/health")
    fine, failed = both["items"]
    assert (both["total"], fine["seconds"], failed["start"] - fine["start"]) == (2, 60, 60)
    assert (fine["asked"], fine["failed"], fine["compared"]) == (10, 0, 10)
    assert (failed["asked"], failed["failed"], failed["candidate"]["timeout"]) == (10, 10, 10)
    assert failed["secondary"]["answered"] == 10
    times = fine["latency"]["candidate"]
    assert (times["answers"], times["p50"]) == (10, pytest.approx(30, rel=0.1))
    assert second.json()["items"] == [failed]
    assert unknown.status_code == 404


async def test_a_finding_is_accepted_and_taken_back_and_the_verdict_changes_at_once(
    store: str,
) -> None:
    async with serving(store) as served:
        finding = (await verdict_of(served)).json()["findings"][0]["id"]
        body = {"finding": finding, "reason": "in cents", "by": "Ann", "expires": "2999-01-31"}
        done = await served.client.post(f"{ABOUT}/approvals", json=body)
        passed = (await verdict_of(served)).json()
        signed = await served.client.post(f"{ABOUT}/sign-off", json={"by": "Ann"})
        taken = {"finding": finding, "reason": "billing reads it", "by": "Ben"}
        withdrawn = await served.client.post(f"{ABOUT}/withdrawals", json=taken)
        failed = (await verdict_of(served)).json()
        log = (await served.client.get(f"{ABOUT}/approvals")).json()
    assert done.status_code == signed.status_code == withdrawn.status_code == 201
    assert done.json()["entry"]["by"] == "Ann"
    assert passed["decision"] == "PASS"
    assert failed["decision"] == "FAIL"
    assert [each["what"] for each in log["items"]] == ["accepted", "signed-off", "withdrawn"]
    assert "Ann" in shadow("audit", "-r", RELEASE, "--store", store).stdout


async def test_a_rule_is_kept_and_withdrawn_and_the_verdict_changes_at_once(store: str) -> None:
    async with serving(store) as served:
        finding = (await verdict_of(served)).json()["findings"][0]["id"]
        body = {"finding": finding, "reason": "in cents", "by": "Ann", "expires": "2999-01-31"}
        done = await served.client.post(f"{ABOUT}/rules", json=body)
        passed = (await verdict_of(served)).json()
        excused = (await served.client.get(f"{ABOUT}/findings?sort=excused")).json()
        kept = (await served.client.get(f"{ABOUT}/rules")).json()
        name = kept["items"][0]["name"]
        taken = {"name": name, "reason": "billing reads it", "by": "Ben"}
        withdrawn = await served.client.post(f"{ABOUT}/rules/withdrawals", json=taken)
        failed = (await verdict_of(served)).json()
        again = await served.client.post(f"{ABOUT}/rules/withdrawals", json=taken)
        log = (await served.client.get(f"{ABOUT}/approvals")).json()
    assert done.status_code == withdrawn.status_code == 201
    assert (passed["decision"], failed["decision"]) == ("PASS", "FAIL")
    assert passed["kept_rules"] == kept["items"]
    assert excused["items"] == passed["excused"]
    assert excused["items"][0]["rule"]["by"] == kept["items"][0]["by"] == "Ann"
    assert again.status_code == 404
    assert [each["what"] for each in log["items"]] == ["rule-kept", "rule-withdrawn"]


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        ({}, 422, "a rule, or a finding"),
        ({"finding": "0" * 12}, 404, "there is no finding"),
        ({"rule": {"name": "r", "location": "$.price", "action": "pattern"}}, 422, "pattern"),
        ({"rule": {"name": "r", "location": "$.price", "action": "set"}}, 422, "looks at values"),
        ({"rule": {"name": "r", "location": "$[", "action": "ignore"}}, 422, "JSONPath"),
        ({"rule": {"name": "r", "location": "$[0]", "action": "ignore"}}, 422, "write [*]"),
        ({"rule": {"name": "a\x00", "location": "$", "action": "ignore"}}, 422, "name"),
    ],
)
async def test_a_rule_that_counts_cannot_decide_is_refused(
    store: str, body: dict[str, object], status: int, said: str
) -> None:
    async with serving(store) as served:
        whole = {"reason": "r", "by": "Ann", **body}
        answer = await served.client.post(f"{ABOUT}/rules", json=whole)
    assert (answer.status_code, said in answer.json()["detail"]) == (status, True), answer.text


async def test_only_pass_is_signed_off_without_override(store: str) -> None:
    async with serving(store) as served:
        refused = await served.client.post(f"{ABOUT}/sign-off", json={"by": "Ann"})
        unsaid = await served.client.post(f"{ABOUT}/sign-off", json={"by": "Ann", "override": True})
        nobody = await served.client.post(
            f"{ABOUT}/sign-off", json={"override": True, "reason": "must go out"}
        )
    assert [each.status_code for each in (refused, unsaid, nobody)] == [409, 422, 422]
    assert "FAIL" in refused.json()["detail"]


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("/releases/2.4.1/verdict", 404, "it has 2.4.0"),
        ("/releases/2.4.1/approvals", 404, "it has 2.4.0"),
        ("/releases/2.4.0/verdict?wiat=3s", 422, "it takes wait"),
        ("/releases/2.4.0/verdict?wait=1&wait=2", 422, "given twice"),
        ("/releases/2.4.0/verdict?wait=1h", 422, "wait"),
        ("/releases/2%004/verdict", 422, "release"),
        ("/releases?limit=0", 422, "limit"),
        ("/releases?offset=-1", 422, "offset"),
        ("/nothing", 404, "nothing at this address"),
    ],
)
async def test_what_cannot_be_is_a_problem_that_says_why(
    store: str, path: str, status: int, said: str
) -> None:
    async with serving(store) as served:
        answer = await served.client.get(API + path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == status
    assert said in answer.json()["detail"]


async def test_bodies_that_are_no_decision_are_refused(store: str) -> None:
    async with serving(store) as served:

        async def sent(**request: object) -> int:
            answer = await served.client.post(f"{ABOUT}/approvals", **request)  # type: ignore[arg-type]
            assert answer.headers["content-type"] == "application/problem+json"
            return answer.status_code

        whole = {"finding": "0" * 12, "reason": "r", "by": "A"}
        assert await sent(json=whole) == 404
        assert await sent(json={**whole, "more": 1}) == 422
        assert await sent(json={**whole, "reason": "a\x00b"}) == 422
        assert await sent(json={**whole, "by": "x" * 1000}) == 422
        assert await sent(content=b"{", headers={"content-type": "application/json"}) == 422
        assert await sent(content=b'{"a":"\\ud800"}') == 422
        for unreadable in (b"\xff", b"9" * 5_000, b"[" * 60_000):
            headers = {"content-type": "application/json"}
            assert await sent(content=unreadable, headers=headers) == 422
        assert await sent(content=b"x" * 100_000) == 413


async def test_the_store_away_is_a_503_and_is_found_again(store: str) -> None:
    file = store.removeprefix("sqlite:///")
    async with serving(store) as served:
        await verdict_of(served)
        await asyncio.to_thread(shutil.move, file, f"{file}.away")
        await asyncio.sleep(1.1)
        away = await verdict_of(served)
        health = await served.client.get("/healthz")
        await asyncio.to_thread(shutil.move, f"{file}.away", file)
        back = await verdict_of(served)
    assert (away.status_code, health.status_code, back.status_code) == (503, 200, 200)
    assert away.headers["retry-after"]
    assert away.headers["content-type"] == "application/problem+json"


async def test_two_servers_on_one_store_tell_the_same(store: str) -> None:
    async with serving(store) as one, serving(store) as two:
        finding = (await verdict_of(one)).json()["findings"][0]["id"]
        await verdict_of(two)
        body = {"finding": finding, "reason": "in cents", "by": "Ann"}
        await one.client.post(f"{ABOUT}/approvals", json=body)
        await asyncio.sleep(1.1)
        assert (await verdict_of(two)).json()["decision"] == "PASS"


async def test_a_store_that_is_only_read_is_served_without_writing(store: str) -> None:
    async with serving(f"{store}?mode=ro", migrated=False) as served:
        answer = await verdict_of(served)
        body = {"finding": answer.json()["findings"][0]["id"], "reason": "r", "by": "A"}
        refused = await served.client.post(f"{ABOUT}/approvals", json=body)
    assert (answer.status_code, answer.json()["id"]) == (200, None)
    assert refused.status_code == 503


async def test_it_serves_postgresql_as_well(postgres_url: str) -> None:
    count(postgres_url, ENOUGH, "one", (difference(),))
    async with serving(postgres_url) as served:
        verdict = (await verdict_of(served)).json()
        body = {"finding": verdict["findings"][0]["id"], "reason": "in cents", "by": "Ann"}
        done = await served.client.post(f"{ABOUT}/approvals", json=body)
        assert done.status_code == 201
        assert (await verdict_of(served)).json()["decision"] == "PASS"
