"""`shadow tap` beside a real Envoy, set up as examples/envoy-tap.yaml is."""

import asyncio
import gzip
import http.client
import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from shadow.capture.tap.admin import NotAttachedError, TapOptions, attach
from shadow.errors import UnavailableError
from tests.integration.capture.tap.front import eventually, tapped
from tests.support.processes import (
    PATIENCE_SECONDS,
    clean_environment,
    command_line,
    descendants,
    free_port,
    kill,
    process,
    shadow,
    target,
    until,
)
from tests.support.tapped_envoy import Envoy, running, somewhere

FAIL, COULD_NOT_RUN = 1, 4
POLICY = "policy: {min_exchanges: 30, max_excess_rate: 0.2}\n"


@pytest.fixture(scope="module")
def primary() -> Iterator[str]:
    with target() as url:
        yield url


@pytest.fixture(scope="module")
def envoy(primary: str) -> Iterator[Envoy]:
    with running(somewhere(), primary) as found:
        yield found


class Tap:
    """A running `shadow tap`."""

    def __init__(self, process: subprocess.Popen[str], folder: Path) -> None:
        self.process = process
        self._folder = folder

    @property
    def log(self) -> str:
        return (self._folder / "log").read_text()

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE_SECONDS)

    def verdict(self) -> dict[str, Any]:
        done = shadow("gate", "--format", "json", "--release", "1", cwd=self._folder)
        assert done.stdout, done.stderr
        verdict: dict[str, Any] = json.loads(done.stdout)
        return verdict | {"exit_code": done.returncode}


@contextmanager
def shadow_tap(folder: Path, *flags: str) -> Iterator[Tap]:
    (folder / "shadow.yaml").write_text(POLICY)
    command = (sys.executable, "-m", "shadow", "tap", "--release", "1", *flags)
    with (
        (folder / "log").open("w") as log,
        process(*command, cwd=folder, env=clean_environment(), stderr=log) as started,
    ):
        assert started.stdout is not None
        said = ""
        while "verdict" not in said:
            said = started.stdout.readline()
            assert said, (folder / "log").read_text()
        yield Tap(started, folder)


def replayed(journal: Path, number: int) -> None:
    """Wait until the candidate was asked so often in all."""
    until(lambda: len(journal.read_text().splitlines()) >= number, "what Envoy tells")


def ask(envoy: Envoy, number: int) -> None:
    """Users' requests through Envoy, which get production's answers."""
    user = http.client.HTTPConnection("127.0.0.1", envoy.port, timeout=60)
    for n in range(number):
        user.request("GET", f"/items/{n}")
        answer = user.getresponse()
        assert answer.status == 200
        assert json.loads(answer.read())["mark"] == "production"
    user.close()


def say(envoy: Envoy, method: str, path: str, body: bytes = b"", **headers: str) -> bytes:
    user = http.client.HTTPConnection("127.0.0.1", envoy.port, timeout=60)
    user.request(method, path, body or None, headers)
    said = user.getresponse().read()
    user.close()
    return said


