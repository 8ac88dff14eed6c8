"""`shadow replay` as the processes it is: what is replayed, counted, stopped and gone on with."""

import gzip
import json
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.support.processes import (
    PATIENCE_SECONDS,
    accepts,
    clean_environment,
    command_line,
    descendants,
    free_port,
    kill,
    process,
    refused,
    shadow,
    target,
    until,
)
from tests.support.recordings import (
    goreplay,
    har,
    har_entry,
    har_of,
    log_line,
    written,
)

USAGE, COULD_NOT_RUN = 2, 4


@pytest.fixture(scope="module")
def primary() -> Iterator[str]:
    with target() as url:
        yield url


def replay(
    folder: Path, files: Sequence[Path], candidate: str, *more: str
) -> subprocess.CompletedProcess[str]:
    return shadow(*_words(folder, files, candidate, *more))


def _words(folder: Path, files: Sequence[Path], candidate: str, *more: str) -> tuple[str, ...]:
    asked = ("--release", "1", "--store", f"sqlite:///{folder}/shadow.db", "--candidate", candidate)
    return ("replay", *map(str, files), *asked, *more)


def verdict(folder: Path) -> dict[str, Any]:
    done = shadow(
        *("gate", "--release", "1", "--store", f"sqlite:///{folder}/shadow.db"),
        *("--format", "json"),
    )
    assert done.stdout, done.stderr
    said: dict[str, Any] = json.loads(done.stdout)
    return said


def accounting(folder: Path) -> dict[str, Any]:
    counted: dict[str, Any] = verdict(folder)["accounting"]
    return counted


def journal(file: Path) -> list[list[str]]:
    """The heads of what was asked, without the one that finds out whether anybody is there."""
    heads = [json.loads(line) for line in file.read_text().splitlines()]
    return [head for head in heads if not head[0].startswith("HEAD / ")]


def test_a_browsers_recording_is_compared_with_its_recorded_answers(
    primary: str, tmp_path: Path
) -> None:
    heads = tmp_path / "heads"
    cookie = (("Cookie", "session=of-a-user"),)
    entries = [
        *har_of(primary, 20),
        har_entry("https://ads.example.net/pixel"),
        har_entry("data:text/plain,x"),
        har_entry("wss://shop.example.com/live", status=101),
        har_entry("https://shop.example.com/blocked", status=0, body=None),
        har_entry("https://shop.example.com/orders", method="POST", status=201),
        har_entry("https://shop.example.com/me", request_headers=cookie, status=404),
        {"no": "entry"},
    ]
    file = written(tmp_path, "shop.har", har(entries))
    with target(journal=heads) as candidate:
        done = replay(tmp_path, [file], candidate, "--speed", "max")
    assert done.returncode == 0, done.stderr
    assert "shadow gate --release 1 --store" in done.stdout
    assert "replayed: 27 entries, 21 of them replayed" in done.stdout
    counted = accounting(tmp_path)
    assert (counted["captured"], counted["compared"], counted["missing"]) == (27, 21, 0)
    assert counted["reasons"]["skipped"] == {
        "method": 1,
        "no_answer": 1,
        "not_http": 1,
        "other_host": 1,
        "unreadable": 1,
        "upgrade": 1,
    }
    asked = journal(heads)
    assert len(asked) == 21
    assert all(
        "host: shop.example.com" in head and "x-shadow-loop-guard: 1" in head for head in asked
    )
    assert any("Cookie: session=of-a-user" in head for head in asked)
    stored = b"".join(file.read_bytes() for file in tmp_path.glob("shadow.db*"))
    assert b"of-a-user" not in stored


def test_the_same_command_again_counts_nothing_twice_and_from_start_all_once_more(
    primary: str, tmp_path: Path
) -> None:
    file = written(tmp_path, "shop.har", har(har_of(primary, 10)))
    again = tmp_path / "elsewhere.har"
    again.write_bytes(file.read_bytes())
    with target() as candidate:
        first = replay(tmp_path, [file], candidate, "--speed", "max")
        assert "10 of them replayed" in first.stdout
        second = replay(tmp_path, [again], candidate, "--speed", "max")
        assert "0 of them replayed" in second.stdout
        assert "counted before: 10" in second.stdout
        assert "release 1: 10 captured" in second.stdout
        done = replay(tmp_path, [file], candidate, "--speed", "max", "--from-start")
        assert "10 of them replayed" in done.stdout
    counted = accounting(tmp_path)
    assert counted["compared"] == counted["captured"] == 20


