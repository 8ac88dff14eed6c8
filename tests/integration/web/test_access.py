"""Who is let in, as what, and who is not: tokens, sessions, roles, other sites and other names."""

import asyncio
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from starlette.routing import Mount

from shadow.model import Role
from shadow.settings import Settings
from shadow.store.engine import Store, open_store
from shadow.store.refusals import RefusalBook
from shadow.store.tokens import TokenBook
from shadow.web import patience
from shadow.web.access.routes import GuardedRoute, every_route, require_guards, routes_for
from shadow.web.app import create_app
from tests.integration.web.conftest import RELEASE
from tests.support.web import Served, serving

RELEASES = "/api/v1/releases"
VERDICT = f"{RELEASES}/{RELEASE}/verdict"
APPROVALS = f"{RELEASES}/{RELEASE}/approvals"
BODY = {"finding": "0" * 12, "reason": "r", "by": "A"}
FORM = re.compile(r'name="form_token" value="([^"]+)"')


@contextmanager
def opened(store: str) -> Iterator[Store]:
    engine = open_store(store)
    yield engine
    engine.dispose()


def token(store: str, role: Role = Role.READ, name: str = "ann", **more: float) -> str:
    with opened(store) as engine:
        return TokenBook(engine).create(name, role, time.time(), **more)[1]


def bearer(secret: str) -> dict[str, str]:
    return {"authorization": f"Bearer {secret}"}


async def signed_in(served: Served, secret: str) -> httpx.Response:
    return await served.client.post("/sign-in", data={"token": secret})


async def form_token(served: Served) -> str:
    found = FORM.search((await served.client.get("/")).text)
    assert found is not None
    return found[1]


def refused(store: str) -> dict[str, int]:
    with opened(store) as engine:
        return {each.kind: each.many for each in RefusalBook(engine).all()}


def app_of(store: str) -> FastAPI:
    with opened(store) as engine:
        return create_app(Settings.model_validate({"store": store}), engine)


def guarded(store: str) -> tuple[GuardedRoute, ...]:
    return tuple(route for route in every_route(app_of(store)) if isinstance(route, GuardedRoute))


def test_every_route_says_who_may_ask_and_few_let_everybody(store: str) -> None:
    routes = every_route(app_of(store))
    assert all(isinstance(route, GuardedRoute | Mount) for route in routes)
    public = {route.path for route in guarded(store) if route.role is None}
    signing_in = {"/sign-in", "/sign-in/oidc", "/sign-in/oidc/callback"}
    assert public == {*signing_in, "/healthz", "/api/v1/openapi.json", "/assets/report.css"}
    assert [route.path for route in routes if isinstance(route, Mount)] == ["/static"]


def test_a_route_that_does_not_say_so_is_not_served(store: str) -> None:
    app = app_of(store)
    app.add_api_route("/open", lambda: "data")
    with pytest.raises(AssertionError, match="/open"):
        require_guards(app)


async def status_of(served: Served, **ask: Any) -> int:
    """The status of an answer, which may go on and on."""
    async with served.client.stream(**ask) as answer:
        return answer.status_code


async def test_each_route_is_served_to_its_role_and_those_above_and_to_nobody_else(
    store: str,
) -> None:
    secrets = {role: token(store, role, role.value) for role in Role}
    async with serving(store) as served:
        for route in guarded(store):
            if route.role is None:
                continue
            path = route.path.replace("{release}", RELEASE)
            for method in route.methods or ():
                ask = {"method": method, "url": path, "json": {} if method == "POST" else None}
                is_page = method == "GET" and not path.startswith(("/api/", "/metrics"))
                assert await status_of(served, **ask) == (303 if is_page else 401), path
                for role, secret in secrets.items():
                    status = await status_of(served, **ask, headers=bearer(secret))
                    assert (status == 403) is not role.covers(route.role), (path, role)
                    assert status != 401


async def test_a_token_lets_in_until_it_expires_or_is_revoked(store: str) -> None:
    now = time.time()
    good, brief = token(store), token(store, name="brief", expires_at=now + 1.5)
    async with serving(store) as served:
        before = [
            (await served.client.get(VERDICT, headers=bearer(s))).status_code for s in (good, brief)
        ]
        await asyncio.sleep(1.6)
        with opened(store) as engine:
            TokenBook(engine).revoke("ann", now)
        after = [
            await served.client.get(VERDICT, headers=bearer(s)) for s in (good, brief, "x" * 50)
        ]
    assert before == [200, 200]
    assert [each.status_code for each in after] == [401, 401, 401]
    assert all(each.headers["www-authenticate"] == "Bearer" for each in after)
    assert refused(store) == {"revoked-token": 1, "expired-token": 1, "unknown-token": 1}


