"""`--log-format json`: each line on standard error is one record, whatever is in it."""

import json
import logging
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from shadow.json_logs import json_formatter
from shadow.terminal import LogFormat
from tests.integration.web.conftest import count
from tests.support.processes import (
    accepts,
    clean_environment,
    command_line,
    descendants,
    free_port,
    process,
    shadow,
    target,
    until,
)

SECRET = "correct-horse-battery"


def records(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def written(message: str, *given: object, error: BaseException | None = None) -> str:
    info = (type(error), error, error.__traceback__) if error else None
    record = logging.LogRecord("shadow.x", logging.WARNING, __file__, 1, message, given, info)
    return json_formatter().format(record)


def test_a_record_says_when_how_bad_and_where_from() -> None:
    (said,) = records(written("%d of %s", 3, "these"))
    assert (said["event"], said["level"], said["logger"]) == ("3 of these", "warning", "shadow.x")
    assert said["timestamp"].endswith("Z")
    assert said["process"] == os.getpid()


@pytest.mark.parametrize("text", ["a\nb", "\x1b[2J", "\u202e", "\u2028", "\ud800", '"}\r{', "\0"])
def test_no_record_can_look_like_two_or_act_on_a_terminal(text: str) -> None:
    line = written("%s", text)
    assert line.isascii()
    assert line.isprintable()
    assert json.loads(line)["event"] == text


@pytest.mark.parametrize("text", ["a\nb", "\x1b[2J", "\u202e", "\u2028", "\ud800", "\0", "\r"])
def test_no_line_for_people_can_look_like_two_or_act_on_a_terminal(text: str) -> None:
    record = logging.LogRecord("shadow.x", logging.WARNING, __file__, 1, "%s", (text,), None)
    line = LogFormat().format(record)
    assert line.isprintable()
    assert line.endswith(text.encode("unicode_escape").decode()) or "\\x00" in line


def test_what_ends_a_command_cannot_act_on_a_terminal(tmp_path: Path) -> None:
    done = shadow("gate", "--release", "1", "--store", f"sqlite:///{tmp_path}/\x1b[2J\u202e/x.db")
    assert done.returncode == 2
    assert "\\x1b[2J\\u202e" in done.stderr
    assert "\x1b" not in done.stderr


def test_of_an_error_only_type_and_place_are_said() -> None:
    try:
        raise ValueError(SECRET)
    except ValueError as error:
        line = written("broke down", error=error)
    assert json.loads(line)["error"].startswith(f"ValueError at {__file__}:")
    assert SECRET not in line


def test_what_ends_a_command_is_a_record_too(tmp_path: Path) -> None:
    store = f"sqlite:///{tmp_path / 'none.db'}"
    done = shadow("--log-format", "json", "gate", "--release", "1", "--store", store)
    assert done.returncode == 4
    (said,) = records(done.stderr)
    assert "there is no store" in said["event"]
    assert said["level"] == "error"


def test_the_verdict_itself_is_as_ever(tmp_path: Path) -> None:
    store = f"sqlite:///{tmp_path / 'shadow.db'}"
    count(store, 3, "one")
    asked = ("gate", "--release", "2.4.0", "--store", store)
    said = [shadow(*more, *asked).stdout for more in (("--log-format", "json"), ())]
    # Each verdict has an id of its own.
    assert len({text.partition("\nverdict ")[0] for text in said}) == 1


def test_the_web_logs_so_and_no_secret(tmp_path: Path) -> None:
    store = f"sqlite:///{tmp_path / 'shadow.db'}"
    count(store, 3, "one")
    words = ("--log-format", "json", "web", "--store", store, "--listen", "127.0.0.1:0")
    command = (sys.executable, "-m", "shadow", *words)
    with process(*command, env=clean_environment(), stderr=subprocess.PIPE) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        url = running.stdout.readline().split()[-1]
        headers = {"authorization": f"Bearer {SECRET}"}
        answer = httpx.get(f"{url}/metrics", headers=headers, trust_env=False, timeout=60)
        assert answer.status_code == 401
        running.send_signal(signal.SIGTERM)
        running.wait()
        text = running.stderr.read()
        running.stderr.close()
    assert SECRET not in text
    assert any("unknown-token" in said["event"] for said in records(text))


def test_all_processes_of_a_proxy_log_so(tmp_path: Path) -> None:
    port, log = free_port(), tmp_path / "log"
    with target() as primary, target() as candidate, log.open("w") as err:
        given = {"--release": "1", "--primary": primary, "--candidate": candidate}
        more = {"--listen": f"127.0.0.1:{port}", "--store": f"sqlite:///{tmp_path / 'shadow.db'}"}
        words = [word for pair in {**given, **more}.items() for word in pair]
        command = (sys.executable, "-m", "shadow", "--log-format", "json", "proxy", *words)
        with process(*command, env=clean_environment(), stderr=err) as running:
            until(lambda: accepts(port))
            lines = {pid: command_line(pid) for pid in descendants(running.pid)}
            roles = {pid: line for pid, line in lines.items() if "-role" in line}
            assert roles
            assert all("--log-format json" in line for line in roles.values())
            os.kill(next(pid for pid, line in roles.items() if "worker-role" in line), 9)
            until(lambda: "starting it again" in log.read_text())
            running.send_signal(signal.SIGTERM)
            running.wait()
    assert any("was killed" in said["event"] for said in records(log.read_text()))
