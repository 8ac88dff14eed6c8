import base64
import html
import json
from urllib.parse import quote

import pytest

from shadow.model import Request
from tests.unit.redact.builders import bearer, clean_body, request

SECRET = "p/w=1 &2\"'~"
PLAIN = "abcDEF123456"


def _asked(secret: str) -> Request:
    return request(
        "/a", (b"content-type", b"application/json"), body=json.dumps({"pin": secret}).encode()
    )


@pytest.mark.parametrize(
    "echo",
    [
        SECRET,
        quote(SECRET, safe=""),
        quote(SECRET, safe="/=&'"),
        quote(SECRET, safe="").lower(),
        quote(quote(SECRET, safe="")),
        "".join(f"%{byte:02X}" for byte in SECRET.encode()),
        quote(SECRET, safe="").replace("%20", "+"),
        html.escape(SECRET),
        html.escape(SECRET, quote=False),
        json.dumps(SECRET)[1:-1],
        json.dumps(SECRET)[1:-1].replace("/", "\\/").replace("&", "\\u0026"),
        base64.b64encode(SECRET.encode()).decode(),
        base64.b64encode(b"ada:" + SECRET.encode() + b":shop").decode(),
        base64.urlsafe_b64encode(b"adam:" + SECRET.encode()).decode().rstrip("="),
        SECRET.replace("~", "~0").replace("/", "~1"),
    ],
)
def test_every_usual_spelling_of_a_secret_is_found(echo: str) -> None:
    left = clean_body(f"before {echo} after".encode(), asked=_asked(SECRET))
    assert left.startswith("before redacted:")
    assert left.endswith(" after")
    assert len(left) == len("before redacted:0123456789 after")


def test_a_secret_inside_a_word_goes_and_the_rest_of_the_word_stays() -> None:
    left = clean_body(f"<x{PLAIN}y>".encode(), asked=request("/a", bearer(PLAIN)))
    assert left.startswith("<xredacted:")
    assert left.endswith("y>")


def test_secrets_that_overlap_go_as_one() -> None:
    asked = request("/a?token=abcdefgh&secret=efghijkl&pin=cdefgh")
    left = clean_body(b"1 abcdefghijkl 2 abcdefgh 3", asked=asked)
    assert left.startswith("1 redacted:")
    assert len(left) == len("1 redacted:0123456789 2 redacted:0123456789 3")


def test_an_echo_has_the_digest_of_its_place() -> None:
    asked = request("/a", bearer(PLAIN))
    body = json.dumps({"token": PLAIN, "said": f"it is {PLAIN}."}).encode()
    left = json.loads(clean_body(body, asked=asked))
    assert left["said"] == f"it is {left['token']}."


def test_a_secret_in_another_charset_is_found() -> None:
    asked = request("/a", (b"content-type", b"application/json"), body='{"pin":"größe-ß"}'.encode())
    assert "größe" not in clean_body("x größe-ß y".encode(), asked=asked)
    assert "redacted:" in clean_body("größe-ß".encode().decode("latin-1").encode(), asked=asked)
