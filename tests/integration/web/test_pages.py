"""Pages as the server makes them: what they say, whom they let decide, and what they refuse."""

import re
import time
from dataclasses import replace
from pathlib import Path

import pytest
from msgspec import structs

from shadow.model import Asked, Health, Role
from shadow.store.engine import migrate, open_store
from shadow.store.tokens import TokenBook
from shadow.store.writer import StoreWriter
from shadow.web.listeners import Listeners
from tests.integration.store.builders import batch, compared, difference, example
from tests.integration.web.conftest import ENOUGH, RELEASE, count
from tests.support.web import Served, serving

ABOUT = f"/releases/{RELEASE}"
FINDING = re.compile(rf"{ABOUT}/findings/[0-9a-f]{{12}}")
TOKEN = re.compile(r'name="form_token" value="([^"]+)"')


async def shown(served: Served, path: str) -> str:
    """A page, once its release is judged."""
    while (page := await served.client.get(path)).status_code == 202:
        assert "being judged" in page.text
    assert page.status_code == 200, page.text
    return page.text


async def finding_of(served: Served) -> str:
    found = FINDING.search(await shown(served, ABOUT))
    assert found
    return found[0]


async def decided(served: Served, path: str, **fields: str):
    page = await shown(served, path.rpartition("/")[0])
    token = TOKEN.search(page)
    assert token
    return await served.client.post(path, data={"form_token": token[1], **fields})


async def test_a_release_shows_when_its_candidate_failed(store: str) -> None:
    asked = Asked(at=time.time(), candidate=Health.TIMEOUT, secondary=Health.ANSWERED)
    async with serving(store) as served:
        before = await shown(served, ABOUT)
        count(store, 10, "two", asked=asked)
        after = await shown(served, ABOUT)
    assert "Candidate health over time" not in before
    assert "The candidate failed in 10 of 10 exchanges; the secondary in 0 of 10." in after
    assert "10 timeout" in after


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"reason": "meant"}, "who decides"),
        ({"by": "Rita"}, "needs --reason"),
        ({"by": "Rita", "reason": "meant", "expires": "tomorrow"}, "2027-01-31"),
        ({"by": "Rita", "reason": "meant", "expires": "2001-01-01"}, "is over already"),
    ],
)
async def test_a_decision_that_cannot_be_taken_says_why_on_the_page(
    store: str, fields: dict[str, str], said: str
) -> None:
    async with serving(store) as served:
        refused = await decided(served, f"{await finding_of(served)}/accept", **fields)
        after = await shown(served, ABOUT)
    assert refused.status_code == 422
    assert said in refused.text
    assert 'role="alert"' in refused.text
    assert "FAIL" in after


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "data:text/html,x", "//evil.example", "https://a@b/", "x", ""]
)
async def test_only_a_plain_link_leads_to_a_bug(store: str, link: str) -> None:
    async with serving(store) as served:
        place = await finding_of(served)
        refused = await decided(served, f"{place}/bug", by="Rita", link=link)
        page = await shown(served, place)
    assert refused.status_code == 422
    assert "javascript:" not in page


@pytest.mark.parametrize(
    ("change", "status", "said"),
    [
        ({"rule": "- {name: r, reason: r, location: $.other, action: ignore}"}, 409, "not cover"),
        ({"rule": "- {name: r, reason: r, location: $.price, action: set}"}, 422, "looks at"),
        ({"rule": "- half a rule"}, 422, "can't be used like this"),
        ({"rule": "rules: []"}, 422, "one rule is kept at a time"),
        ({"reason": ""}, 422, "why"),
        ({"expires": "2020-01-31"}, 422, "over already"),
    ],
)
async def test_a_rule_that_cannot_be_kept_is_shown_again_with_the_reason(
    store: str, change: dict[str, str], status: int, said: str
) -> None:
    rule = "- {name: r, reason: r, location: $.price, action: ignore}"
    async with serving(store) as served:
        place = await finding_of(served)
        asked = {"rule": rule, "by": "Rita", "reason": "in cents", **change}
        refused = await decided(served, f"{place}/rule", **asked)
        page = await shown(served, place)
    assert (refused.status_code, said in refused.text) == (status, True)
    assert "excused by" not in page


