"""The kill switch: `shadow pause`, a file, SIGUSR1. Users are served on throughout."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from shadow.capture.pause_file import PauseWatch, live_states
from tests.support.processes import Shadow, accepts, kill, proxy, shadow, target, until
from tests.support.user import same_answers

COULD_NOT_RUN = 4


@pytest.fixture(scope="module")
def primary() -> Iterator[str]:
    with target() as url:
        yield url


@pytest.fixture(scope="module")
def candidate() -> Iterator[str]:
    with target() as url:
        yield url


def settings(folder: Path) -> str:
    return f"capture: {{pause_file: {folder / 'pause'}}}\n"


def told(command: str, running: Shadow) -> subprocess.CompletedProcess[str]:
    return shadow(command, "--config", str(running.config))


def accounting(running: Shadow) -> dict[str, object]:
    assert running.stop() == 0
    found: dict[str, object] = running.gate()[1]["accounting"]
    return found


def test_what_is_asked_during_a_pause_is_served_and_counted_as_paused(
    primary: str, candidate: str, tmp_path: Path
) -> None:
    with proxy(
        tmp_path, primary=primary, candidate=candidate, settings=settings(tmp_path)
    ) as running:
        same_answers(primary, running.url, 10)
        paused = told("pause", running)
        assert paused.returncode == 0, paused.stderr
        assert f"live process {running.live()}: paused" in paused.stdout
        assert same_answers(primary, running.url, 7) == 7
        resumed = told("resume", running)
        assert resumed.returncode == 0, resumed.stderr
        assert f"live process {running.live()}: capturing" in resumed.stdout
        same_answers(primary, running.url, 5)
        found = accounting(running)
        log = running.log.read_text()
    assert (found["captured"], found["compared"], found["skipped"]) == (22, 15, 7)
    assert found["reasons"]["skipped"] == {"paused": 7}  # type: ignore[index]
    assert log.count("capture is paused") == log.count("capture is no longer paused") == 1
    assert [file.name for file in tmp_path.glob("pause*")] == []


def test_the_file_works_by_hand_when_all_but_the_live_process_is_dead(
    primary: str, candidate: str, tmp_path: Path
) -> None:
    with proxy(
        tmp_path, primary=primary, candidate=candidate, settings=settings(tmp_path)
    ) as running:
        live = running.live()
        running.supervisor.kill()
        running.supervisor.wait()
        try:
            (tmp_path / "pause").touch()
            until(lambda: "capture is paused" in running.log.read_text())
            assert same_answers(primary, running.url, 5) == 5
            (tmp_path / "pause").unlink()
            until(lambda: "no longer paused" in running.log.read_text())
        finally:
            kill(live)


def test_a_live_process_that_starts_while_the_file_is_there_captures_nothing(
    primary: str, candidate: str, tmp_path: Path
) -> None:
    (tmp_path / "pause").touch()
    with proxy(
        tmp_path, primary=primary, candidate=candidate, settings=settings(tmp_path)
    ) as running:
        assert same_answers(primary, running.url, 5) == 5
        found = accounting(running)
    assert (found["captured"], found["skipped"]) == (5, 5)
    assert (tmp_path / "pause").exists()


def test_a_live_process_in_the_place_of_one_that_died_is_paused_as_that_was(
    primary: str, candidate: str, tmp_path: Path
) -> None:
    paused = "capture is paused (SIGUSR1)"
    with proxy(
        tmp_path, primary=primary, candidate=candidate, settings=settings(tmp_path)
    ) as running:
        running.supervisor.send_signal(signal.SIGUSR1)
        until(lambda: paused in running.log.read_text())
        kill(running.live())
        until(lambda: running.log.read_text().count(paused) == 2)
        until(lambda: accepts(running.port))
        assert same_answers(primary, running.url, 3) == 3
        found = accounting(running)
    assert (found["captured"], found["compared"], found["skipped"]) == (3, 0, 3)


@pytest.mark.parametrize("to", ["live process", "supervisor"])
def test_a_signal_pauses_and_ends_its_own_pause_only(
    to: str, primary: str, candidate: str, tmp_path: Path
) -> None:
    with proxy(
        tmp_path, primary=primary, candidate=candidate, settings=settings(tmp_path)
    ) as running:
        pid = running.live() if to == "live process" else running.supervisor.pid
        os.kill(pid, signal.SIGUSR1)
        until(lambda: "capture is paused (SIGUSR1)" in running.log.read_text())
        assert same_answers(primary, running.url, 3) == 3
        resumed = told("resume", running)
        assert resumed.returncode == COULD_NOT_RUN
        assert "SIGUSR1" in resumed.stderr
        os.kill(pid, signal.SIGUSR1)
        until(lambda: "no longer paused" in running.log.read_text())
        same_answers(primary, running.url, 2)
        found = accounting(running)
    assert (found["captured"], found["compared"], found["skipped"]) == (5, 2, 3)


def test_a_word_from_before_resume_is_not_taken_for_how_a_process_stands(tmp_path: Path) -> None:
    config = tmp_path / "shadow.yaml"
    config.write_text(settings(tmp_path))
    watch = PauseWatch(tmp_path / "pause")
    watch.start()
    try:
        watch.say("capturing", (), time.monotonic())
        until(lambda: [live.state for live in live_states(watch.file)] == ["capturing"])
        with ThreadPoolExecutor(1) as pool:
            resuming = pool.submit(shadow, "resume", "--config", str(config))
            with pytest.raises(TimeoutError):
                resuming.result(timeout=3)
            while not resuming.done():
                watch.say("paused", ("SIGUSR1",), time.monotonic())
                time.sleep(0.1)
    finally:
        watch.stop()
    assert resuming.result().returncode == COULD_NOT_RUN
    assert "paused (SIGUSR1)" in resuming.result().stdout


def test_pause_says_when_no_live_process_can_notice(tmp_path: Path) -> None:
    config = tmp_path / "shadow.yaml"
    config.write_text(settings(tmp_path))
    (tmp_path / "pause.live-1").write_text(
        '{"pid": 1, "state": "capturing", "paused_by": [], "at": 1}'
    )
    done = shadow("pause", "--config", str(config))
    assert done.returncode == COULD_NOT_RUN
    assert "no live process" in done.stderr
    assert (tmp_path / "pause").exists()
    assert shadow("resume", "--config", str(config)).returncode == 0
    assert [file.name for file in tmp_path.glob("pause*")] == []


def test_pause_and_resume_work_without_any_settings(tmp_path: Path) -> None:
    environment = {"TMPDIR": str(tmp_path)}
    assert shadow("pause", cwd=tmp_path, environment=environment).returncode == COULD_NOT_RUN
    (file,) = tmp_path.glob("shadow-*/pause")
    assert file.parent.stat().st_mode & 0o077 == 0
    assert shadow("resume", cwd=tmp_path, environment=environment).returncode == 0
    assert list(tmp_path.iterdir()) == []
