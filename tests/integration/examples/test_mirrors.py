"""examples/: real mirrors before a real primary, and `shadow sink` behind them."""

import contextlib
import http.client
import json
import os
import re
import shlex
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import typer.main
import yaml

from shadow.cli import app
from tests.support.mirrors import PRODUCTION, SINK, Mirroring, envoy, mirroring, nginx
from tests.support.processes import ROOT, Shadow, free_port, proxy, target, until
from tests.support.user import User

ODD = "/items/7?q=%7e%2F&r=a+b"
SEARCHED = b"words " * 2000
SETTINGS = """
capture:
  unsafe:
    - endpoint: POST /search
      isolation: Searching writes nothing.
      repeat_to_primary: true
"""

MIRRORS = pytest.mark.parametrize("mirror", [nginx, envoy])


@contextmanager
def mirrored(mirror: Mirroring, folder: Path) -> Iterator[tuple[str, str, Shadow]]:
    """Production, a worse candidate, and a sink behind a mirror: the URLs of the first two."""
    journals = {name: folder / f"{name}.jsonl" for name in ("primary", "candidate")}
    with (
        target(journal=journals["primary"]) as primary,
        target() as secondary,
        target(mark="next", journal=journals["candidate"]) as candidate,
        proxy(
            folder,
            primary=primary,
            secondary=secondary,
            candidate=candidate,
            settings=SETTINGS,
            command="sink",
        ) as sink,
        mirroring(mirror, folder, production=primary, sink=sink.port) as users,
    ):
        yield primary, users, sink


def answers(url: str, number: int) -> list[tuple[bytes, bytes]]:
    """What a user is told over one kept connection: status and body."""
    with User(url) as user:
        said = [user.get(f"/items/{n}") for n in range(number)]
    return [(each.partition(b"\r\n")[0], each.partition(b"\r\n\r\n")[2]) for each in said]


def search(url: str) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)
    try:
        connection.request("POST", "/search", body=SEARCHED)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def whole(journal: Path, number: int) -> list[list[str]]:
    """The heads of so many requests, or none before they are there."""
    lines = journal.read_text().splitlines(keepends=True)
    heads = [json.loads(line) for line in lines if line.endswith("\n")]
    return heads if len(heads) == number else []


@MIRRORS
def test_a_worse_candidate_behind_a_mirror_is_found_and_users_notice_nothing(
    mirror: Mirroring, tmp_path: Path
) -> None:
    with mirrored(mirror, tmp_path) as (primary, users, sink):
        assert answers(users, 60) == answers(primary, 60)
        assert sink.stop() == 0
        code, verdict = sink.gate()
        assert (code, verdict["decision"]) == (1, "FAIL")
        (finding,) = verdict["findings"]
        assert (finding["endpoint"], finding["location"]) == ("GET /items/{int}", "$.mark")
        assert finding["noise"] == 0
        accounting = verdict["accounting"]
        assert accounting["captured"] == accounting["compared"]
        assert answers(users, 10) == answers(primary, 10)


@MIRRORS
def test_the_candidate_gets_what_the_user_sent(mirror: Mirroring, tmp_path: Path) -> None:
    with mirrored(mirror, tmp_path) as (_, users, _):
        with User(users) as user:
            user.get(ODD, "X-Odd: one", "Cookie: a=1; b=2")
        assert search(users)[0] == 200
        asked = until(lambda: whole(tmp_path / "candidate.jsonl", 2), "both to be asked")
        by_line = {lines[0]: [line.lower() for line in lines] for lines in asked}
        got = by_line[f"GET {ODD} HTTP/1.1"]
        assert {"host: shop.test", "x-odd: one", "cookie: a=1; b=2"} <= set(got)
        assert "x-shadow-loop-guard: 1" in got
        assert not [line for line in got if line.startswith(("connection", "x-envoy"))]
        assert f"content-length: {len(SEARCHED)}" in by_line["POST /search HTTP/1.1"]


@MIRRORS
@pytest.mark.parametrize("number", [signal.SIGSTOP, signal.SIGKILL])
def test_users_notice_nothing_of_a_sink_that_hangs_or_is_gone(
    mirror: Mirroring, number: signal.Signals, tmp_path: Path
) -> None:
    with mirrored(mirror, tmp_path) as (primary, users, sink):
        live = sink.live()
        if number is signal.SIGKILL:
            os.kill(sink.supervisor.pid, number)
        os.kill(live, number)
        assert answers(users, 10) == answers(primary, 10)
        assert search(users) == search(primary)


@MIRRORS
def test_users_notice_nothing_where_there_is_no_sink_at_all(
    mirror: Mirroring, tmp_path: Path
) -> None:
    with (
        target() as primary,
        mirroring(mirror, tmp_path, production=primary, sink=free_port()) as users,
    ):
        assert answers(users, 50) == answers(primary, 50)


def test_nginx_leaves_a_sink_alone_that_does_not_answer(tmp_path: Path) -> None:
    with (
        target() as primary,
        socket.create_server(("127.0.0.1", 0)) as mute,
        mirroring(nginx, tmp_path, production=primary, sink=mute.getsockname()[1]) as users,
    ):
        assert answers(users, 30) == answers(primary, 30)
        mute.setblocking(False)
        assert 0 < waiting_at(mute) < 15


def waiting_at(server: socket.socket) -> int:
    """How many have connected, none of whom has been taken yet."""
    number = 0
    with contextlib.suppress(BlockingIOError):
        while True:
            server.accept()[0].close()
            number += 1
    return number


def test_the_mesh_copies_to_a_port_that_the_sinks_service_has() -> None:
    text = (ROOT / "examples/istio/shop.yaml").read_text()
    routes, limits, service = yaml.safe_load_all(text)
    (mirror,) = routes["spec"]["http"][0]["mirrors"]
    assert mirror["destination"]["host"] == limits["spec"]["host"] == service["metadata"]["name"]
    assert mirror["destination"]["port"]["number"] == service["spec"]["ports"][0]["port"]


def test_traefik_copies_to_a_service_and_limits_how_long_that_may_take() -> None:
    http_ = yaml.safe_load((ROOT / "examples/traefik/dynamic.yaml").read_text())["http"]
    (mirror,) = http_["services"]["mirrored"]["mirroring"]["mirrors"]
    transport = http_["services"][mirror["name"]]["loadBalancer"]["serversTransport"]
    assert http_["serversTransports"][transport]["forwardingTimeouts"]["dialTimeout"] == "100ms"


@pytest.mark.parametrize(
    "example",
    ["nginx/nginx.conf", "envoy/envoy.yaml", "traefik/dynamic.yaml", "goreplay/mirror.sh"],
)
def test_the_sink_that_an_example_asks_for_is_one_that_shadow_takes(example: str) -> None:
    comment = re.sub(r"\\\n#", " ", (ROOT / "examples" / example).read_text())
    (line,) = re.findall(r"^#\s+shadow sink (.*)$", comment, re.MULTILINE)
    commands = typer.main.get_group(app).commands
    given = commands["sink"].make_context("sink", shlex.split(line)).params
    assert given["listen"] == f"127.0.0.1:{SINK}"
    assert given["primary"] == f"http://127.0.0.1:{PRODUCTION}"


def test_goreplay_leaves_out_shadow_requests() -> None:
    script = (ROOT / "examples/goreplay/mirror.sh").read_text()
    assert "--http-disallow-header 'X-Shadow-Loop-Guard: .*'" in script
