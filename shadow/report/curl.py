"""A stored request as a line for a shell, to be sent to the candidate again.

The request is redacted, so the line holds tokens where credentials were: `redacted:…`.
"""

import re
import shlex
import unicodedata
from urllib.parse import quote

from shadow.model import Request
from shadow.report.plain import visible

MAX_CHARS = 8_000
"""Longest line; of a longer request none is made."""

_CANDIDATE = '"$CANDIDATE"'
# What stands behind a `#` curl keeps to itself.
_PRINTABLE = "".join(map(chr, range(0x21, 0x7F))).replace("#", "")
_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_MADE_BY_CURL = frozenset(
    {
        "connection",
        "content-length",
        "expect",
        "host",
        "keep-alive",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "x-shadow-left-out",
        "x-shadow-loop-guard",
    }
)


def curl_line(request: Request) -> str | None:
    """Write a request as a command that a POSIX shell takes; None where it would be too long.

    The shell's `CANDIDATE` is where to send it: `http://HOST:PORT`. A body that
    is more than plain text is left out, and a comment says so.
    """
    headers = [
        (name.decode("latin-1"), visible(value.decode("utf-8", "replace").strip(), MAX_CHARS))
        for name, value in request.headers
    ]
    kept = [
        (name, value)
        for name, value in headers
        if name.lower() not in _MADE_BY_CURL and _TOKEN.fullmatch(name)
    ]
    words = [
        *_method(request.method),
        _CANDIDATE + shlex.quote(_target(request.target)),
        *(f"-H {shlex.quote(_header(name, value))}" for name, value in kept),
        *_body(request.method, request.body, kept),
    ]
    # Neither brackets nor `..` in a path may mean anything to curl.
    line = " ".join(("curl -sS --globoff --path-as-is", *words))
    return line if len(line) <= MAX_CHARS else None


def _method(method: str) -> list[str]:
    # With `-X HEAD` curl would wait for a body.
    return ["--head"] if method == "HEAD" else [f"-X {shlex.quote(visible(method, MAX_CHARS))}"]


def _target(target: str) -> str:
    path = quote(target.encode("latin-1", "replace"), safe=_PRINTABLE)
    return path if path.startswith("/") else f"/{path}"


def _header(name: str, value: str) -> str:
    return f"{name}: {value}" if value else f"{name};"


def _body(method: str, body: bytes, headers: list[tuple[str, str]]) -> list[str]:
    if not body:
        return []
    text = body.decode("utf-8", "replace")
    # curl sends no body with `--head`.
    if method == "HEAD" or "\ufffd" in text or any(map(_acts_on_a_terminal, text)):
        return [f"# its body, {len(body):,} bytes, cannot stand in a line"]
    # `--data-binary @name` would send a file of whoever pastes the line.
    words = [f"--data-raw {shlex.quote(text)}"]
    if not any(name.lower() == "content-type" for name, _ in headers):
        words.insert(0, "-H content-type:")
    return words


def _acts_on_a_terminal(character: str) -> bool:
    category = unicodedata.category(character)
    return (category.startswith("C") or category in {"Zl", "Zp"}) and character != "\n"
