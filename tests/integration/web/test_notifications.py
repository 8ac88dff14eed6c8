"""Changes of a verdict, told to a real receiver: signed, a few times at most, and each once."""

import asyncio
import hmac
import json
import sys
import threading
import time
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from shadow.notify.message import Change, generic_body, slack_body
from shadow.notify.webhook import Tries, Webhook
from shadow.settings import Settings
from shadow.store.engine import open_store
from shadow.store.reader import StoreReader
from shadow.web.judging import Judge
from shadow.web.verdicts import VerdictBoard
from shadow.web.watching import Rhythm, Watch
from tests.integration.store.builders import difference
from tests.integration.web.conftest import ENOUGH, RELEASE, count
from tests.support.processes import PATIENCE_SECONDS, clean_environment, process, refused, shadow
from tests.support.receiver import HANGS, Received, Receiver, receiver

SECRET = "correct-horse-battery"
SOON = Tries(timeout_seconds=0.5, waits=(0.01, 0.01))
OFTEN = Rhythm(look_seconds=0.05, pause_seconds=0.05, share=1.0)


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


def change(**fields: Any) -> Change:
    return Change(
        **{
            "release": RELEASE,
            "decision": "FAIL",
            "previous": "INCONCLUSIVE",
            "verdict": "0123456789abcdef",
            "decided_at": 1_700_000_000.5,
            "reasons": ("GET /items/{id} differs",),
            "findings": 1,
            "suspects": 0,
            "link": None,
            **fields,
        }
    )


def webhook(url: str, form: str = "generic", secret: str | None = SECRET) -> Webhook:
    return Webhook(url, form, secret, SOON)


def is_signed(got: Received, key: bytes) -> bool:
    """What a receiver checks, as docs/monitoring.md tells it to."""
    sent = got.headers
    signed = b".".join((sent["webhook-id"].encode(), sent["webhook-timestamp"].encode(), got.body))
    wanted = "v1," + b64encode(hmac.digest(key, signed, "sha256")).decode()
    is_new = abs(time.time() - int(sent["webhook-timestamp"])) < 300
    return is_new and hmac.compare_digest(wanted, sent["webhook-signature"])


async def until(what: Any) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not what():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.02)


@asynccontextmanager
async def watching(store: str, url: str, link: str | None = None) -> AsyncIterator[None]:
    """Watch a store as `shadow web` does, but more often."""
    engine = open_store(store)
    board = VerdictBoard(Judge(Settings.model_validate({"store": store}), engine))
    watch = asyncio.create_task(Watch(board, engine, webhook(url), link, OFTEN).run())
    try:
        yield
    finally:
        watch.cancel()
        await asyncio.gather(watch, return_exceptions=True)
        board.stop()
        await asyncio.to_thread(board.close)
        engine.dispose()


def told(got: Receiver) -> list[tuple[str | None, str]]:
    bodies = [json.loads(each.body) for each in got.got]
    return [(body["previous"], body["decision"]) for body in bodies]


async def test_a_message_is_signed_and_says_what_has_changed() -> None:
    async with receiver() as there:
        assert await webhook(there.url).send(change(link="https://shadow.example.com/releases/1"))
    (got,) = there.got
    assert is_signed(got, SECRET.encode())
    assert got.headers["content-type"] == "application/json"
    said = json.loads(got.body)
    assert (said["previous"], said["decision"]) == ("INCONCLUSIVE", "FAIL")
    assert said["id"] == got.headers["webhook-id"]
    assert said["link"].startswith("https://")


async def test_a_secret_may_be_written_as_libraries_write_it() -> None:
    written = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    async with receiver() as there:
        assert await webhook(there.url, secret=written).send(change())
    assert is_signed(there.got[0], b64decode(written.removeprefix("whsec_")))


async def test_a_receiver_that_comes_back_gets_the_same_message() -> None:
    async with receiver("503 Service Unavailable", "429 Too Many Requests", "204 No Content") as it:
        assert await webhook(it.url).send(change())
    assert len(it.got) == 3
    assert len({got.headers["webhook-id"] for got in it.got}) == 1
    assert all(is_signed(got, SECRET.encode()) for got in it.got)


@pytest.mark.parametrize(
    ("answer", "tries"),
    [
        ("500 Internal Server Error", 3),
        (HANGS, 3),
        ("400 Bad Request", 1),
        ("404 Not Found", 1),
        ("302 Found", 1),
        ("307 Temporary Redirect", 1),
        ("no http at all", 3),
    ],
)
async def test_tries_are_few_and_none_takes_long(answer: str, tries: int) -> None:
    async with receiver(answer) as there:
        assert not await webhook(there.url).send(change())
    assert len(there.got) == tries


async def test_a_redirect_is_not_followed() -> None:
    async with receiver() as other:
        for status in ("301 Moved", "302 Found", "303 See Other", "307 T", "308 P"):
            async with receiver(status, more=(f"location: {other.url}",)) as there:
                assert not await webhook(there.url).send(change())
    assert other.got == []


async def test_an_answer_without_end_is_not_read() -> None:
    async with receiver(more=("content-length: 99999999999",)) as there:
        assert await webhook(there.url).send(change())


async def test_nothing_of_address_or_secret_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG", "shadow")
    async with receiver("500 Oops") as there:
        await webhook(there.url).send(change())
        await webhook(there.url.replace("http:", "https:")).send(change())
    await webhook(refused() + "/hooks/t0p-secret-path").send(change())
    assert "127.0.0.1 was not told of 2.4.0" in caplog.text
    assert "t0p" not in caplog.text
    assert "horse" not in caplog.text


