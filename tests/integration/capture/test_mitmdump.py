"""The addon in plain mitmdump."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration.capture.peers import answers, ask, chunked, free_port, get, primary, whole

_MITMDUMP = "from mitmproxy.tools.main import mitmdump; mitmdump()"
_SCRIPT = Path(__file__).with_name("mitmdump_script.py")


class Mitmdump:
    def __init__(self, process: subprocess.Popen[str], primary_port: int) -> None:
        self._process = process
        self.primary_port = primary_port
        self.started = self.says()
        self.port = self.started["port"]

    def says(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line: dict[str, Any] = json.loads(self._process.stdout.readline())
        return line


@pytest.fixture(scope="module")
def mitmdump(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mitmdump]:
    primary_port = free_port()
    options = (
        *("-s", str(_SCRIPT), "--mode", f"reverse:http://127.0.0.1:{primary_port}", "--quiet"),
        *("--listen-host", "127.0.0.1", "--listen-port", str(free_port())),
        *("--set", f"confdir={tmp_path_factory.mktemp('mitmproxy')}"),
    )
    with subprocess.Popen(
        (sys.executable, "-c", _MITMDUMP, *options), stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            yield Mitmdump(process, primary_port)
        finally:
            process.kill()


async def test_user_gets_the_primarys_answer_and_it_is_taken(mitmdump: Mitmdump) -> None:
    answer = whole(b"ok", "X-Odd(name): 1", 'Alt-Svc: h3=":443"')
    async with primary(mitmdump.primary_port, answers(answer)) as asked:
        assert await ask(mitmdump.port, get("/1")) == answer
    assert asked.requests == [get("/1")]
    assert mitmdump.says() == {"target": "/1"}


async def test_trailers_and_interim_answers_do_not_hang(mitmdump: Mitmdump) -> None:
    answer = b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + chunked(b"one", trailers="X: 1\r\n")
    async with primary(mitmdump.primary_port, answers(answer)):
        assert await ask(mitmdump.port, get("/2")) == answer
    assert mitmdump.says() == {"target": "/2"}


async def test_users_with_public_addresses_are_not_refused(mitmdump: Mitmdump) -> None:
    assert mitmdump.started["block_global"] is False


async def test_primary_that_refuses_closes_the_users_connection(mitmdump: Mitmdump) -> None:
    assert await ask(mitmdump.port, get("/3")) == b""