async def test_who_may_only_read_is_shown_no_form(store: str) -> None:
    engine = open_store(store)
    _, secret = TokenBook(engine).create("reader", Role.READ, time.time())
    engine.dispose()
    async with serving(store) as served:
        served.client.headers["authorization"] = f"Bearer {secret}"
        page = await shown(served, await finding_of(served))
        rule = await shown(served, f"{await finding_of(served)}/rule")
    assert "Deciding takes the role approve" in page
    assert 'method="post"' not in page + rule


@pytest.mark.parametrize(
    "path",
    [
        "/releases/none",
        f"{ABOUT}/findings/{'0' * 12}",
        f"{ABOUT}/endpoints/{'0' * 12}",
        f"{ABOUT}/x",
    ],
)
async def test_what_is_not_there_is_a_page_that_says_so(store: str, path: str) -> None:
    async with serving(store) as served:
        await shown(served, ABOUT)
        page = await served.client.get(path)
    assert page.status_code == 404
    assert "<h1" in page.text


async def test_pages_beyond_the_last_and_numbers_that_are_none_are_shown_all_the_same(
    store: str,
) -> None:
    async with serving(store) as served:
        place = await finding_of(served)
        for path in (f"{ABOUT}?page=99999999999", f"{ABOUT}?page=-1", f"{place}?example=x"):
            assert "$.price" in await shown(served, path)
        assert (await served.client.get("/audit?before=²")).status_code == 200


async def test_endpoints_are_found_by_words_and_decision(store: str) -> None:
    async with serving(store) as served:
        await shown(served, ABOUT)
        found = await shown(served, f"{ABOUT}/endpoints?words=GET+items&decision=FAIL")
        none = await shown(served, f"{ABOUT}/endpoints?words=orders")
    assert "/items/{id}" in found
    assert "No endpoint is like that" in none


async def test_what_a_release_was_is_told_by_its_stored_verdicts(store: str) -> None:
    async with serving(store) as served:
        await served.client.get(f"/api/v1{ABOUT}/verdict")
        count(store, ENOUGH, "two")
        await served.client.get(f"/api/v1{ABOUT}/verdict?wait=2s")
        story = await shown(served, f"{ABOUT}/history")
        page = await shown(served, await finding_of(served))
    assert f"{ENOUGH:,}" in story
    assert f"{ENOUGH:,} of {ENOUGH:,}" in page


async def test_an_open_page_is_told_of_a_new_verdict(store: str) -> None:
    async with serving(store) as served:
        await shown(served, ABOUT)
        async with served.client.stream("GET", f"{ABOUT}/events") as events:
            lines = events.aiter_lines()
            seen = [await anext(lines) for _ in range(4)]
            count(store, 10, "two")
            while await anext(lines) != "event: changed":
                pass
    assert "event: changed" in seen


def test_only_so_many_listen_at_once() -> None:
    listeners = Listeners(1)
    with listeners.one_more():
        assert not listeners.has_room()
    assert listeners.has_room()


TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


def traced(url: str) -> None:
    """Add a release whose one example belongs to a trace."""
    parent = (b"traceparent", f"00-{TRACE}-00f067aa0ba902b7-01".encode())
    shown_by = example(differences=(difference(),))
    request = structs.replace(shown_by.request, headers=(parent,))
    engine = open_store(url)
    migrate(engine)
    first = compared(differences=(difference(),), example=replace(shown_by, request=request))
    rest = (compared(f"r-{i}", differences=(difference(),), example=None) for i in range(ENOUGH))
    StoreWriter(engine, RELEASE, "one").commit(batch(first, *rest))
    engine.dispose()


async def test_the_trace_of_an_example_leads_to_the_tracing_system(tmp_path: Path) -> None:
    store = f"sqlite:///{tmp_path / 'traced.db'}"
    traced(store)
    async with serving(store, trace_url="https://jaeger.example/trace/{trace_id}") as served:
        page = await shown(served, await finding_of(served))
    link = f'<a href="https://jaeger.example/trace/{TRACE}" rel="noopener noreferrer">'
    assert link + f"<code>{TRACE}</code></a>" in page


async def test_without_a_tracing_system_a_trace_is_named(tmp_path: Path) -> None:
    store = f"sqlite:///{tmp_path / 'traced.db'}"
    traced(store)
    async with serving(store) as served:
        page = await shown(served, await finding_of(served))
    assert f"trace <code>{TRACE}</code>" in page