def test_a_message_is_short_and_slacks_is_text_that_mentions_nobody() -> None:
    reasons = ("<!channel> <https://evil.example|click> *x*",) + ("y" * 300,) * 9
    bodies = [write(change(reasons=reasons)) for write in (generic_body, slack_body)]
    assert max(len(body) for body in bodies) < 5_000
    said = json.loads(bodies[1])
    assert said["text"] == "2.4.0 is FAIL (it was INCONCLUSIVE)"
    (block,) = said["blocks"]
    assert block["text"]["type"] == "plain_text"
    assert "<!channel>" in block["text"]["text"]
    assert len(block["text"]["text"]) < 3_000


async def test_each_change_is_told_once(little: str) -> None:
    async with receiver() as there, watching(little, there.url):
        await asyncio.sleep(0.3)
        assert told(there) == []  # that too little is known of a new release is no news
        await asyncio.to_thread(count, little, ENOUGH, "two", (difference(),))
        await until(lambda: there.got)
        await asyncio.sleep(0.3)
        assert told(there) == [("INCONCLUSIVE", "FAIL")]
        finding = shadow("gate", "-r", RELEASE, "--store", little, "--format", "json")
        place = json.loads(finding.stdout)["findings"][0]["id"]
        given = ("--finding", place, "--by", "Ann", "--reason", "meant so")
        done = await asyncio.to_thread(shadow, "approve", "-r", RELEASE, "--store", little, *given)
        assert done.returncode == 0, done.stderr
        await until(lambda: len(there.got) == 2)
    assert told(there)[1] == ("FAIL", "PASS")


async def test_two_servers_of_one_store_tell_it_once(store: str) -> None:
    async with receiver() as there, watching(store, there.url), watching(store, there.url):
        await until(lambda: there.got)
        await asyncio.sleep(0.5)
    assert told(there) == [(None, "FAIL")]


async def test_what_was_told_is_not_told_again_after_a_restart(store: str) -> None:
    async with receiver() as there:
        async with watching(store, there.url):
            await until(lambda: there.got)
        async with watching(store, there.url):
            await asyncio.sleep(0.3)
    assert len(there.got) == 1


async def test_what_could_not_be_told_is_told_when_the_receiver_is_back(store: str) -> None:
    answers = ("400 Bad Request", "400 Bad Request", "200 OK")
    async with receiver(*answers) as there, watching(store, there.url):
        await until(lambda: len(there.got) == 3)
        await asyncio.sleep(0.3)
    assert told(there) == [(None, "FAIL")] * 3
    assert len({got.headers["webhook-id"] for got in there.got}) == 1


async def test_who_stops_watching_waits_for_what_is_under_way_in_the_store(
    store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, ended = threading.Event(), threading.Event()

    def slowly(_: StoreReader) -> tuple[()]:
        begun.set()
        time.sleep(0.2)
        ended.set()
        return ()

    monkeypatch.setattr(StoreReader, "releases", slowly)
    async with watching(store, "http://127.0.0.1:1"):
        await until(begun.is_set)
    assert ended.is_set()


async def test_a_receiver_that_hangs_holds_up_no_page(store: str, tmp_path: Path) -> None:
    config = tmp_path / "shadow.yaml"
    file = tmp_path / "secret"
    file.write_text(f"{SECRET}\n")
    async with receiver(HANGS) as there:
        config.write_text(f"notify: {{url: '{there.url}', secret_file: '{file}'}}\n")
        words = ("web", "--store", store, "--listen", "127.0.0.1:0", "--config", str(config))
        environment = {**clean_environment(), "NO_PROXY": "127.0.0.1"}
        with process(sys.executable, "-m", "shadow", *words, env=environment) as running:
            assert running.stdout is not None
            await asyncio.to_thread(running.stdout.readline)
            await until(lambda: there.got)
            asked = await asyncio.to_thread(
                shadow, "gate", "-r", RELEASE, "--store", store, "--config", str(config)
            )
            running.terminate()
            assert await asyncio.to_thread(running.wait, PATIENCE_SECONDS) == 0
    assert asked.returncode == 1
    assert is_signed(there.got[0], SECRET.encode())
    assert json.loads(there.got[0].body)["decision"] == "FAIL"


@pytest.mark.parametrize(
    ("notify", "said"),
    [
        ("{url: 'https://x.example/a'}", "has no secret to sign messages with"),
        ("{url: 'ftp://x.example'}", "not an http"),
        ("{url: 'https://me:pw@x.example'}", "without user"),
        ("{secret: short}", "shorter than 16"),
        ("{secret: 'correct-horse-battery', secret_file: f}", "leave one of them out"),
        ("{url: 'https://x.example/a', secret_file: /nowhere/f}", "cannot be read"),
    ],
)
def test_settings_that_can_tell_nobody_are_refused(
    store: str, tmp_path: Path, notify: str, said: str
) -> None:
    config = tmp_path / "shadow.yaml"
    config.write_text(f"notify: {notify}\n")
    done = shadow("web", "--store", store, "--listen", "127.0.0.1:0", "--config", str(config))
    assert done.returncode == 2
    assert said in done.stderr
    assert "x.example/a" not in done.stderr
    assert "horse" not in done.stderr
