"""Which replay a command goes on with, by what the store knows."""

from pathlib import Path

import pytest

from shadow.errors import UsageError
from shadow.settings import Settings, load_settings
from shadow.store.engine import migrate, open_store
from shadow.store.writer import StoreWriter
from shadow.wiring.recordings import ReplayName, recordings_of, replay_name, to_go_on
from tests.integration.store.builders import batch, compared
from tests.support.recordings import har, har_entry, written

RELEASE = "2.4.0"


def settings(folder: Path, file: Path, **more: object) -> Settings:
    flags = {
        "release": RELEASE,
        "store": f"sqlite:///{folder}/shadow.db",
        "capture.engine": "files",
        "capture.recordings.files": [file],
        **more,
    }
    return load_settings(file=None, environment={}, flags=flags)


def name_of(given: Settings) -> ReplayName:
    return replay_name(recordings_of(given), given)


def count(given: Settings, name: ReplayName) -> None:
    """Let a worker count something of a replay."""
    engine = open_store(given.store)
    migrate(engine)
    writer = StoreWriter(engine, RELEASE, str(name), shared=True)
    writer.commit(batch(compared(), line=str(name), first=1))
    engine.dispose()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return written(tmp_path, "shop.har", har([har_entry("https://shop.example.com/")]))


def test_a_name_is_read_as_it_was_written(tmp_path: Path, file: Path) -> None:
    name = name_of(settings(tmp_path, file))
    assert ReplayName.read(str(name)) == name
    assert ReplayName.read("0f3a/1-worker") is None


def test_the_latest_replay_of_the_same_content_is_gone_on_with(tmp_path: Path, file: Path) -> None:
    given = settings(tmp_path, file)
    name = name_of(given)
    assert to_go_on(name, given, from_start=False) == name
    count(given, name)
    second = to_go_on(name, given, from_start=True)
    assert second.repetition == 2
    count(given, second)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    moved = settings(tmp_path, written(elsewhere, "moved.har", file.read_bytes()))
    assert to_go_on(name_of(moved), moved, from_start=False) == second


def test_a_repetition_that_is_asked_for_is_taken(tmp_path: Path, file: Path) -> None:
    given = settings(tmp_path, file)
    count(given, name_of(given))
    third = settings(tmp_path, file, **{"capture.recordings.repetition": 3})
    assert to_go_on(name_of(third), third, from_start=False).repetition == 3


@pytest.mark.parametrize(
    "choice",
    [
        {"capture.include": ["GET /a"]},
        {"capture.sample": 0.5},
        {"capture.recordings.only": ["GET /a"]},
        {"capture.recordings.host": ["*.example.com"]},
        {"capture.recordings.ask_primary": True},
    ],
)
def test_another_choice_of_the_same_files_is_refused(
    tmp_path: Path, file: Path, choice: dict[str, object]
) -> None:
    given = settings(tmp_path, file)
    count(given, name_of(given))
    other = settings(tmp_path, file, **choice)
    with pytest.raises(UsageError, match="with another choice of requests"):
        to_go_on(name_of(other), other, from_start=False)
    assert to_go_on(name_of(other), other, from_start=True).repetition == 2


def test_the_pace_is_no_choice_of_requests(tmp_path: Path, file: Path) -> None:
    given = settings(tmp_path, file)
    count(given, name_of(given))
    faster = settings(tmp_path, file, **{"capture.recordings.speed": "max"})
    assert to_go_on(name_of(faster), faster, from_start=False) == name_of(given)


def test_files_that_were_replayed_with_others_or_in_other_order_are_refused(
    tmp_path: Path, file: Path
) -> None:
    other = written(tmp_path, "other.har", file.read_bytes() + b"\n")
    both = settings(tmp_path, file, **{"capture.recordings.files": [file, other]})
    count(both, name_of(both))
    for files in ([other, file], [file], [other]):
        again = settings(tmp_path, file, **{"capture.recordings.files": files})
        with pytest.raises(UsageError, match="with others or in other order, were replayed"):
            to_go_on(name_of(again), again, from_start=False)
    assert to_go_on(name_of(both), both, from_start=False) == name_of(both)


def test_a_file_that_is_named_twice_is_refused(tmp_path: Path, file: Path) -> None:
    twice = [file, written(tmp_path, "copy.har", file.read_bytes())]
    given = settings(tmp_path, file, **{"capture.recordings.files": twice})
    with pytest.raises(UsageError, match=r"copy.har has what .*shop.har has"):
        recordings_of(given)


def test_files_that_changed_are_refused_and_others_are_not(tmp_path: Path, file: Path) -> None:
    given = settings(tmp_path, file)
    count(given, name_of(given))
    other = settings(tmp_path, written(tmp_path, "other.har", file.read_bytes() + b"\n"))
    assert to_go_on(name_of(other), other, from_start=False) == name_of(other)
    file.write_bytes(file.read_bytes() + b"\n\n")
    with pytest.raises(UsageError, match="have changed since"):
        to_go_on(name_of(given), given, from_start=False)
