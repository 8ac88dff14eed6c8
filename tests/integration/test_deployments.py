"""Shadow as it is deployed: TLS and PostgreSQL; beside a mitmproxy of one's own."""

import signal
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.integration.capture.certificates import Authority
from tests.support.postgres import PASSWORD, new_database, running_server
from tests.support.processes import (
    PATIENCE_SECONDS,
    accepts,
    clean_environment,
    free_port,
    process,
    proxy,
    shadow,
    target,
    until,
)
from tests.support.user import User, same_answers

MITMDUMP = "from mitmproxy.tools.main import mitmdump; mitmdump()"
ASKED = 300
TOKEN = "token-of-a-user-4711"


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    with running_server() as server:
        yield new_database(server)


def test_users_with_tls_two_workers_and_postgresql_come_to_a_verdict(
    database: str, tmp_path: Path
) -> None:
    authority = Authority(tmp_path)
    own = authority.certificate("127.0.0.1")
    trusting = ssl.create_default_context(cafile=authority.ca)
    settings = f"""
workers: 2
primary_ca: {authority.ca}
tls: {{certificate: {own.certificate}, key: {own.key}}}
policy: {{min_exchanges: 50, max_excess_rate: 0.1}}
"""
    with (
        target(certificate=own.certificate, key=own.key) as primary,
        target() as secondary,
        target() as candidate,
        proxy(
            tmp_path,
            primary=primary,
            candidate=candidate,
            secondary=secondary,
            store=database,
            settings=settings,
        ) as running,
    ):
        through = f"https://127.0.0.1:{running.port}"
        assert same_answers(primary, through, ASKED, tls=trusting) == ASKED
        with User(through, trusting) as user:
            user.get("/items/1", f"Authorization: Bearer {TOKEN}")
        targets = ("--primary", primary, "--candidate", candidate)
        free = ("--listen", f"127.0.0.1:{free_port()}")
        checked = shadow("check", *running.asked(), *targets, *free)
        assert len(until(running.workers)) == 2
        assert running.stop() == 0
    assert checked.returncode == 0, checked.stdout
    code, verdict = running.gate()
    assert (code, verdict["decision"]) == (0, "PASS"), verdict["reasons"]
    accounting = verdict["accounting"]
    assert (accounting["captured"], accounting["compared"]) == (ASKED + 1, ASKED + 1)
    log = running.log.read_text()
    assert f"users      {through}\n" in log
    assert PASSWORD not in log + checked.stdout
    assert TOKEN not in log


def test_check_says_when_nobody_vouches_for_the_primary(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    authority, other = Authority(tmp_path), Authority(tmp_path / "other")
    own = authority.certificate("127.0.0.1")
    with (
        target(certificate=own.certificate, key=own.key) as primary,
        target() as candidate,
    ):
        asked = ("--release", "1", "--primary", primary, "--candidate", candidate)
        listen = ("--listen", f"127.0.0.1:{free_port()}")
        for authorities in ("", str(other.ca)):
            environment = {"SHADOW_PRIMARY_CA": authorities}
            done = shadow("check", *asked, *listen, cwd=tmp_path, environment=environment)
            assert done.returncode == 4
            assert f"{primary} cannot be spoken to in TLS" in done.stdout


def test_log_lines_that_nobody_reads_keep_no_user_waiting(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    own = authority.certificate("127.0.0.1")
    trusting = ssl.create_default_context(cafile=authority.ca)
    (tmp_path / "shadow.yaml").write_text(
        f"tls: {{certificate: {own.certificate}, key: {own.key}}}\n"
    )
    port = free_port()
    with target() as primary, target() as candidate:
        asked = ("--primary", primary, "--candidate", candidate, "--release", "1")
        with process(
            *(sys.executable, "-m", "shadow", "proxy", *asked, "--listen", f"127.0.0.1:{port}"),
            cwd=tmp_path,
            env=clean_environment(),
            stderr=subprocess.PIPE,
        ) as running:
            until(lambda: accepts(port))
            # Each is a line of the log, and far more than a pipe holds.
            for _ in range(400):
                _mistrust(port)
            with User(f"https://127.0.0.1:{port}", trusting) as user:
                assert user.get("/items/1").startswith(b"HTTP/1.1 200")
            running.send_signal(signal.SIGTERM)
            _, said = running.communicate(timeout=PATIENCE_SECONDS)
            assert running.returncode == 0
    assert said.count("handshake failed") > 100


@pytest.mark.parametrize("file", ["shadow.yaml", "elsewhere.yaml"])
def test_addon_in_mitmdump_and_workers_beside_it_account_for_all(file: str, tmp_path: Path) -> None:
    environment = clean_environment()
    if file != "shadow.yaml":
        environment["SHADOW_CONFIG"] = str(tmp_path / file)
    with target() as primary, target() as candidate:
        (tmp_path / file).write_text(
            f"release: '3'\ncandidate: {candidate}\nqueue: ipc://{tmp_path}/queue\n"
        )
        with (
            _mitmdump(primary, tmp_path, environment) as (mitmdump, through),
            process(
                *(sys.executable, "-m", "shadow", "worker"),
                cwd=tmp_path,
                env=environment,
                stderr=subprocess.PIPE,
            ) as worker,
        ):
            assert same_answers(primary, through, 100) == 100
            mitmdump.send_signal(signal.SIGINT)
            assert mitmdump.wait(PATIENCE_SECONDS) == 0
            worker.send_signal(signal.SIGTERM)
            _, said = worker.communicate(timeout=PATIENCE_SECONDS)
            assert (worker.returncode, said) == (0, "")
    done = shadow("gate", cwd=tmp_path, environment=environment)
    assert "exchanges: 100 captured = 100 compared + 0" in done.stdout
    assert "without an outcome" not in done.stdout


def test_addon_with_wrong_settings_says_so_in_mitmdump_without_a_traceback(
    tmp_path: Path,
) -> None:
    (tmp_path / "shadow.yaml").write_text("relase: 1\n")
    with process(
        *_mitmdump_command("http://127.0.0.1:1", free_port(), tmp_path),
        cwd=tmp_path,
        env=clean_environment(),
        stderr=subprocess.STDOUT,
    ) as mitmdump:
        said, _ = mitmdump.communicate(timeout=PATIENCE_SECONDS)
    assert mitmdump.returncode == 1
    assert "shadow.yaml:1 relase: no such setting (did you mean release?)" in said
    assert "Traceback" not in said


@contextmanager
def _mitmdump(
    primary: str, folder: Path, environment: dict[str, str]
) -> Iterator[tuple[subprocess.Popen[str], str]]:
    port = free_port()
    command = _mitmdump_command(primary, port, folder)
    with process(*command, cwd=folder, env=environment) as running:
        until(lambda: accepts(port) or running.poll() is not None, "mitmdump to listen")
        yield running, f"http://127.0.0.1:{port}"


def _mitmdump_command(primary: str, port: int, folder: Path) -> tuple[str, ...]:
    script = shadow("addon").stdout.strip()
    return (
        *(sys.executable, "-c", MITMDUMP, "--quiet", "-s", script),
        *("--mode", f"reverse:{primary}", "--set", f"confdir={folder / 'mitmproxy'}"),
        *("--listen-host", "127.0.0.1", "--listen-port", str(port)),
    )


def _mistrust(port: int) -> None:
    """Come as a user who does not know who signed the certificate."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    with (
        socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_SECONDS) as user,
        pytest.raises(ssl.SSLCertVerificationError),
    ):
        tls.wrap_socket(user, server_hostname="127.0.0.1")
