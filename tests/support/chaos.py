"""What chaos tests share: a numbered primary, an engine before it, and sums that must add up."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.support.numbered import Tally
from tests.support.processes import Shadow, accepts, free_port, process, proxy, until

IMPATIENT = "replay: {candidate: {timeout_seconds: 0.5}}"
"""Settings with which a candidate that does not answer is soon given up."""

each_engine = pytest.mark.parametrize("engine", ["mitmproxy", "tee"])


@contextmanager
def numbered(port: int = 0, *, seconds: float = 0.0) -> Iterator[str]:
    """Run a numbered server, on any free port or one that an earlier one had; give its URL."""
    port = port or free_port()
    with process(
        sys.executable, "-m", "tests.support.numbered_server", str(port), str(seconds)
    ) as running:
        until(lambda: accepts(port) or running.poll() is not None, "a numbered server to listen")
        assert running.poll() is None
        yield f"http://127.0.0.1:{port}"


@contextmanager
def shadowed(
    engine: str,
    folder: Path,
    primary: str,
    candidate: str,
    settings: str = "",
    environment: dict[str, str] | None = None,
) -> Iterator[Shadow]:
    """Run `shadow proxy` with an engine."""
    named = {"SHADOW_CAPTURE__ENGINE": engine, **(environment or {})}
    with proxy(
        folder, primary=primary, candidate=candidate, settings=settings, environment=named
    ) as shadow:
        yield shadow


def assert_all_right(tally: Tally, asked: int) -> None:
    """Every user got the primary's whole answer to what was asked."""
    assert (tally.wrong, tally.cut, tally.unanswered) == ([], [], [])
    assert tally.right == asked


def settled(shadow: Shadow) -> dict[str, Any]:
    """End Shadow and give its accounting, which must add up and miss nothing."""
    assert shadow.stop() == 0, shadow.log.read_text()
    return adding_up(shadow)


def adding_up(shadow: Shadow) -> dict[str, Any]:
    """The accounting, which must add up and miss nothing."""
    _, verdict = shadow.gate()
    found: dict[str, Any] = verdict["accounting"]
    outcomes = ("compared", "uninformative", "skipped", "dropped")
    assert found["captured"] == sum(found[outcome] for outcome in outcomes), found
    assert found["missing"] == 0, found
    for outcome in outcomes[1:]:
        assert sum(found["reasons"][outcome].values()) == found[outcome], found
    return found
