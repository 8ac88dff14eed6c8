"""The demo's shop, its traffic and its claims: real processes, real sockets, no Shadow between."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest

from shadow.demo.children import Child, free_port, started
from shadow.demo.claims import Accounted, CauseSaid, Found, Place, Round, Said, Trait, claims
from shadow.demo.ledger import read_ledger
from shadow.demo.planted import CANDIDATE, FIXED, PLANTED, PRODUCTION
from shadow.demo.shoppers import Ask, plan
from shadow.demo.traffic import NO_ANSWER, Delivered, drive, verify
from shadow.errors import UnavailableError
from shadow.model import Decision

type Answer = tuple[int, dict[str, str], bytes]


@contextmanager
def shop(place: Path, release: str = PRODUCTION, name: str = "shop") -> Iterator[tuple[Child, str]]:
    arguments = (
        "shadow.demo.shop",
        "--release",
        release,
        "--ledger",
        str(place / f"{name}.ledger"),
    )
    with started(name, arguments, place) as child:
        line = child.wait_until(
            lambda: text if (text := child.stdout.read_text()).endswith("\n") else None, 30
        )
        yield child, f"http://{json.loads(line)['listening']}"


@asynccontextmanager
async def relay(to: str, replacing: tuple[bytes, bytes]) -> AsyncIterator[str]:
    """A byte relay that changes what comes back."""
    host, port = to.removeprefix("http://").split(":")

    async def pipe(reader, writer, replaced=(b"\0", b"\0")):
        while data := await reader.read(65536):
            writer.write(data.replace(*replaced))
            await writer.drain()
        writer.close()

    async def serve(reader, writer):
        upstream_reader, upstream_writer = await asyncio.open_connection(host, int(port))
        async with asyncio.TaskGroup() as group:
            group.create_task(pipe(reader, upstream_writer))
            group.create_task(pipe(upstream_reader, writer, replacing))

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def answers_of(base_url: str, asks: tuple[Ask, ...]) -> dict[str, Answer]:
    """Every answer in full, by request id."""
    answers = {}
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
        for ask in asks:
            async with session.request(
                ask.method, base_url + ask.path, headers=ask.headers, data=ask.body
            ) as response:
                body = await response.read()
                answers[ask.request_id] = (response.status, dict(response.headers), body)
    return answers


@pytest.fixture(scope="module")
def compared(tmp_path_factory) -> list[tuple[Ask, dict[str, Answer]]]:
    """The same requests to production and to each release: by request, the answer per release."""
    place = tmp_path_factory.mktemp("compared")
    asks = plan(3000, seed=7)
    releases = (PRODUCTION, CANDIDATE, FIXED)
    with ExitStack() as stack:
        urls = [stack.enter_context(shop(place, r, name=r))[1] for r in releases]

        async def ask_all():
            return await asyncio.gather(*(answers_of(url, asks) for url in urls))

        answers = asyncio.run(ask_all())
    by_release = dict(zip(releases, answers, strict=True))
    return [(a, {r: by_release[r][a.request_id] for r in releases}) for a in asks]


def bodies(compared, start: str, end: str = "") -> list[dict[str, dict]]:
    """JSON bodies per release of the GET requests whose path begins and ends so."""
    return [
        {release: json.loads(body) for release, (_, _, body) in answers.items()}
        for ask, answers in compared
        if ask.method == "GET" and ask.path.startswith(start) and ask.path.endswith(end)
    ]


async def test_answers_without_a_proxy_are_all_identical(tmp_path):
    asks = plan(1200, seed=7)
    ticks = []
    with shop(tmp_path) as (child, url):
        answers = await drive(url, asks, answered=lambda: ticks.append(1))
        child.stop(30)
    assert verify(tmp_path / "shop.ledger", answers) == Delivered(
        asked=1200, identical=1200, examples=()
    )
    assert len(ticks) == 1200


async def test_one_changed_letter_in_a_header_is_an_answer_that_differs(tmp_path):
    asks = tuple(ask for ask in plan(200, seed=1) if ask.path.startswith("/orders"))
    with shop(tmp_path) as (child, url):
        async with relay(url, replacing=(b"X-Response-Id", b"x-Response-Id")) as relayed:
            answers = await drive(relayed, asks)
        child.stop(30)
    delivered = verify(tmp_path / "shop.ledger", answers)
    assert delivered.differing == delivered.asked == len(asks)
    assert len(delivered.examples) == 5


async def test_one_changed_letter_in_a_body_is_an_answer_that_differs(tmp_path):
    asks = tuple(ask for ask in plan(200, seed=1) if ask.path.startswith("/orders"))
    with shop(tmp_path) as (child, url):
        async with relay(url, replacing=(b"Helsinki", b"helsinki")) as relayed:
            answers = await drive(relayed, asks)
        child.stop(30)
    assert verify(tmp_path / "shop.ledger", answers).identical == 0


async def test_request_that_production_got_twice_does_not_count_as_delivered(tmp_path):
    asks = plan(40, seed=7)
    with shop(tmp_path) as (child, url):
        await drive(url, asks)
        answers = await drive(url, asks)
        child.stop(30)
    assert verify(tmp_path / "shop.ledger", answers).differing == 40


async def test_request_without_an_answer_does_not_count_as_delivered(tmp_path):
    answers = await drive(f"http://127.0.0.1:{free_port()}", plan(20, seed=7))
    assert set(answers.values()) == {NO_ANSWER}
    (tmp_path / "empty.ledger").touch()
    assert verify(tmp_path / "empty.ledger", answers).differing == 20


def test_same_seed_plans_the_same_requests_and_another_seed_others():
    assert plan(500, seed=7) == plan(500, seed=7)
    assert plan(500, seed=7) != plan(500, seed=8)


def test_every_endpoint_gets_more_than_500_of_6000_requests():
    kinds = ("products", "categories", "search", "carts", "orders", "stock")
    asks = plan(6000, seed=7)
    counts = Counter(ask.path.split("?")[0].split("/")[1] for ask in asks if ask.method == "GET")
    assert len({ask.request_id for ask in asks}) == 6000
    assert all(counts[kind] >= 500 for kind in (*kinds, ""))


def test_requests_bear_credentials_and_one_endpoint_echoes_them(compared):
    ask, answers = next((a, b) for a, b in compared if a.path.startswith("/orders/"))
    asked_by = json.loads(answers[PRODUCTION][2])["asked_by"]
    assert asked_by["authorization"] == ask.headers["Authorization"]
    assert asked_by["cookie"] == ask.headers["Cookie"]
    assert all(secret in answers[PRODUCTION][2].decode() for secret in ask.credentials)


def test_noise_is_in_all_releases(compared):
    for answers in bodies(compared, "/search"):
        ids = {body.get("request_id") for body in answers.values() if "results" in body}
        scores = {body["results"][0]["score"] for body in answers.values() if "results" in body}
        assert len(ids) == len(scores) >= 2
    shuffled = bodies(compared, "/products/", "/recommendations")
    orders = [
        [[i["sku"] for i in b["items"]] for b in a.values() if "items" in b] for a in shuffled
    ]
    assert any(first != second for first, second, _ in orders)
    assert all(sorted(first) == sorted(second) for first, second, _ in orders)


def test_candidate_loses_the_description_in_about_2_percent_of_answers(compared):
    products = [b for b in bodies(compared, "/products/SKU") if "currency" in b[PRODUCTION]]
    lost = sum("description" not in body[CANDIDATE] for body in products)
    assert 0.01 < lost / len(products) < 0.04
    assert all("description" in body[PRODUCTION] for body in products)


def test_candidate_rounds_some_totals_otherwise(compared):
    quotes = bodies(compared, "/carts/", "/quote")
    other = sum(body[CANDIDATE]["total"] != body[PRODUCTION]["total"] for body in quotes)
    assert 13 <= other < len(quotes) / 2


def test_candidate_answers_500_to_an_apostrophe(compared):
    searches = [(a, b) for a, b in compared if a.path.startswith("/search")]
    assert any("'" in ask.path for ask, _ in searches)
    for ask, answers in searches:
        assert answers[CANDIDATE][0] == (500 if "'" in ask.path else 200)
        assert answers[PRODUCTION][0] == 200


def test_candidate_loses_the_cache_control_of_categories(compared):
    categories = [b for a, b in compared if a.path.startswith("/categories") and b[FIXED][0] == 200]
    assert all("Cache-Control" in answers[PRODUCTION][1] for answers in categories)
    assert not any("Cache-Control" in answers[CANDIDATE][1] for answers in categories)


def test_candidate_makes_quantities_text(compared):
    for answers in bodies(compared, "/orders/"):
        assert type(answers[PRODUCTION]["lines"][0]["quantity"]) is int
        assert type(answers[CANDIDATE]["lines"][0]["quantity"]) is str


def test_candidate_does_not_date_some_stock(compared):
    stocks = bodies(compared, "/stock/")
    undated = sum(body[CANDIDATE]["generated_at"] == "N/A" for body in stocks)
    assert 13 <= undated < len(stocks) / 5
    assert not any(body[PRODUCTION]["generated_at"] == "N/A" for body in stocks)


def test_candidate_makes_prices_text_for_german_users_alone(compared):
    for ask, answers in compared:
        if ask.path.endswith("/recommendations") and ask.method == "GET":
            price = json.loads(answers[CANDIDATE][2])["items"][0]["price"]
            assert isinstance(price, str) == (ask.headers["Accept-Language"] == "de")
            assert type(json.loads(answers[PRODUCTION][2])["items"][0]["price"]) is float


def test_fixed_release_answers_like_production_but_for_noise(compared):
    for ask, answers in compared:
        (status, headers, body), fixed = answers[PRODUCTION], answers[FIXED]
        assert fixed[0] == status
        assert set(fixed[1]) == set(headers)
        if headers.get("Content-Type") == "application/json; charset=utf-8" and body:
            assert set(json.loads(body)) == set(json.loads(fixed[2]))
        if ask.path.startswith("/carts/") and ask.method == "GET":
            assert json.loads(body)["total"] == json.loads(fixed[2])["total"]


async def test_sigterm_ends_the_shop_cleanly_with_its_ledger_whole(tmp_path):
    asks = plan(50, seed=3)
    with shop(tmp_path) as (child, url):
        await drive(url, asks)
        child.stop(30)
        assert child.process.returncode == 0
    assert set(read_ledger(tmp_path / "shop.ledger")) == {ask.request_id for ask in asks}


def test_child_that_does_not_start_is_reported_with_its_last_words(tmp_path):
    with (
        started("broken", ("shadow.demo.shop", "--release", "9"), tmp_path) as child,
        pytest.raises(UnavailableError, match="broken ended with exit code 2") as raised,
    ):
        child.wait_until(lambda: None, 30)
    assert "invalid choice: '9'" in str(raised.value)


def test_child_is_gone_when_something_goes_wrong_beside_it(tmp_path):
    with pytest.raises(KeyboardInterrupt), shop(tmp_path) as (child, _):
        raise KeyboardInterrupt
    assert child.process.returncode is not None


def found(planted) -> Found:
    signature = planted.signature
    return Found(
        endpoint=str(signature.endpoint),
        location=signature.location,
        kind=signature.kind,
        differing=26,
        compared=1000,
        noise=0,
    )


def cause(planted) -> CauseSaid:
    signature = planted.signature
    return CauseSaid(
        endpoint=str(signature.endpoint),
        places=(Place(location=signature.location, kind=signature.kind),),
        shared=(Trait(trait=planted.trait, absent=False),),
    )


GOOD = Round(
    release=CANDIDATE,
    decision=Decision.FAIL,
    planted=PLANTED,
    requests=6000,
    delivered=Delivered(asked=6000, identical=6000, examples=()),
    writes=50,
    writes_repeated=0,
    leaked=0,
    exit_code=1,
    said=Said(
        decision=Decision.FAIL,
        causes=tuple(cause(planted) for planted in PLANTED if planted.trait),
        reasons=("8 findings",),
        findings=tuple(found(planted) for planted in PLANTED),
        noise=(found(PLANTED[0]).model_copy(update={"location": "$.request_id"}),),
        accounting=Accounted(
            captured=6000,
            compared=6000,
            uninformative=0,
            skipped=0,
            dropped=0,
            missing=0,
            reasons={},
        ),
    ),
    report=Path("reports/2.4.0.md"),
)


def unheld(done: Round) -> list[str]:
    return [claim.text for claim in claims(done) if not claim.held]


def saying(**changes) -> Round:
    return replace(GOOD, said=GOOD.said.model_copy(update=changes))


def test_all_claims_hold_of_a_good_round():
    assert unheld(GOOD) == []


def test_planted_regression_that_is_not_found_is_a_claim_that_fails():
    assert unheld(saying(findings=GOOD.said.findings[1:])) == [f"found: {PLANTED[0].description}"]


def test_finding_that_was_not_planted_is_a_false_alarm():
    noise_as_finding = (*GOOD.said.findings, *GOOD.said.noise)
    assert unheld(saying(findings=noise_as_finding)) == ["no false alarm"]


def test_a_regression_of_some_users_of_which_nothing_is_told_is_a_claim_that_fails():
    assert unheld(saying(causes=())) == ["told: what the requests of $.items[*].price share"]


def test_verdict_and_exit_code_must_both_be_right():
    assert unheld(replace(GOOD, exit_code=0)) == ["the gate's verdict is FAIL"]
    assert unheld(saying(decision=Decision.INCONCLUSIVE)) == ["the gate's verdict is FAIL"]


def test_one_answer_that_differs_is_a_claim_that_fails():
    delivered = Delivered(asked=6000, identical=5999, examples=("f7",))
    assert unheld(replace(GOOD, delivered=delivered)) == [
        "users got production's answers, byte for byte"
    ]


def test_write_that_reached_the_candidate_is_a_claim_that_fails():
    assert unheld(replace(GOOD, writes_repeated=1)) == ["users' writes reached production alone"]


def test_credential_in_a_report_is_a_claim_that_fails():
    assert unheld(replace(GOOD, leaked=1)) == ["no user's credentials stand in the reports"]


def test_exchange_without_an_outcome_is_a_claim_that_fails():
    accounting = GOOD.said.accounting.model_copy(update={"missing": 1})
    assert unheld(saying(accounting=accounting)) == ["every captured exchange is accounted for"]
