"""A request as a line: what a shell makes of it is what was sent."""

import shlex
import subprocess
from unicodedata import category

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shadow.model import Request
from shadow.report.curl import MAX_CHARS, curl_line

TARGETS = st.text(st.characters(max_codepoint=255), max_size=40).map(lambda rest: "/" + rest)
NAMES = st.text("abcXYZ0123456789-_!#$%&'*+.^`|~", min_size=1, max_size=12)
VALUES = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Zl", "Zp")), max_size=30)
BODIES = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Zl", "Zp")), max_size=60)


def words(line: str | None) -> list[str]:
    assert line is not None
    return shlex.split(line, comments=True)


def get(target: str = "/a", *headers: tuple[bytes, bytes], method: str = "GET", body: bytes = b""):
    return Request(method=method, target=target, headers=headers, body=body)


def test_a_request_is_a_command_to_the_candidate() -> None:
    asked = get("/items?q=it's", (b"Host", b"shop"), (b"X-Plan", b"pro"))
    assert curl_line(asked) == (
        "curl -sS --globoff --path-as-is -X GET "
        """"$CANDIDATE"'/items?q=it'"'"'s' -H 'X-Plan: pro'"""
    )


@given(target=TARGETS, name=NAMES, value=VALUES, body=BODIES, method=NAMES)
def test_a_shell_reads_what_was_sent(
    target: str, name: str, value: str, body: str, method: str
) -> None:
    asked = get(target, (name.encode(), value.encode()), method=method, body=body.encode())
    split = words(curl_line(asked))
    assert not any(category(character).startswith("C") for word in split for character in word)
    url = next(word for word in split if word.startswith("$CANDIDATE"))
    assert url.isascii()
    if method != "HEAD":
        assert split[split.index("-X") + 1] == method
    if body:
        assert split[split.index("--data-raw") + 1] == body
    value = value.strip()
    if name.lower() not in {"te", "host"}:
        assert (f"{name}: {value}" if value else f"{name};") in split


def test_a_real_shell_reads_the_same() -> None:
    asked = get(
        "/a?x=$(id)`id`;'\"\\", (b"x-a", b"$HOME 'q' \"d\" \\"), body=b"a'b\n$x", method="PUT"
    )
    line = curl_line(asked)
    assert line is not None
    script = f'curl() {{ printf "%s\\0" "$@"; }}; CANDIDATE=http://c:1; {line}'
    read = subprocess.run(["/bin/sh", "-c", script], capture_output=True, check=True).stdout
    assert read.decode().split("\0")[:-1] == [
        "-sS", "--globoff", "--path-as-is", "-X", "PUT", "http://c:1/a?x=$(id)`id`;'\"\\",
        "-H", "x-a: $HOME 'q' \"d\" \\", "-H", "content-type:", "--data-raw", "a'b\n$x",
    ]  # fmt: skip


def test_a_body_cannot_name_a_file_of_the_reader() -> None:
    split = words(curl_line(get(method="POST", body=b"@/etc/passwd")))
    assert split[-2:] == ["--data-raw", "@/etc/passwd"]


def test_a_header_that_is_no_name_is_left_out() -> None:
    assert "@/etc/passwd" not in (curl_line(get("/a", (b"@/etc/passwd", b"x"))) or "")


def test_what_curl_makes_itself_is_left_out() -> None:
    asked = get("/a", (b"Content-Length", b"3"), (b"Connection", b"close"), (b"host", b"shop"))
    assert words(curl_line(asked))[-1] == "$CANDIDATE/a"


def test_head_is_sent_without_a_body_and_a_target_whole() -> None:
    assert "--data-raw" not in str(curl_line(get(method="HEAD", body=b"hi")))
    assert "/a%23b?x=1" in str(curl_line(get("/a#b?x=1")))


def test_head_waits_for_no_body() -> None:
    split = words(curl_line(get(method="HEAD")))
    assert "--head" in split
    assert "-X" not in split


@pytest.mark.parametrize("body", [b"\xff\xfe\x00", b"\x1b[2J", "\u202e".encode()])
def test_a_body_that_could_act_on_a_terminal_is_left_out(body: bytes) -> None:
    line = curl_line(get(method="POST", body=body))
    assert line is not None
    assert line.endswith(f"# its body, {len(body)} bytes, cannot stand in a line")
    assert "--data-raw" not in words(line)


def test_control_characters_of_a_header_are_written_out() -> None:
    line = curl_line(get("/a", (b"x-a", b"\x1b[2J\r\nx")))
    assert line is not None
    assert line.isprintable()


def test_a_request_that_is_too_long_makes_no_line() -> None:
    assert curl_line(get("/" + "a" * MAX_CHARS)) is None
