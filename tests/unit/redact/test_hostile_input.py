"""Bodies that an attacker wrote: redaction ends, raises nothing and keeps the counts."""

import pytest

from shadow.redact.redactor import Redactor
from tests.unit.redact.builders import JSON, KEY, PRICE, REDACTOR, observation, request, response

MEGABYTE = 1024 * 1024
PIECES = (
    b"a",
    b"[",
    b'{"a":',
    b'"',
    b"\\",
    b'"\\n",',
    b"a=",
    b"token=",
    b"token: ",
    b'token="',
    b"<",
    b"<a ",
    b"<a value=",
    b"<password>",
    b"eyJ",
    b"eyJ-",
    b"sk-",
    b"xsk-",
    b"bearer ",
    b"-----BEGIN PRIVATE KEY",
    b"://a:",
    b"4",
    b"4444-",
    b"%41",
    b"&amp;",
    b"\\u0041",
    b"known-secret",
    b'{"token":"abcdefgh",',
    b" ",
    "…".encode(),
)
FOLLOWING = Redactor(key=KEY, paths=("$..a..b[0]", "$[0][0]..x"))


@pytest.mark.parametrize(
    ("piece", "kind"),
    [
        *((piece, b"text/html") for piece in PIECES),
        (b"--limit\r\n", b"multipart/form-data; boundary=limit"),
        (b"token=%41&", b"application/x-www-form-urlencoded"),
        (b"p=%7B%22&", b"application/x-www-form-urlencoded"),
    ],
)
def test_a_megabyte_of_anything_is_redacted(piece: bytes, kind: bytes) -> None:
    body = piece * (MEGABYTE // len(piece))
    asked = request("/a?token=known-secret", (b"content-type", kind), body=body)
    seen = observation(asked, response((b"content-type", kind), body=body), noise=(PRICE,))
    left = REDACTOR.clean(seen, asked)
    assert left.differences == left.noise == (PRICE,)
    assert left.example is not None


@pytest.mark.parametrize("bracket", [b"[", b'{"a":'])
def test_nesting_of_any_depth_is_followed(bracket: bytes) -> None:
    body = bracket * 10_000 + b'{"token":"abcdefg","b":["x"]}'
    asked = request("/a", JSON, body=body)
    seen = observation(asked, response(body=b"abcdefg"))
    left = FOLLOWING.clean(seen, asked)
    assert left.example is not None
    assert b"abcdefg" not in left.example.primary.body
