"""`shadow pause` and `shadow resume`: the kill switch, and who has noticed."""

import time
from collections.abc import Callable
from pathlib import Path

from rich.markup import escape

from shadow.capture import pause_file as files
from shadow.capture.pause_file import LiveState, live_states
from shadow.errors import UnavailableError
from shadow.settings import Settings
from shadow.terminal import Terminal
from shadow.wiring.shared import pause_file, tidy_run_folder

_PATIENCE_SECONDS = 10.0
_POLL_SECONDS = 0.1
_PAUSED = "paused"


def pause(settings: Settings, out: Terminal) -> None:
    """Pause all live processes that look at the pause file, and say which have noticed.

    Raises `UnavailableError` where the file can't be made, or not all of at least one has noticed.
    """
    file = pause_file(settings)
    files.pause(file)
    asked_at = time.monotonic()

    def is_paused(live: LiveState) -> bool:
        return live.at >= asked_at and live.state == _PAUSED

    states = _until_all(file, is_paused)
    out.news(f"{escape(str(file))} is there")
    _tell(states, out)
    if not states:
        raise UnavailableError(
            f"no live process says that it looks at {file}: run this as the user and with the"
            " TMPDIR of the live process, or set capture.pause_file for both"
        )
    _require(states, is_paused, "paused")


def resume(settings: Settings, out: Terminal) -> None:
    """Let live processes capture again, and say which do.

    Raises `UnavailableError` where the file can't be removed, or one is still paused or says
    nothing for some seconds.
    """
    file = pause_file(settings)
    was_there = files.resume(file)
    asked_at = time.monotonic()
    states = _until_all(file, lambda live: live.at >= asked_at and not _by_file(live))
    out.news(f"{escape(str(file))} {'is removed' if was_there else 'was not there'}")
    _tell(states, out)
    if not states:
        tidy_run_folder(file)
    _require(states, lambda live: live.at >= asked_at and live.state != _PAUSED, "capturing again")


def _by_file(live: LiveState) -> bool:
    return any(why != "SIGUSR1" for why in live.paused_by)


def _until_all(file: Path, done: Callable[[LiveState], bool]) -> tuple[LiveState, ...]:
    """Wait for all to be done, for some seconds; what they say then.

    What they said before they were asked may be out of date.
    """
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not all(map(done, states := live_states(file))) and time.monotonic() < deadline:
        time.sleep(_POLL_SECONDS)
    return states


def _tell(states: tuple[LiveState, ...], out: Terminal) -> None:
    for live in states:
        why = f" ({', '.join(live.paused_by)})" if live.paused_by else ""
        out.news(escape(f"live process {live.pid}: {live.state or 'starting'}{why}"))


def _require(states: tuple[LiveState, ...], done: Callable[[LiveState], bool], what: str) -> None:
    others = [live for live in states if not done(live)]
    if not others:
        return
    pids = ", ".join(str(live.pid) for live in others)
    signal = " kill -USR1 ends a pause by SIGUSR1." if what != "paused" else ""
    raise UnavailableError(f"not {what}: live process {pids}.{signal}")
