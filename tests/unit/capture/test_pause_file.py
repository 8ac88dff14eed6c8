import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from shadow.capture.pause_file import (
    LiveState,
    PauseWatch,
    live_states,
    pause,
    resume,
    tidy,
)
from shadow.errors import UnavailableError
from tests.support.processes import until


@contextmanager
def watching(file: Path) -> Iterator[PauseWatch]:
    watch = PauseWatch(file)
    watch.start()
    try:
        yield watch
    finally:
        watch.stop()


def test_a_watch_sees_the_file_come_and_go(tmp_path: Path) -> None:
    file = tmp_path / "pause"
    with watching(file) as watch:
        assert not watch.present
        pause(file)
        until(lambda: watch.present)
        assert resume(file)
        until(lambda: not watch.present)
        assert not resume(file)


def test_a_watch_that_starts_later_knows_at_once(tmp_path: Path) -> None:
    pause(tmp_path / "pause")
    with watching(tmp_path / "pause") as watch:
        assert watch.present


def test_what_a_live_process_says_is_heard_until_it_ends(tmp_path: Path) -> None:
    file = tmp_path / "a[b]*"
    with watching(file) as watch:
        watch.say("stopped: memory", ("SIGUSR1",), 1.5)
        said = LiveState(pid=os.getpid(), state="stopped: memory", paused_by=("SIGUSR1",), at=1.5)
        until(lambda: live_states(file) == (said,))
        watch.say("capturing", (), 1.0)
        until(lambda: [each.state for each in live_states(file)] == ["capturing"])
    assert live_states(file) == ()
    assert list(tmp_path.iterdir()) == []


def test_a_word_that_was_tidied_away_is_said_again(tmp_path: Path) -> None:
    file = tmp_path / "run" / "pause"
    with watching(file) as watch:
        watch.say("capturing", (), 1.0)
        until(lambda: live_states(file))
        for word in file.parent.iterdir():
            word.unlink()
        file.parent.rmdir()
        until(lambda: [each.state for each in live_states(file)] == ["capturing"])


def test_what_nobody_holds_is_no_live_process_and_goes(tmp_path: Path) -> None:
    file = tmp_path / "pause"
    (tmp_path / "pause.live-1").write_text(
        '{"pid": 1, "state": "paused", "paused_by": [], "at": 1}'
    )
    os.mkfifo(tmp_path / "pause.live-2")
    (tmp_path / "pause.live-3").symlink_to(tmp_path / "mine")
    (tmp_path / "mine").touch()
    assert live_states(file) == ()
    tidy(file)
    assert {left.name for left in tmp_path.iterdir()} == {"pause.live-3", "mine"}


@pytest.mark.parametrize(
    "word", ["", "{}", "[" * 4000, '{"pid": "x"}', '{"pid": 1e999}', "null", "\x1b[2J"]
)
def test_a_word_that_is_none_is_passed_over(word: str, tmp_path: Path) -> None:
    file = tmp_path / "pause"
    with watching(file) as watch:
        watch.say("capturing", (), 1.0)
        until(lambda: live_states(file))
        (held,) = tmp_path.iterdir()
        held.write_text(word)
        assert live_states(file) == ()


def test_a_word_holds_nothing_that_a_terminal_would_obey(tmp_path: Path) -> None:
    file = tmp_path / "pause"
    with watching(file) as watch:
        watch.say("\x1b[2Jcapturing\n" + "x" * 900, ("\x07",), 1.0)
        until(lambda: any(each.state for each in live_states(file)))
        (said,) = live_states(file)
    assert said.state.startswith("[2Jcapturingx")
    assert len(said.state) < 600
    assert said.paused_by == ("",)


def test_a_pause_that_cannot_be_made_is_told_with_another_way(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError, match="SIGUSR1"):
        pause(tmp_path / "missing" / "pause")
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UnavailableError):
        pause(tmp_path / "link")
    assert not (tmp_path / "elsewhere").exists()
