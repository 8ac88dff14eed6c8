"""`shadow diff` as people and scripts call it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

SHADOW = str(Path(sys.executable).parent / "shadow")


def diff(*arguments: object, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    command = [SHADOW, "diff", *map(str, arguments)]
    return subprocess.run(command, input=given, capture_output=True, check=False, timeout=120)


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    primary, candidate = tmp_path / "p.json", tmp_path / "c.json"
    primary.write_text('{"at": 1, "price": 3}')
    candidate.write_text('{"at": 2, "price": 3}')
    return primary, candidate


def test_different_files_are_told_with_their_values(files):
    done = diff(*files)
    assert done.returncode == 1
    assert done.stdout.decode().splitlines() == [
        "different: 1 difference",
        "  value       $.at  at /at",
        "    primary   1",
        "    candidate 2",
    ]


def test_the_same_file_is_the_same(files):
    done = diff(files[0], files[0])
    assert (done.returncode, done.stdout) == (0, b"same\n")


def test_a_secondary_shows_what_is_noise(files, tmp_path: Path):
    secondary = tmp_path / "s.json"
    secondary.write_text('{"at": 3, "price": 3}')
    done = diff(*files, "--secondary", secondary, "--format", "json")
    assert done.returncode == 0
    told = json.loads(done.stdout)
    assert [d["location"] for d in told["noise"]] == ["$.at"]
    assert told["verdict"] == "same"


def test_rules_excuse(files, tmp_path: Path):
    rules = tmp_path / "rules.yaml"
    rules.write_text("- {name: clock, location: $.at, action: tolerance, absolute: 1, reason: r}\n")
    done = diff(*files, "--rules", rules)
    assert done.returncode == 0
    assert "by rule clock" in done.stdout.decode()


def test_standard_input_can_be_one_of_the_files(files):
    assert diff("-", files[1], given=files[1].read_bytes()).returncode == 0
    done = diff("-", "-")
    assert done.returncode == 2
    assert "one of the files only" in done.stderr.decode()


@pytest.mark.parametrize(
    ("arguments", "advice"),
    [
        ((), "--pairs"),
        (("missing.json", "missing.json"), "cannot read the primary"),
        ((".", "."), "cannot read the primary"),
        (("--pairs", "missing.jsonl"), "cannot open"),
        (("a", "b", "--pairs", "c"), "not both"),
        (("a", "b", "--output", "c"), "--output goes with --pairs"),
        (("--pairs", "c", "--content-type", "t"), "content_type of its own"),
        (("--pairs", __file__, "--output", __file__), "would overwrite"),
        (("--pairs", __file__, "--output", "."), "cannot open"),
    ],
)
def test_mistakes_of_usage_are_explained(arguments, advice):
    done = diff(*arguments)
    assert done.returncode == 2
    assert advice in done.stderr.decode()
    assert "Traceback" not in done.stderr.decode()


def test_mistakes_in_rules_are_all_told(files, tmp_path: Path):
    rules = tmp_path / "rules.yaml"
    rules.write_text("- {name: a, location: $.at, action: ignroe, reason: r}\n- {name: b}\n")
    done = diff(*files, "--rules", rules)
    assert done.returncode == 2
    assert "rules.yaml:1" in done.stderr.decode()
    assert "rules.yaml:2" in done.stderr.decode()


def test_what_an_answer_says_does_no_harm_to_a_terminal(tmp_path: Path):
    primary, candidate = tmp_path / "p.txt", tmp_path / "c.txt"
    primary.write_text("\x1b[31m[red]one[/red]")
    candidate.write_text("\x1b[31m[red]two[/red]")
    done = diff(primary, candidate)
    assert done.returncode == 1
    assert b"\x1b" not in done.stdout
    assert b"[red]two[/red]" in done.stdout


def test_pairs_are_answered_in_their_order_and_a_bad_line_stops_nothing(tmp_path: Path):
    lines = [
        json.dumps({"id": n, "primary": f"[{n}]", "candidate": f"[{n % 7 and n}]"})
        for n in range(1, 301)
    ]
    lines[9], lines[10] = "no pair", '{"id": 11, "primary": "x"}'
    pairs = tmp_path / "in.jsonl"
    pairs.write_text("\ufeff" + "\r\n".join(lines) + "\n\n", encoding="utf-8")
    done = diff("--pairs", pairs, "--jobs", "2")
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 1
    assert [each["id"] for each in told if "error" not in each] == [
        n for n in range(1, 301) if n not in {10, 11}
    ]
    errors = [each["error"].split(":")[0] for each in told if "error" in each]
    assert errors == ["line 10", "line 11"]
    different = {each["id"] for each in told if each["verdict"] == "different"}
    assert different == set(range(7, 301, 7))


def test_no_pairs_are_no_difference():
    done = diff("--pairs", "-")
    assert (done.returncode, done.stdout) == (0, b"")


def test_a_pair_is_answered_before_the_next_one_comes():
    command = [SHADOW, "diff", "--pairs", "-", "--jobs", "2"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, **pipes) as process:
        for n in range(3):
            process.stdin.write(b'{"id": %d, "primary": "1", "candidate": "1"}\n' % n)
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["id"] == n
        process.stdin.close()
        assert process.wait(60) == 0


@pytest.mark.parametrize("id_", ["18446744073709551616", "-1.50", '"a\\u00e9"', "null"])
def test_an_id_is_given_back_as_it_is_written(id_: str):
    line = f'{{"id": {id_}, "primary": "1", "candidate": "1"}}\n'
    done = diff("--pairs", "-", given=line.encode())
    assert done.stdout.startswith(f'{{"id":{id_},"verdict":"same"'.encode())


@pytest.mark.parametrize(
    ("members", "error"),
    [
        ('"primary": {"a": 1}, "candidate": "1"', "is no pair"),
        ('"primary": "1", "primary_base64": "MQ==", "candidate": "1"', "give one of them"),
        ('"primary_base64": "*", "candidate": "1"', "is not base64"),
        ('"primary": "1"', "has no candidate"),
    ],
)
def test_what_is_no_pair_keeps_its_id(members: str, error: str):
    done = diff("--pairs", "-", given=f'{{"id": "x", {members}}}\n'.encode())
    (told,) = [json.loads(line) for line in done.stdout.splitlines()]
    assert (told["id"], told["verdict"]) == ("x", "undecided")
    assert error in told["error"]