def test_a_changed_file_or_another_choice_is_not_counted_twice_without_a_word(
    primary: str, tmp_path: Path
) -> None:
    entries = har_of(primary, 5)
    file = written(tmp_path, "shop.har", har(entries[:4]))
    with target() as candidate:
        assert replay(tmp_path, [file], candidate, "--speed", "max").returncode == 0
        chosen = replay(tmp_path, [file], candidate, "--speed", "max", "--only", "GET /items/1")
        file.write_bytes(har(entries))
        changed = replay(tmp_path, [file], candidate, "--speed", "max")
    assert chosen.returncode == changed.returncode == USAGE
    assert "another choice of requests" in chosen.stderr
    assert "have changed since" in changed.stderr
    assert "--from-start" in changed.stderr
    assert accounting(tmp_path)["captured"] == 4


def test_ctrl_c_stops_in_order_and_the_same_command_goes_on(primary: str, tmp_path: Path) -> None:
    file = written(tmp_path, "shop.har", har(har_of(primary, 40, every=0.2)))
    heads = tmp_path / "heads"
    with target(journal=heads) as candidate:
        words = _words(tmp_path, [file], candidate, "--speed", "1x")
        with process(sys.executable, "-m", "shadow", *words, env=clean_environment()) as running:
            until(lambda: len(journal(heads)) >= 5 if heads.exists() else False, "some requests")
            running.send_signal(signal.SIGINT)
            said, _ = running.communicate(timeout=PATIENCE_SECONDS)
            assert running.returncode == 0
        assert "the same command goes on from here" in said
        some = accounting(tmp_path)
        assert 5 <= some["compared"] == some["captured"] < 40
        assert replay(tmp_path, [file], candidate, "--speed", "max").returncode == 0
    counted = accounting(tmp_path)
    assert counted["compared"] == counted["captured"] == 40
    assert len(journal(heads)) == 40


@pytest.mark.parametrize("role", ["live-role", "worker-role"])
def test_what_is_killed_goes_on_and_nothing_is_lost_or_counted_twice(
    primary: str, tmp_path: Path, role: str
) -> None:
    file = written(tmp_path, "shop.har", har(har_of(primary, 200, every=0.02)))
    heads = tmp_path / "heads"
    with target(journal=heads) as candidate:
        words = _words(tmp_path, [file], candidate)
        environment = clean_environment() | {"SHADOW_WORKERS": "2"}
        with process(sys.executable, "-m", "shadow", *words, env=environment) as running:
            until(lambda: len(journal(heads)) >= 20 if heads.exists() else False, "some requests")
            kill(next(p for p in descendants(running.pid) if role in command_line(p)))
            running.communicate(timeout=PATIENCE_SECONDS)
            assert running.returncode == 0
    counted = accounting(tmp_path)
    assert counted["compared"] == counted["captured"] == 200
    assert counted["missing"] == 0


def test_a_pre_release_that_takes_few_requests_is_waited_for(primary: str, tmp_path: Path) -> None:
    file = written(tmp_path, "shop.har", har(har_of(primary, 60)))
    with target() as candidate:
        done = shadow(
            *_words(tmp_path, [file], candidate, "--speed", "max"),
            environment={"SHADOW_REPLAY__CANDIDATE__REQUESTS_PER_SECOND": "30"},
        )
    assert done.returncode == 0, done.stderr
    counted = accounting(tmp_path)
    assert counted["compared"] == counted["captured"] == 60
    assert counted["dropped"] == 0


def test_mitmproxys_flows_are_compared_and_what_changed_is_found(
    primary: str, tmp_path: Path
) -> None:
    flows = tmp_path / "flows"
    with recorder(primary, flows) as url:
        for number in range(10):
            urllib.request.urlopen(f"{url}/items/{number}").read()
    with target(mark="changed") as candidate:
        done = replay(tmp_path, [flows], candidate, "--speed", "max")
    assert done.returncode == 0, done.stderr
    said = verdict(tmp_path)
    assert said["accounting"]["compared"] == said["accounting"]["captured"] == 10
    assert "$.mark" in json.dumps(said)