async def test_a_browser_signs_in_is_remembered_and_signs_out(store: str) -> None:
    secret = token(store, Role.APPROVE)
    async with serving(store) as served:
        sent_away = await served.client.get("/?a=b")
        wrong = await signed_in(served, "shadow_wrong")
        entered = await served.client.post("/sign-in", data={"token": secret, "next": "/?a=b"})
        page = await served.client.get("/")
        cookie = served.client.cookies.jar
        values = [each.value for each in cookie]
        left = await served.client.post("/sign-out", data={"form_token": await form_token(served)})
        stolen = await served.client.get(VERDICT, headers={"cookie": _as_header(cookie, values)})
    assert sent_away.headers["location"] == "/sign-in?next=%2F%3Fa%3Db"
    assert (wrong.status_code, entered.status_code, left.status_code) == (401, 303, 303)
    assert entered.headers["location"] == "/?a=b"
    said = entered.headers["set-cookie"]
    assert all(word in said for word in ("HttpOnly", "SameSite=lax", "Path=/", "Max-Age"))
    assert secret not in said
    assert "ann (approve)" in page.text
    assert stolen.status_code == 401


def _as_header(_jar: object, values: list[str | None]) -> str:
    return "; ".join(f"shadow_8900={value}" for value in values)


async def test_signing_in_begins_a_new_session_whatever_cookie_was_there(store: str) -> None:
    secret = token(store)
    async with serving(store) as served:
        served.client.cookies.set("shadow_8900", "planted")
        planted = await signed_in(served, secret)
        first = planted.cookies["shadow_8900"]
        served.client.cookies.clear()
        again = await served.client.post(
            "/sign-in", data={"token": secret}, headers={"cookie": f"shadow_8900={first}"}
        )
        old = await served.client.get(VERDICT, headers={"cookie": f"shadow_8900={first}"})
    assert first != "planted"
    assert again.cookies["shadow_8900"] != first
    assert old.status_code == 401


async def test_the_end_of_a_token_ends_its_sessions(store: str) -> None:
    secret = token(store)
    async with serving(store) as served:
        await signed_in(served, secret)
        assert (await served.client.get(VERDICT)).status_code == 200
        with opened(store) as engine:
            TokenBook(engine).revoke("ann", time.time())
        assert (await served.client.get(VERDICT)).status_code == 401


async def test_a_session_ends_by_itself(store: str) -> None:
    secret = token(store)
    async with serving(store, session_hours=1 / 3600) as served:
        await signed_in(served, secret)
        assert (await served.client.get(VERDICT)).status_code == 200
        served.client.cookies.jar.clear_expired_cookies()
        kept = [f"{each.name}={each.value}" for each in served.client.cookies.jar]
        await asyncio.sleep(1.1)
        late = await served.client.get(VERDICT, headers={"cookie": "; ".join(kept)})
    assert late.status_code == 401


@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example", "/\\evil", "x", ""])
async def test_signing_in_leads_to_no_other_site(store: str, target: str) -> None:
    secret = token(store)
    async with serving(store) as served:
        entered = await served.client.post("/sign-in", data={"token": secret, "next": target})
    assert entered.headers["location"] == "/"


async def test_signing_in_cannot_be_tried_without_end(store: str) -> None:
    token(store)
    async with serving(store) as served:
        tries = [await signed_in(served, f"shadow_{number}") for number in range(15)]
    assert [each.status_code for each in tries] == [401] * 10 + [429] * 5
    assert tries[-1].headers["retry-after"]


async def test_a_change_by_a_session_needs_the_token_of_its_page(store: str) -> None:
    secret = token(store, Role.APPROVE)
    async with serving(store) as served:
        await signed_in(served, secret)
        without = await served.client.post(APPROVALS, json=BODY)
        wrong = await served.client.post(APPROVALS, json=BODY, headers={"x-form-token": "x"})
        right = await served.client.post(
            APPROVALS, json=BODY, headers={"x-form-token": await form_token(served)}
        )
        no_form = await served.client.post("/sign-out")
    assert [each.status_code for each in (without, wrong, right, no_form)] == [403, 403, 404, 415]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 404),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"sec-fetch-site": "same-origin"}, 403),
        ({"host": "evil.example"}, 421),
        ({"host": "evil.example:80", "origin": "http://evil.example:80"}, 421),
        ({"host": "localhost:8900"}, 404),
    ],
)
async def test_without_tokens_this_machine_decides_but_no_page_of_another_site(
    store: str, headers: dict[str, str], status: int
) -> None:
    async with serving(store) as served:
        answer = await served.client.post(APPROVALS, json=BODY, headers=headers)
    assert answer.status_code == status


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}, 200),
        ({"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors"}, 403),
        ({"sec-fetch-site": "none", "sec-fetch-mode": "navigate"}, 200),
        ({"host": "evil.example"}, 421),
    ],
)
async def test_other_sites_may_link_to_pages_and_read_nothing(
    store: str, headers: dict[str, str], status: int
) -> None:
    async with serving(store) as served:
        assert (await served.client.get("/", headers=headers)).status_code == status


async def test_a_form_without_json_is_no_decision(store: str) -> None:
    async with serving(store) as served:
        for kind in ("text/plain", "application/x-www-form-urlencoded"):
            answer = await served.client.post(
                APPROVALS, content=b'{"finding": "1"}', headers={"content-type": kind}
            )
            assert answer.status_code == 422