def test_a_planted_regression_is_found_in_what_envoy_serves(envoy: Envoy, tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    with (
        target() as secondary,
        target(mark="broken", journal=journal) as candidate,
        shadow_tap(
            tmp_path, "--admin", envoy.admin, "--candidate", candidate, "--secondary", secondary
        ) as tap,
    ):
        ask(envoy, 60)
        replayed(journal, 60)
        assert tap.stop() == 0
        assert tap.log == ""
    verdict = tap.verdict()
    assert verdict["exit_code"] == FAIL
    assert verdict["accounting"]["captured"] == verdict["accounting"]["compared"] == 60
    assert [(f["endpoint"], f["location"]) for f in verdict["findings"]] == [
        ("GET /items/{int}", "$.mark")
    ]


def test_envoy_may_restart_and_the_tap_is_attached_again(primary: str, tmp_path: Path) -> None:
    envoy, journal = somewhere(), tmp_path / "journal"
    with target(journal=journal) as candidate, ExitStack() as first:
        first.enter_context(running(envoy, primary))
        with shadow_tap(tmp_path, "--admin", envoy.admin, "--candidate", candidate) as tap:
            ask(envoy, 20)
            replayed(journal, 20)
            first.close()
            until(lambda: "cannot be reached" in tap.log, "the end of Envoy to be said")
            with running(envoy, primary):
                until(lambda: "attached to Envoy again" in tap.log, "the tap")
                ask(envoy, 20)
                replayed(journal, 40)
                assert tap.stop() == 0
    accounting = tap.verdict()["accounting"]
    assert accounting["captured"] == accounting["compared"] == 40


def test_a_live_process_that_is_killed_finds_the_tap_free(envoy: Envoy, tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    with (
        target(journal=journal) as candidate,
        shadow_tap(tmp_path, "--admin", envoy.admin, "--candidate", candidate) as tap,
    ):
        kill(_live(tap))
        assert tap.process.stdout is not None
        while "verdict" not in tap.process.stdout.readline():
            pass
        ask(envoy, 20)
        replayed(journal, 20)
        assert tap.stop() == 0
    assert tap.verdict()["accounting"]["compared"] == 20


def _live(tap: Tap) -> int:
    family = descendants(tap.process.pid)
    return next(pid for pid in family if "live-role" in command_line(pid))


def test_an_admin_interface_that_is_not_there_is_said_with_what_to_do(tmp_path: Path) -> None:
    admin = f"http://127.0.0.1:{free_port()}"
    candidate = ("--candidate", "http://127.0.0.1:1")
    done = shadow("tap", "--admin", admin, *candidate, "--release", "1", cwd=tmp_path)
    assert done.returncode == COULD_NOT_RUN
    assert "cannot be reached: " in done.stderr
    assert "is Envoy started, and is this the address of its `admin`?" in done.stderr
    assert len(done.stderr.splitlines()) == 1


async def _refused(envoy: Envoy, **tap: str) -> str:
    with pytest.raises(UnavailableError) as caught:
        async with tapped(envoy.admin_port, **tap):
            raise AssertionError("attached")
    return str(caught.value)


async def test_a_wrong_config_id_is_said_with_what_to_do(envoy: Envoy) -> None:
    said = await _refused(envoy, config_id="checkout")
    assert "has no tap filter with `config_id: checkout`; add one" in said


async def test_an_envoy_without_a_tap_filter_is_said_with_what_to_do(primary: str) -> None:
    without = {"admin_config: {config_id: shadow}": "static_config: " + _TO_NOWHERE}
    with running(somewhere(), primary, **without) as envoy:
        assert "has no tap filter with `config_id: shadow`; add one" in await _refused(envoy)


_TO_NOWHERE = (
    "{match: {not_match: {any_match: true}}, output_config: "
    "{sinks: [{file_per_tap: {path_prefix: /nowhere/at/all}}]}}"
)


async def test_a_second_tap_is_said_with_what_to_do(envoy: Envoy) -> None:
    first = await attach(_options(envoy), lambda _: None)
    assert "has its tap taken already, and gives one at a time" in await _refused(envoy)
    first.detach()


async def test_the_tap_is_free_as_soon_as_it_is_let_go(envoy: Envoy) -> None:
    async with tapped(envoy.admin_port):
        with pytest.raises(NotAttachedError, match="already exists"):
            await attach(_options(envoy), lambda _: None)

    async def can_be_had() -> bool:
        try:
            (await attach(_options(envoy), lambda _: None)).detach()
        except NotAttachedError:
            return False
        return True

    while not await can_be_had():  # noqa: ASYNC110 - nothing tells when Envoy has noticed
        await asyncio.sleep(0.01)


def _options(envoy: Envoy) -> TapOptions:
    return TapOptions(
        host="127.0.0.1", port=envoy.admin_port, config_id="shadow", max_body_bytes=1000
    )


async def test_what_envoy_tells_is_what_users_sent_and_got(envoy: Envoy, primary: str) -> None:
    async with tapped(envoy.admin_port) as found:
        sent = {"X-Name": "gr\u00fc\u00dfe".encode().decode("latin-1"), "X-Request-Id": "4711"}
        got = await asyncio.to_thread(say, envoy, "GET", "/items/1?q=%20", **sent)
        await eventually(lambda: found.exchanges)
    (exchange,) = found.exchanges
    request = exchange.request
    assert (request.method, request.target) == ("GET", "/items/1?q=%20")
    headers = dict(request.headers)
    assert headers[b"host"] == f"127.0.0.1:{envoy.port}".encode()
    assert headers[b"x-name"] == "gr\u00fc\u00dfe".encode()
    assert headers[b"x-request-id"] == b"4711"
    assert not [name for name in headers if name.startswith((b"x-envoy", b":"))]
    assert exchange.primary is not None
    assert exchange.primary.body == got
    odd = [value for name, value in exchange.primary.headers if name == b"x-odd"]
    assert odd == [b"one", b"two"]
    assert 0 < exchange.primary.seconds < 60


async def test_the_case_of_each_exchange_is_counted_once(envoy: Envoy) -> None:
    policy = {"max_body_bytes": 100, "unsafe": ("POST /items/*",), "exclude": ("* /healthz",)}
    async with tapped(envoy.admin_port, **policy) as found:
        for method, path, body, headers in (
            ("GET", "/items/1", b"", {}),
            ("GET", "/healthz", b"", {}),
            ("PUT", "/items/1", b"x", {}),
            ("GET", "/items/1", b"", {"x-shadow-loop-guard": "1"}),
            ("GET", "/items/" + "1" * 100, b"", {}),
            ("POST", "/items/1", b"x" * 101, {}),
            ("POST", "/items/1", b"x" * 100, {}),
            ("HEAD", "/items/" + "1" * 100, b"", {}),
        ):
            await asyncio.to_thread(say, envoy, method, path, body, **headers)
        await eventually(lambda: found.captured == 8)
    assert found.ended == {
        "skipped:excluded": 1,
        "skipped:loop_guard": 1,
        "skipped:method": 1,
        "skipped:request_too_large": 1,
        "skipped:response_too_large": 1,
    }
    asked = [(e.request.method, len(e.request.body)) for e in found.exchanges]
    assert asked == [("GET", 0), ("POST", 100), ("HEAD", 0)]


@pytest.mark.parametrize(
    ("mode", "ended"),
    [
        ("close", "skipped:proxy_answered"),
        ("garbage", "skipped:proxy_answered"),
    ],
)
async def test_answers_of_envoy_itself_are_not_taken_for_productions(mode: str, ended: str) -> None:
    with target(mode) as broken, running(somewhere(), broken) as envoy:
        async with tapped(envoy.admin_port) as found:
            await asyncio.to_thread(say, envoy, "GET", "/items/1")
            await eventually(lambda: found.captured == 1)
    assert found.ended == {ended: 1}


async def test_an_exchange_that_has_no_end_is_not_taken() -> None:
    """Users leave, primaries break off; Envoy does not tell which."""
    waiting = asyncio.Event()

    async def never_ends(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if b"/broken" in await reader.readuntil(b"\r\n\r\n"):
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n1234567890")
            await writer.drain()
        else:
            waiting.set()
            await reader.read()
        writer.close()

    server = await asyncio.start_server(never_ends, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    with running(somewhere(), f"http://127.0.0.1:{port}") as envoy:
        async with tapped(envoy.admin_port) as found:
            for captured, path in enumerate((b"/waits", b"/broken"), 1):
                _, user = await asyncio.open_connection("127.0.0.1", envoy.port)
                user.write(b"GET %s HTTP/1.1\r\nhost: shop.test\r\n\r\n" % path)
                if path == b"/waits":
                    await asyncio.wait_for(waiting.wait(), PATIENCE_SECONDS)
                    user.close()
                await eventually(lambda captured=captured: found.captured == captured)
                user.close()
    server.close()
    assert found.ended == {"skipped:client_left": 2}


async def test_what_does_not_match_is_not_told(envoy: Envoy) -> None:
    match = {
        "http_request_headers_match": {
            "headers": [{"name": ":path", "string_match": {"prefix": "/api/"}}]
        }
    }
    async with tapped(envoy.admin_port, match=match) as found:
        for path in ("/items/1", "/api/1", "/items/2", "/api/2"):
            await asyncio.to_thread(say, envoy, "GET", path)
        await eventually(lambda: found.captured == 2)
    assert [each.request.target for each in found.exchanges] == ["/api/1", "/api/2"]


async def test_bodies_are_those_of_users_where_the_tap_is_the_first_filter(primary: str) -> None:
    router = "- name: envoy.filters.http.router"
    with running(somewhere(), primary, **{router: _COMPRESSOR + router}) as envoy:
        async with tapped(envoy.admin_port) as found:
            header = {"accept-encoding": "gzip"}
            got = await asyncio.to_thread(say, envoy, "GET", "/items/1", **header)
            await eventually(lambda: found.exchanges)
    (exchange,) = found.exchanges
    assert exchange.primary is not None
    assert exchange.primary.body == got
    assert json.loads(gzip.decompress(got))["mark"] == "production"
    assert (b"content-encoding", b"gzip") in exchange.primary.headers


_TYPES = "type.googleapis.com/envoy.extensions"
_COMPRESSOR = f"""- name: envoy.filters.http.compressor
                    typed_config:
                      "@type": {_TYPES}.filters.http.compressor.v3.Compressor
                      response_direction_config:
                        common_config: {{min_content_length: 5}}
                      compressor_library:
                        name: gzip
                        typed_config:
                          "@type": {_TYPES}.compression.gzip.compressor.v3.Gzip
                  """


@pytest.mark.parametrize(("config_id", "code"), [("shadow", 0), ("other", COULD_NOT_RUN)])
def test_check_tries_the_tap_and_frees_it(
    envoy: Envoy, primary: str, config_id: str, code: int, tmp_path: Path
) -> None:
    tap = f"{{admin: '{envoy.admin}', config_id: {config_id}}}"
    (tmp_path / "shadow.yaml").write_text(f"capture: {{engine: tap, tap: {tap}}}")
    command = ("check", "--release", "1", "--candidate", primary)
    for _ in range(2):
        done = shadow(*command, cwd=tmp_path)
        assert done.returncode == code, done.stdout + done.stderr
        told = "config id shadow" if code == 0 else "no tap filter with `config_id: other`"
        assert told in " ".join(done.stdout.replace("│", " ").split())
