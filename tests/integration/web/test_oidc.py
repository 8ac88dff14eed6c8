"""Signing in at an OpenID Connect provider, the whole way that a browser goes."""

import base64
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from joserfc.jwk import RSAKey

from tests.integration.web.conftest import RELEASE
from tests.support.oidc_provider import CLIENT, SECRET, Provider, provider
from tests.support.processes import free_port
from tests.support.web import Served, serving

VERDICT = f"/api/v1/releases/{RELEASE}/verdict"
ROLES = {"sre": "admin", "shop": "approve"}


@pytest.fixture
def known() -> Iterator[Provider]:
    with provider() as running:
        yield running


@asynccontextmanager
async def served_with(
    store: str,
    known: Provider,
    roles: dict[str, str] | None = None,
    url: str | None = None,
    **more: Any,
) -> AsyncIterator[Served]:
    port = free_port()
    oidc = {
        "issuer": known.url,
        "client_id": CLIENT,
        "client_secret": SECRET,
        "roles": roles or ROLES,
        **more,
    }
    own = url or f"http://127.0.0.1:{port}"
    async with serving(store, port=port, url=own, oidc=oidc) as served:
        yield served


async def way(served: Served) -> httpx.Response:
    """Go where a browser goes, and give what the server says when it is back."""
    begun = await served.client.get("/sign-in/oidc?next=/?a=b")
    async with httpx.AsyncClient(trust_env=False) as elsewhere:
        sent_back = await elsewhere.get(begun.headers["location"])
    back = urlsplit(sent_back.headers["location"])
    return await served.client.get(f"{back.path}?{back.query}")


async def test_a_person_is_let_in_with_the_role_of_a_group(store: str, known: Provider) -> None:
    known.person = {"email": "ann@example.com", "groups": ["other", "shop"]}
    async with served_with(store, known) as served:
        assert (await served.client.get(VERDICT)).status_code == 401
        page = await served.client.get("/sign-in")
        entered = await way(served)
        home = await served.client.get("/")
    assert 'href="/sign-in/oidc?' in page.text
    assert (entered.status_code, entered.headers["location"]) == (303, "/?a=b")
    assert "ann@example.com (approve)" in home.text


async def test_the_highest_of_several_roles_counts_and_everybody_may_have_one(
    store: str, known: Provider
) -> None:
    async with served_with(store, known, {"*": "read", "sre": "admin"}) as served:
        await way(served)
        assert "(read)" in (await served.client.get("/")).text
        known.person = {"email": "ben@example.com", "groups": "sre"}
        await way(served)
        assert "ben@example.com (admin)" in (await served.client.get("/")).text


@pytest.mark.parametrize(
    ("person", "overlaid"),
    [
        ({"email": "ann@example.com"}, {}),
        ({"email": "ann@example.com", "groups": "nobody"}, {}),
        ({"groups": "sre"}, {}),
        ({"email": "a@b", "email_verified": False, "groups": "sre"}, {}),
        ({"email": "a@b", "email_verified": "false", "groups": "sre"}, {}),
        ({"email": "a@b", "groups": "sre"}, {"iss": "https://elsewhere.example"}),
        ({"email": "a@b", "groups": "sre"}, {"aud": "another"}),
        ({"email": "a@b", "groups": "sre"}, {"nonce": "another"}),
        ({"email": "a@b", "groups": "sre"}, {"exp": 1_000}),
        ({"email": "a@b", "groups": "sre"}, {"aud": [CLIENT, "another"], "azp": "another"}),
    ],
)
async def test_who_has_no_role_or_no_name_or_a_token_for_another_is_not_let_in(
    store: str, known: Provider, person: dict[str, Any], overlaid: dict[str, Any]
) -> None:
    known.person, known.overlaid = person, overlaid
    async with served_with(store, known) as served:
        assert (await way(served)).status_code == 401
        assert (await served.client.get(VERDICT)).status_code == 401


async def test_a_signature_of_somebody_else_lets_nobody_in(store: str, known: Provider) -> None:
    known.person = {"email": "a@b", "groups": "sre"}
    known.signed_by = RSAKey.generate_key(2048, {"kid": "one"})
    async with served_with(store, known) as served:
        assert (await way(served)).status_code == 401


async def test_what_another_browser_has_begun_is_not_finished_here(
    store: str, known: Provider
) -> None:
    known.person = {"email": "mallory@example.com", "groups": "sre"}
    async with served_with(store, known) as served:
        begun = await served.client.get("/sign-in/oidc")
        async with httpx.AsyncClient(trust_env=False) as elsewhere:
            sent_back = await elsewhere.get(begun.headers["location"])
        served.client.cookies.clear()
        back = urlsplit(sent_back.headers["location"])
        answer = await served.client.get(f"{back.path}?{back.query}")
        wrong = await served.client.get("/sign-in/oidc/callback?state=x&code=y")
    assert (answer.status_code, wrong.status_code) == (401, 401)


@pytest.mark.parametrize("target", ["https://evil.example", "//evil.example", "/\\\\evil.example"])
async def test_a_cookie_of_somebody_else_leads_to_no_other_site(
    store: str, known: Provider, target: str
) -> None:
    known.person = {"email": "ann@example.com", "groups": "sre"}
    async with served_with(store, known) as served:
        begun = await served.client.get("/sign-in/oidc")
        async with httpx.AsyncClient(trust_env=False) as elsewhere:
            sent_back = await elsewhere.get(begun.headers["location"])
        kept = json.loads(base64.urlsafe_b64decode(served.client.cookies["shadow_oidc"]))
        changed = json.dumps({**kept, "target": target}).encode()
        back = urlsplit(sent_back.headers["location"])
        cookie = f"shadow_oidc={base64.urlsafe_b64encode(changed).decode()}"
        served.client.cookies.clear()
        entered = await served.client.get(f"{back.path}?{back.query}", headers={"cookie": cookie})
    assert (entered.status_code, entered.headers["location"]) == (303, "/")


async def test_with_tls_no_other_host_of_the_domain_can_set_the_cookie(
    store: str, known: Provider
) -> None:
    async with served_with(store, known, url="https://shadow.example.com") as served:
        begun = await served.client.get("/sign-in/oidc", headers={"host": "shadow.example.com"})
    said = begun.headers["set-cookie"]
    assert said.startswith("__Host-shadow_oidc=")
    assert {"Path=/", "Secure", "HttpOnly"} <= set(said.split("; "))
    assert "domain" not in said.lower()


async def test_the_provider_cannot_be_asked_without_end(store: str, known: Provider) -> None:
    async with served_with(store, known) as served:
        begun = await served.client.get("/sign-in/oidc")
        cookie, state = served.client.cookies["shadow_oidc"], begun.headers["location"]
        asked = urlsplit(state).query.partition("state=")[2].partition("&")[0]
        answers = [
            await served.client.get(
                f"/sign-in/oidc/callback?state={asked}&code=guess",
                headers={"cookie": f"shadow_oidc={cookie}"},
            )
            for _ in range(12)
        ]
    assert [each.status_code for each in answers[:2]] == [401, 401]
    assert answers[-1].status_code == 429


async def test_a_provider_that_is_away_is_said(store: str, known: Provider) -> None:
    async with served_with(store, known, issuer="http://127.0.0.1:9") as served:
        answer = await served.client.get("/sign-in/oidc")
    assert answer.status_code == 503
    assert "web.oidc.issuer" in answer.text


async def test_without_a_provider_there_is_no_such_way(store: str) -> None:
    async with serving(store) as served:
        assert (await served.client.get("/sign-in/oidc")).status_code == 404
