import json

import pytest

from tests.unit.redact.builders import clean_body, request

HIDDEN = '"redacted:'


@pytest.mark.parametrize(
    ("text", "gone"),
    [
        ('{"token":"abc', "abc"),
        ('{"token":"abc:', "abc"),
        ('{"token":"ab\\', "ab"),
        ('{"token":{"a":[1,"abc', "abc"),
        ('{"token" : unquoted}', "unquoted"),
        ('{"a":1}{"token":"abc"}', "abc"),
        ('{"a":1}\n{"token":"abc"}\n', "abc"),
        ('\ufeff {"token":"abc"}', "abc"),
        ('{"token":"abc","token":"def"}', "def"),
        ('{"to\\u006ben":"abc"}', "abc"),
        ('{"a":"\\"","token":"abc"}', "abc"),
        ('{"a":"x","}{":[{"token":-1.5e10}]}', "1.5e10"),
        ('["a",":","b":{"token":"abc"}]', "abc"),
        ("[section]\npassword=abc def", "abc"),
    ],
)
def test_json_that_is_cut_or_broken_is_redacted_all_the_same(text: str, gone: str) -> None:
    left = clean_body(text.encode())
    assert gone not in left
    assert "redacted:" in left


def test_siblings_and_followers_of_a_secret_stay() -> None:
    text = '{"a":[{"token":["x",{"y":"z"}],"b":"kept"},"kept too"],"c":{"d":"kept"},"pin":1,"e":2}'
    left = json.loads(clean_body(text.encode()))
    assert left["a"][0]["b"] == "kept"
    assert left["a"][1] == "kept too"
    assert (left["c"], left["e"]) == ({"d": "kept"}, 2)


@pytest.mark.parametrize("depth", [1, 2, 3, 4, 9])
def test_json_in_a_string_of_json_is_redacted(depth: int) -> None:
    text = json.dumps({"token": "sec\\ret", "x": 1})
    for _ in range(depth):
        text = json.dumps({"inner": text})
    left = clean_body(text.encode())
    assert "sec" not in left
    assert json.loads(left)


def test_a_form_in_a_string_of_json_is_redacted() -> None:
    left = clean_body(b'{"body":"a=1&access_token=abc&b=2","log":"password: p q\\nnext"}')
    assert "abc" not in left
    assert "p q" not in left
    assert "&b=2" in left
    assert "next" in left


def test_an_escaped_string_without_secrets_is_left_as_it_was_written() -> None:
    text = '{"a":"caf\\u00e9 \\/ \\ud83d\\ude00 \\ud800","b":"\\"quoted\\""}'
    assert clean_body(text.encode()) == text


def test_an_escaped_echo_is_found_however_it_is_escaped() -> None:
    asked = request("/a?token=caf%C3%A9/%221")
    left = clean_body(b'{"x":"c\\u0061f\\u00e9\\/\\"1","y":"ok"}', asked=asked)
    assert json.loads(left)["x"].startswith("redacted:")
    assert json.loads(left)["y"] == "ok"
