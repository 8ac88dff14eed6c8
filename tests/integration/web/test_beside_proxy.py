"""Pages beside `shadow proxy`: served by a process of their own that users never depend on."""

import socket
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.support.processes import (
    Shadow,
    alive,
    command_line,
    descendants,
    free_port,
    kill,
    proxy,
    target,
    until,
)
from tests.support.user import same_answers


@pytest.fixture(scope="module")
def primary() -> Iterator[str]:
    with target() as url:
        yield url


@pytest.fixture(scope="module")
def candidate() -> Iterator[str]:
    with target() as url:
        yield url


def _web(running: Shadow) -> tuple[int, ...]:
    found = descendants(running.supervisor.pid)
    return tuple(pid for pid in found if "web-role" in command_line(pid))


def _with_pages(port: int) -> dict[str, str]:
    return {"SHADOW_WEB__ENABLED": "true", "SHADOW_WEB__LISTEN": f"127.0.0.1:{port}"}


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, trust_env=False).status_code == 200
    except httpx.TransportError:
        return False


def test_pages_are_served_and_users_are_when_their_process_dies(
    primary: str, candidate: str, tmp_path: Path
) -> None:
    port = free_port()
    page = f"http://127.0.0.1:{port}/"
    with (
        proxy(
            tmp_path, primary=primary, candidate=candidate, environment=_with_pages(port)
        ) as running,
    ):
        until(lambda: _answers(page), "the pages to be served")
        until(lambda: f"review pages and API at {page[:-1]}" in running.log.read_text())
        assert running.release in httpx.get(page, trust_env=False).text
        (first,) = _web(running)
        kill(first)
        assert same_answers(primary, running.url, 5) == 5
        until(lambda: _answers(page), "the pages to be back")
        family = descendants(running.supervisor.pid)
        assert running.stop() == 0
        assert not [pid for pid in family if alive(pid)]


def test_a_port_that_is_taken_is_said_and_stops_nothing(
    primary: str, candidate: str, tmp_path: Path
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        more = _with_pages(taken.getsockname()[1])
        with (
            proxy(tmp_path, primary=primary, candidate=candidate, environment=more) as running,
        ):
            until(lambda: "no review pages: cannot serve pages on" in running.log.read_text())
            assert same_answers(primary, running.url, 5) == 5
            assert running.stop() == 0


def test_without_pages_there_is_no_process_for_them(
    primary: str, candidate: str, tmp_path: Path
) -> None:
    with proxy(tmp_path, primary=primary, candidate=candidate) as running:
        assert not _web(running)


def test_other_machines_are_not_let_in_without_a_token(
    primary: str, candidate: str, tmp_path: Path
) -> None:
    more = {"SHADOW_WEB__ENABLED": "true", "SHADOW_WEB__LISTEN": f"0.0.0.0:{free_port()}"}
    with proxy(tmp_path, primary=primary, candidate=candidate, environment=more) as running:
        until(lambda: "shadow token create" in running.log.read_text(), "the reason to be said")
