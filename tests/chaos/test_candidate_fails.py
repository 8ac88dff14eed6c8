"""A candidate that fails, in whatever way: no user notices, and what became of each is counted."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.integration.capture.certificates import Authority
from tests.support.chaos import IMPATIENT, assert_all_right, numbered, settled, shadowed
from tests.support.numbered import ask
from tests.support.processes import refused, target

ASKED = 40

MODES = {
    "hangs": "hang",
    "drips byte after byte": "drip",
    "sends garbage": "garbage",
    "never ends": "endless",
    "closes": "close",
}
OTHER_WAYS = (
    "refuses",
    "has a name that is gone",
    "speaks no TLS where it is to",
    "shows a certificate of nobody",
)


@contextmanager
def failing(how: str, folder: Path) -> Iterator[str]:
    """Run a candidate that fails so, and give its URL."""
    match how:
        case "refuses":
            yield refused()
        case "has a name that is gone":
            yield "http://candidate.invalid:8080"
        case "speaks no TLS where it is to":
            with target() as url:
                yield url.replace("http:", "https:")
        case "shows a certificate of nobody":
            own = Authority(folder).certificate("127.0.0.1")
            with target(certificate=own.certificate, key=own.key) as url:
                yield url
        case _:
            with target(MODES[how]) as url:
                yield url


@pytest.mark.parametrize(
    ("how", "engine"),
    [
        *((how, "tee") for how in (*MODES, *OTHER_WAYS)),
        # What users of mitmproxy notice of the others is a test of law 1.
        *((how, "mitmproxy") for how in ("drips byte after byte", *OTHER_WAYS[1:])),
    ],
)
def test_users_notice_nothing_and_the_sum_holds_when_the_candidate(
    how: str, engine: str, tmp_path: Path
) -> None:
    with (
        numbered() as primary,
        failing(how, tmp_path) as candidate,
        shadowed(engine, tmp_path, primary, candidate, IMPATIENT) as shadow,
    ):
        assert_all_right(ask(shadow.port, range(ASKED)), ASKED)
        found = settled(shadow)
        assert (found["captured"], found["skipped"]) == (ASKED, 0)
