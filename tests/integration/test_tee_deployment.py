"""`shadow proxy` with the tee: several live processes, and a proxy that takes over from another."""

import subprocess
from pathlib import Path

from tests.integration.capture.certificates import Authority
from tests.support.processes import (
    Shadow,
    accepts,
    alive,
    command_line,
    descendants,
    free_port,
    kill,
    process,
    proxy,
    shadow,
    target,
    until,
)
from tests.support.programs import needed
from tests.support.user import User, same_answers

TEE = "capture: {engine: tee, drain_seconds: 2, tee: {processes: 2}}"
HTTP_2_ALONE = """
daemon off; master_process off; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 64; }}
http {{
  access_log off; client_body_temp_path {folder}/body;
  server {{ listen 127.0.0.1:{port} http2; return 200 "hello $request_uri"; }}
}}
"""


def lives(running: Shadow) -> tuple[int, ...]:
    return tuple(
        pid for pid in descendants(running.supervisor.pid) if "live-role" in command_line(pid)
    )


def captured(running: Shadow) -> int:
    """What is accounted for after the end; it has to add up."""
    _, verdict = running.gate()
    assert verdict["accounting"]["missing"] == 0
    number: int = verdict["accounting"]["captured"]
    return number


def ask_anew(url: str, number: int) -> int:
    """Ask over a new connection each time; return how many were answered."""
    answered = 0
    for _ in range(number):
        with User(url) as user:
            answered += user.get("/items/1").startswith(b"HTTP/1.1 200")
    return answered


def test_counts_of_two_live_processes_add_up(tmp_path: Path) -> None:
    with (
        target() as production,
        target(mark="pre-release") as candidate,
        proxy(tmp_path, primary=production, candidate=candidate, settings=TEE) as running,
    ):
        until(lambda: "tee in 2 processes" in running.log.read_text())
        assert (
            "for users of HTTP/2 whose primary has none: --engine mitm" in running.log.read_text()
        )
        assert len(lives(running)) == 2
        assert ask_anew(running.url, 60) == 60
        assert same_answers(production, running.url, 40) == 40
        assert running.stop() == 0
        assert captured(running) == 100


def test_live_process_that_dies_is_replaced_while_the_other_serves(tmp_path: Path) -> None:
    with (
        target() as production,
        target(mark="pre-release") as candidate,
        proxy(tmp_path, primary=production, candidate=candidate, settings=TEE) as running,
    ):
        until(lambda: "in 2 processes" in running.log.read_text())
        first, second = lives(running)
        kill(first)
        until(lambda: not alive(first))
        assert ask_anew(running.url, 20) == 20
        until(lambda: len(lives(running)) == 2)
        assert second in lives(running)
        assert running.stop() == 0
        assert captured(running) == 20


def test_second_proxy_on_the_same_address_takes_over(tmp_path: Path) -> None:
    settings = "capture: {engine: tee, drain_seconds: 2}"
    earlier_folder, later_folder = tmp_path / "earlier", tmp_path / "later"
    earlier_folder.mkdir()
    later_folder.mkdir()
    with (
        target() as production,
        target(mark="pre-release") as candidate,
        proxy(earlier_folder, primary=production, candidate=candidate, settings=settings) as one,
    ):
        assert ask_anew(one.url, 10) == 10
        with proxy(
            later_folder,
            primary=production,
            candidate=candidate,
            settings=settings,
            port=one.port,
        ) as other:
            until(lambda: "primary" in other.log.read_text())
            assert ask_anew(one.url, 10) == 10
            assert one.stop() == 0
            assert ask_anew(one.url, 10) == 10
            assert other.stop() == 0
            assert (captured(one), captured(other)) == (10, 20)


def test_several_processes_need_a_port(tmp_path: Path) -> None:
    done = shadow(
        *("proxy", "--release", "1", "--primary", "http://a", "--candidate", "http://b"),
        *("--engine", "tee", "--processes", "2", "--listen", "127.0.0.1:0"),
        cwd=tmp_path,
    )
    assert done.returncode == 2
    assert "--listen" in done.stderr


def test_users_over_tls_have_http_2_where_the_primary_is_known_to_speak_it(tmp_path: Path) -> None:
    nginx, curl = needed("nginx", "apt-get install nginx"), needed("curl", "apt-get install curl")
    port = free_port()
    config = tmp_path / "nginx.conf"
    config.write_text(HTTP_2_ALONE.format(folder=tmp_path, port=port))
    authority = Authority(tmp_path)
    own = authority.certificate("127.0.0.1")
    settings = f"tls: {{certificate: {own.certificate}, key: {own.key}}}\n"
    settings += "capture: {engine: tee, drain_seconds: 2, tee: {http2: prior_knowledge}}"
    with process(nginx, "-c", str(config), "-p", str(tmp_path)):
        until(lambda: accepts(port), "nginx to listen")
        with (
            target(mark="pre-release") as candidate,
            proxy(
                tmp_path, primary=f"http://127.0.0.1:{port}", candidate=candidate, settings=settings
            ) as running,
        ):
            by = ("--http2", "-w", " by %{http_version}")
            asking = (curl, "-sS", "--cacert", str(authority.ca), *by)
            for number in range(3):
                url = f"https://127.0.0.1:{running.port}/{number}"
                asked = subprocess.run((*asking, url), capture_output=True, text=True, check=True)
                assert asked.stdout == f"hello /{number} by 2"
            assert running.stop() == 0
            assert captured(running) == 3