async def test_names_of_the_settings_are_served(store: str) -> None:
    async with serving(store, hosts=["shadow.example"], url="https://other.example") as served:
        for host, status in (
            ("shadow.example", 200),
            ("other.example", 200),
            ("evil.example", 421),
        ):
            answer = await served.client.get("/", headers={"host": host})
            assert answer.status_code == status


async def test_the_first_token_ends_what_this_machine_may_without(store: str) -> None:
    async with serving(store) as served:
        assert (await served.client.get(VERDICT)).status_code == 200
        token(store)
        await asyncio.sleep(1.1)
        assert (await served.client.get(VERDICT)).status_code == 401
        with opened(store) as engine:
            TokenBook(engine).revoke("ann", time.time())
        assert (await served.client.get(VERDICT)).status_code == 401


async def test_a_decision_is_signed_with_the_name_that_is_proven(store: str) -> None:
    secret = token(store, Role.APPROVE, "deploy-bot")
    async with serving(store) as served:
        headers = bearer(secret)
        verdict = (await served.client.get(VERDICT, headers=headers)).json()
        body = {**BODY, "finding": verdict["findings"][0]["id"]}
        named = await served.client.post(APPROVALS, json={**body, "by": "Ann"}, headers=headers)
        plain = await served.client.post(APPROVALS, json={**body, "by": ""}, headers=headers)
    assert named.json()["entry"]["by"] == "Ann (signed in as deploy-bot)"
    assert plain.json()["entry"]["by"] == "deploy-bot"


async def test_every_answer_tells_browsers_to_run_nothing_and_keep_nothing(store: str) -> None:
    async with serving(store) as served:
        paths = ("/", VERDICT, "/nothing", "/static/shadow.css", "/sign-in", f"{RELEASES}?x=1")
        for path in paths:
            answer = await served.client.get(path)
            policy = answer.headers["content-security-policy"]
            assert "default-src 'none'" in policy
            assert "unsafe" not in policy
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert answer.headers["referrer-policy"] == "same-origin"
            assert answer.headers["cross-origin-resource-policy"] == "same-origin"
            if not path.startswith("/static"):
                assert re.match("no-store|private, no-cache", answer.headers["cache-control"])


async def test_browsers_keep_to_tls_where_people_come_by_it(store: str) -> None:
    for url, said in (("https://shadow.example", "max-age=31536000"), (None, None)):
        async with serving(store, url=url) as served:
            answer = await served.client.get("/", headers={"host": "localhost"})
        assert answer.headers.get("strict-transport-security") == said


@pytest.mark.parametrize("path", ["/broken", "/api/broken"])
async def test_what_breaks_down_is_said_without_what_was_in_it(store: str, path: str) -> None:
    app = app_of(store)
    routes = routes_for(None)

    @routes.get(path)
    async def broken() -> None:
        raise ValueError("secret of somebody")

    app.include_router(routes)
    client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost")
    async with client:
        answer = await client.get(path)
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]


async def test_files_of_pages_are_kept_by_browsers_as_long_as_they_are_the_same(store: str) -> None:
    async with serving(store) as served:
        named = re.findall('"(/static/[^"]+)"', (await served.client.get("/")).text)
        kept = [await served.client.get(address) for address in named]
        plain = await served.client.get("/static/shadow.css")
    assert kept
    assert all("immutable" in each.headers["cache-control"] for each in kept)
    assert plain.headers["cache-control"] == "no-cache"


async def test_a_head_that_does_not_come_is_not_waited_for(
    store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "HEAD_SECONDS", 0.3)
    async with serving(store) as served:
        port = int(served.url.rpartition(":")[2])
        for begun in (b"", b"GET / HT", b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\nGET /"):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(begun)
            # The server ends it, else this would never come back.
            said = await reader.read()
            assert said.startswith(b"HTTP/1.1 200") is (b"healthz" in begun)
            writer.close()


async def test_a_head_without_end_is_refused(store: str) -> None:
    async with serving(store) as served:
        port = int(served.url.rpartition(":")[2])
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET / HTTP/1.1\r\nx: " + b"y" * 40_000)
        assert (await reader.read()).startswith(b"HTTP/1.1 400")
        writer.close()


async def test_no_secret_comes_into_a_log_or_a_page(
    store: str, caplog: pytest.LogCaptureFixture
) -> None:
    secret = token(store, Role.ADMIN)
    with caplog.at_level("DEBUG"):
        async with serving(store) as served:
            await served.client.get(f"/?token={secret}")
            page = await served.client.post("/sign-in", data={"token": f"{secret}x"})
            listed = await served.client.get("/api/v1/tokens", headers=bearer(secret))
            await signed_in(served, secret)
            cookie = next(iter(served.client.cookies.jar)).value
    assert listed.json()["items"][0]["name"] == "ann"
    logged = "\n".join(each.getMessage() for each in caplog.records if each.name[:4] != "http")
    for text in (logged, page.text, listed.text):
        assert secret not in text
        assert str(cookie) not in text