def test_goreplays_files_are_compared_also_zipped(primary: str, tmp_path: Path) -> None:
    payloads = []
    for number in range(10):
        with urllib.request.urlopen(f"{primary}/items/{number}") as answer:
            body = answer.read()
        head = b"GET /items/%d HTTP/1.1\r\nHost: shop.example.com\r\n\r\n" % number
        said = (
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-Odd: one\r\nx-odd: two\r\n"
            b"Content-Length: %d\r\n\r\n" % len(body)
        )
        payloads += [
            (1, f"a{number}", number, head),
            (3, f"a{number}", number, said + b"x"),
            (2, f"a{number}", number, said + body),
        ]
    file = written(tmp_path, "shop.gor.gz", gzip.compress(goreplay(payloads)))
    with target() as candidate:
        done = replay(tmp_path, [file], candidate, "--speed", "max")
    assert done.returncode == 0, done.stderr
    counted = accounting(tmp_path)
    assert counted["compared"] == counted["captured"] == 10


def test_an_access_log_is_compared_with_what_the_primary_says_now(
    primary: str, tmp_path: Path
) -> None:
    lines = [log_line(f"GET /items/{n} HTTP/1.1") for n in range(10)]
    lines += [log_line("POST /orders HTTP/1.1"), "rubbish\n", log_line("-", status=400)]
    file = written(tmp_path, "access.log", "".join(lines))
    with target() as candidate:
        without = replay(tmp_path, [file], candidate, "--speed", "max")
        done = replay(tmp_path, [file], candidate, "--speed", "max", "--primary", primary)
    assert without.returncode == USAGE
    assert "primary: is not given" in without.stderr
    assert done.returncode == 0, done.stderr
    counted = accounting(tmp_path)
    assert (counted["compared"], counted["captured"]) == (10, 13)
    assert counted["reasons"]["skipped"] == {"method": 1, "not_http": 1, "unreadable": 1}


def test_with_ask_primary_the_recorded_answers_are_left_aside(tmp_path: Path) -> None:
    entries = [har_entry(f"https://shop.example.com/items/{n}", body="{}") for n in range(5)]
    entries.append(har_entry("https://shop.example.com/items/9", status=0, body=None))
    file = written(tmp_path, "shop.har", har(entries))
    with target(mark="same") as primary, target(mark="same") as candidate:
        more = ("--speed", "max", "--primary", primary, "--ask-primary")
        done = replay(tmp_path, [file], candidate, *more)
    assert done.returncode == 0, done.stderr
    said = verdict(tmp_path)
    assert said["accounting"]["compared"] == said["accounting"]["captured"] == 6
    assert "$.mark" not in json.dumps(said)


def test_a_file_that_breaks_off_is_replayed_up_to_there_and_the_next_one_too(
    primary: str, tmp_path: Path
) -> None:
    whole = har(har_of(primary, 6))
    cut = written(tmp_path, "cut.har", whole[: len(whole) * 2 // 3])
    other = written(tmp_path, "other.har", har(har_of(primary, 2)))
    with target() as candidate:
        done = replay(tmp_path, [cut, other], candidate, "--speed", "max")
    assert done.returncode == COULD_NOT_RUN
    assert "cut.har: the file ends in the middle (at byte" in done.stderr
    counted = accounting(tmp_path)
    assert counted["compared"] == counted["captured"] >= 4


def test_what_is_no_recording_is_said_before_anything_starts(tmp_path: Path) -> None:
    file = written(tmp_path, "file", b"\x00\x01\x02\xff" * 100)
    done = replay(tmp_path, [file], refused())
    nothing = replay(tmp_path, [], refused())
    assert done.returncode == nothing.returncode == USAGE
    assert f"{file} is no recording that Shadow reads: HAR," in done.stderr
    assert "name the files to replay" in nothing.stderr
    assert not (tmp_path / "shadow.db").exists()


def test_a_pre_release_that_is_not_there_costs_no_entry(tmp_path: Path) -> None:
    file = written(tmp_path, "shop.har", har([har_entry("https://shop.example.com/")]))
    done = replay(tmp_path, [file], refused())
    assert done.returncode == COULD_NOT_RUN
    assert "cannot be reached; is it started" in done.stderr
    assert not (tmp_path / "shadow.db").exists()


@contextmanager
def recorder(primary: str, flows: Path) -> Iterator[str]:
    """A mitmdump in front of `primary` that writes what passes to a file."""
    port = free_port()
    mitmdump = str(Path(sys.executable).with_name("mitmdump"))
    command = (mitmdump, "-q", "-w", str(flows), "-p", str(port), "--mode", f"reverse:{primary}")
    with process(*command) as running:
        until(lambda: accepts(port), "mitmdump")
        yield f"http://127.0.0.1:{port}"
        running.terminate()
        running.wait(PATIENCE_SECONDS)
