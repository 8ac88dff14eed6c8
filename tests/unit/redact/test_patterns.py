import pytest

from tests.unit.redact.builders import clean_body, clean_difference, difference

JWT = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N"
PRIVATE_KEY = "-----BEGIN RSA PRIVATE KEY-----\nMIIEow\nabc\n-----END RSA PRIVATE KEY-----"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (f"a {JWT} b", "a # b"),
        (f"x={JWT}&y", "x=#&y"),
        (f"%20{JWT}", "%20#"),
        ("send bearer abcd-1234/x= now", "send bearer # now"),
        ("Basic YWRhOnB3MTIzNA== now", "Basic # now"),
        (f"a\n{PRIVATE_KEY}\nb", "a\n#\nb"),
        (f"a {PRIVATE_KEY[:50]}", "a #"),
        ("id AKIAIOSFODNN7EXAMPLE.", "id #"),
        ("x ghp_abcdefghijklmnopqrstuvwxyz012345 y", "x # y"),
        ("postgres://ada:p%40ss@db/shop", "postgres://ada:#@db/shop"),
        ("card 4111 1111 1111 1111, ok", "card #, ok"),
        ("card 4111-1111-1111-1111", "card #"),
        ("2024 378282246310005 x", "2024 # x"),
    ],
)
def test_what_is_secret_by_its_form_goes(text: str, left: str) -> None:
    before, _, after = left.partition("#")
    clean = clean_body(text.encode())
    assert clean.startswith(before + "redacted:")
    assert clean[len(before) + len("redacted:") + 10 :] == after


@pytest.mark.parametrize(
    "text",
    [
        "the bearer of news, basic training-course, Basic",
        'Bearer realm="shop", error="invalid_token"',
        "4111 1111 1111 1112 and 4111111111111112",
        "0.4111111111111111 14111111111111111 4111111111111111.5 1700000000000",
        "task-abcdefghijklmnopqrstuvwxyz sk-short eyJ eyJhbGciOiJIUzI1NiJ9",
        "-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----",
        "https://shop:8080/a@b mailto:a@b",
    ],
)
def test_what_only_looks_alike_stays(text: str) -> None:
    assert clean_body(text.encode()) == text


def test_a_card_number_in_json_becomes_a_string() -> None:
    left = clean_body(b'{"n":[4111111111111111,1],"s":"4111111111111111"}')
    assert left.startswith('{"n":["redacted:')
    assert '",1],"s":"redacted:' in left


def test_a_name_with_the_form_of_a_secret_goes_from_a_location() -> None:
    one = difference(f"$.by_token['{JWT}'].n", "1", "2", f"/by_token/{JWT}/n")
    left = clean_difference(one)
    assert "eyJ" not in left.location + left.pointer
    assert left.location.startswith("$.by_token['redacted:")
