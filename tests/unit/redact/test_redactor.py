import gzip
import json
import zlib
from dataclasses import replace

import pytest

from shadow.errors import UsageError
from shadow.model import DifferenceKind, Failure, FailureKind, Headers, Request
from shadow.redact.redactor import Redactor
from tests.unit.redact.builders import (
    JSON,
    KEY,
    PRICE,
    REDACTOR,
    basic,
    bearer,
    clean_body,
    clean_difference,
    clean_json,
    clean_request,
    clean_response,
    difference,
    example_of,
    observation,
    request,
    response,
    texts_in,
)

QUIET = request("/items/1", bearer("a-long-token-1"), (b"referer", b"https://shop/recommended/2"))


def _token(redactor: Redactor, secret: str) -> bytes:
    return clean_request(request("/", (b"x-api-key", secret.encode())), redactor).headers[0][1]


def test_credentials_of_a_request_become_digests() -> None:
    asked = request("/a", bearer("abcdef-1"), basic("ada", "pw"), (b"X-Api-Key", b"abcdef-1"))
    left = [value for _, value in clean_request(asked).headers]
    assert left[0] == b"Bearer " + left[2], "equal secrets stay equal"
    assert left[1].startswith(b"Basic redacted:")
    assert left[2].startswith(b"redacted:")
    assert len(left[2]) == len("redacted:") + 10


def test_a_digest_depends_on_the_key() -> None:
    assert _token(REDACTOR, "abcdef") == _token(Redactor(key=KEY), "abcdef")
    assert _token(REDACTOR, "abcdef") != _token(Redactor(key=b"another key"), "abcdef")
    assert _token(REDACTOR, "abcdef") != _token(REDACTOR, "abcdeg")


def test_the_trace_of_a_request_is_kept() -> None:
    trace = (b"traceparent", b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
    digits = (b"traceparent", b"00-41111111111111111111111111111111-0000000000000001-01")
    assert clean_request(request("/a", trace, digits)).headers == (trace, digits)


def test_the_key_is_not_shown() -> None:
    assert KEY.decode() not in repr(REDACTOR)
    assert repr(KEY) not in repr(REDACTOR)


def test_values_of_cookies_go_and_their_names_stay() -> None:
    asked = request("/a", (b"Cookie", b'sid=abc123def; theme=dark; odd; q="quoted-1"'))
    assert [
        part.partition(b"=")[0][:9] for part in clean_request(asked).headers[0][1].split(b";")
    ] == [
        b"sid",
        b" theme",
        b"redacted:",
        b" q",
    ]
    answer = response((b"Set-Cookie", b"sid=abc123; Path=/; Max-Age=60; HttpOnly; Odd=abc"))
    left = clean_response(answer).headers[0][1]
    assert left.startswith(b"sid=redacted:")
    assert b"; Path=/; Max-Age=60; HttpOnly;redacted:" in left


def test_parameters_of_a_query_go_by_their_names() -> None:
    left = clean_request(request("/a?page=2&api_key=k-1&user%5Bpassword%5D=p%20q#x&token=t")).target
    assert left.startswith("/a?page=2&api_key=redacted:")
    assert "user%5Bpassword%5D=redacted:" in left
    assert "token=redacted:" in left


def test_a_header_with_a_url_is_redacted_like_a_query() -> None:
    answer = response((b"Location", b"/cb?code=c0de-1&state=s&next=1#access_token=abc"))
    left = clean_response(answer).headers[0][1]
    assert left.startswith(b"/cb?code=redacted:")
    assert b"&state=s&next=1#access_token=redacted:" in left


def test_json_fields_go_by_their_names_and_the_rest_stays_as_sent() -> None:
    body = b'{ "name":"Ada",\n"Password" : "pw","n":1.50,"cvv": 123, "token":null, "pin":"" }'
    left = clean_request(request("/a", JSON, body=body)).body
    assert left.startswith(b'{ "name":"Ada",\n"Password" : "redacted:')
    assert b'"n":1.50,"cvv": "redacted:' in left
    assert left.endswith(b'"token":null, "pin":"" }')


def test_a_number_and_the_same_digits_as_text_stay_different() -> None:
    left = clean_json([{"pin": 123456}, {"pin": "123456"}, {"x": 123456}, {"x": "123456"}])
    assert isinstance(left, list)
    assert left[0]["pin"] != left[1]["pin"]
    assert left[0]["pin"] == left[2]["x"]
    assert left[1]["pin"] == left[3]["x"]


def test_all_below_a_sensitive_name_goes() -> None:
    left = clean_json({"credentials": {"user": "ada", "list": [1, True, None, {"x": "y"}]}, "z": 1})
    assert isinstance(left, dict)
    inside = left["credentials"]
    assert inside["list"][2] is None
    values = (inside["user"], *inside["list"][:2], inside["list"][3]["x"])
    assert all(value.startswith("redacted:") for value in values)
    assert left["z"] == 1


def test_configured_paths_names_and_headers_go_too() -> None:
    redactor = Redactor(
        key=KEY,
        paths=("$.customer.email", "$.rows[*][1]", "$..note"),
        parameters=frozenset({"nick-name"}),
        headers=frozenset({"x-person"}),
    )
    document = {
        "customer": {"email": "a@b", "name": "Ada"},
        "rows": [["r1", "s1"], ["r2", {"s": "s2"}]],
        "deep": [{"x": {"note": "n"}}],
        "nickName": "nick",
        "email": "b@c",
    }
    text = json.dumps(clean_json(document, redactor))
    assert not any(f'"{gone}"' in text for gone in ("a@b", "s1", "s2", "n", "nick"))
    assert all(f'"{kept}"' in text for kept in ("Ada", "r1", "r2", "b@c"))
    left = clean_request(request("/a", (b"X-Person", b"Ada"), (b"X-Api-Key", b"k")), redactor)
    assert [value[:9] for _, value in left.headers] == [b"redacted:", b"k"], (
        "names replace the defaults"
    )


def test_a_path_that_cannot_be_followed_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="write \\$ and then"):
        Redactor(key=KEY, paths=("$.a[?@.b]",))


def test_an_echoed_secret_goes_wherever_it_stands() -> None:
    asked = request("/a", bearer("tok/en-1"))
    differences = (
        difference("$.said", '"x tok/en-1 y"', '"tok%2Fen-1"', "/said"),
        difference("$['tok/en-1']", "1", None, "/tok~1en-1"),
        difference("body", "…before tok/en-1 after…", "dG9rL2VuLTE="),
    )
    failure = Failure(kind=FailureKind.MALFORMED, detail="bad line: tok/en-1", seconds=1.0)
    answer = response((b"x-echo", b"<tok/en-1>"), (b"tok/en-1", b"x"), body=b"tok\\/en-1")
    seen = observation(
        asked, answer, failure, differences, noise=differences, template="/a/tok%2Fen-1"
    )
    left = REDACTOR.clean(seen, asked)
    assert not [text for text in texts_in(left) if "en-1" in text or "dG9r" in text]
    assert left.differences[0].primary == '"x ' + _token(REDACTOR, "tok/en-1").decode() + ' y"'
    assert left.noise == left.differences == example_of(left).differences


def test_a_password_of_basic_credentials_is_sought_without_its_user() -> None:
    asked = request("/a", basic("ada", "hunter-22"))
    assert "hunter" not in clean_body(b"ada's password is hunter-22.", asked=asked)


def test_a_secret_of_a_reply_goes_from_the_other_places_too() -> None:
    answer = response(JSON, (b"x-session", b"fresh-token-1"), body=b'{"token":"fresh-token-1"}')
    seen = observation(request(), answer, differences=(difference("$.x", '"fresh-token-1"', "1"),))
    assert not [text for text in texts_in(REDACTOR.clean(seen, request())) if "fresh" in text]


def test_a_short_secret_is_hidden_in_its_place_only() -> None:
    asked = request("/a?pin=12345")
    assert "12345" not in clean_request(asked).target
    assert clean_body(b"it costs 12345", asked=asked) == "it costs 12345"


def test_an_everyday_word_in_a_cookie_does_not_rename_locations_and_endpoints() -> None:
    asked = request("/settings/default", (b"cookie", b"theme=default"))
    seen = observation(
        asked,
        differences=(difference("$.default.x", '"default"', "1", "/default/x"),),
        template="/settings/default",
    )
    left = REDACTOR.clean(seen, asked)
    assert left.endpoint.template == "/settings/default"
    assert left.differences[0].location == "$.default.x"
    assert "default" not in (left.differences[0].primary or "")


def test_a_difference_at_a_sensitive_location_keeps_its_kind_and_loses_its_values() -> None:
    at_name = difference(
        "$.session.token", '"abc"', '"abd"', "/session/token", DifferenceKind.SHAPE
    )
    left = clean_difference(at_name)
    assert (left.location, left.pointer, left.kind) == (
        at_name.location,
        at_name.pointer,
        at_name.kind,
    )
    assert left.primary is not None
    assert left.primary.startswith('"redacted:')
    assert left.primary != left.candidate
    cookie = clean_difference(difference("header:set-cookie[sid]", "abc", None))
    assert cookie.primary is not None
    assert cookie.primary.startswith("redacted:")
    assert cookie.candidate is None


def test_digests_in_differences_are_those_in_the_example() -> None:
    answer = response(JSON, (b"set-cookie", b"sid=abcdef; Path=/"), body=b'{"token":"t-1"}')
    found = (
        difference("$.token", '"t-1"', '"t-2"', "/token"),
        difference("header:set-cookie[sid]", "abcdef", "other", kind=DifferenceKind.HEADER),
        difference("header:set-cookie[sid].path", "/", "/x", kind=DifferenceKind.HEADER),
    )
    left = REDACTOR.clean(observation(request(), answer, differences=found), request())
    primary = example_of(left).primary
    assert json.loads(left.differences[0].primary or "") == json.loads(primary.body)["token"]
    assert primary.headers[1][1] == f"sid={left.differences[1].primary}; Path=/".encode()
    assert (left.differences[2].primary, left.differences[2].candidate) == ("/", "/x")


def test_a_difference_above_a_secret_loses_the_secret_only() -> None:
    left = clean_difference(difference("$.user", '{"name":"Ada","token":"abc"}', None, "/user"))
    assert left.primary is not None
    assert left.primary.startswith('{"name":"Ada","token":"redacted:')


def test_configured_paths_hold_for_differences_by_their_pointer() -> None:
    redactor = Redactor(key=KEY, paths=("$.rows[1].name",))
    first = difference("$.rows[*].name", '"Ada"', '"Bob"', "/rows/0/name")
    assert clean_difference(first, redactor=redactor) == first
    second = clean_difference(replace(first, pointer="/rows/1/name"), redactor=redactor)
    assert second.primary is not None
    assert second.primary.startswith('"redacted:')


def test_a_digest_without_a_key_is_replaced_by_one_with_a_key() -> None:
    left = clean_difference(difference("body", "5 bytes sha256:0123456789ab", "6 bytes"))
    assert left.primary is not None
    assert left.primary.startswith("5 bytes redacted:")


def test_why_something_is_undecided_stays_readable() -> None:
    why = difference("$.token", None, "more than 500 differences", kind=DifferenceKind.UNDECIDED)
    assert clean_difference(why) == why


def test_the_piece_of_a_secret_at_the_end_of_an_excerpt_goes() -> None:
    asked = request("/a", JSON, body=b'{"password":"correct horse battery"}')
    left = clean_difference(difference("body", "…battery is set to correct horse…", "…"), asked)
    assert left.primary is not None
    assert "horse" not in left.primary
    assert "battery" not in left.primary
    assert "is set to" in left.primary


def test_a_body_with_a_content_coding_is_kept_as_a_note() -> None:
    body = gzip.compress(b'{"token":"abcdef"}', mtime=0)
    answer = response(JSON, (b"Content-Encoding", b"gzip"), body=body)
    left = clean_response(answer)
    assert left.body.startswith(f"[gzip body, {len(body)} bytes, digest ".encode())
    assert left.headers == answer.headers


def test_a_body_that_can_be_decoded_is_redacted_and_kept_without_its_coding() -> None:
    def inflate(headers: Headers, body: bytes) -> bytes | None:
        return zlib.decompressobj(31).decompress(body, 1000)

    redactor = Redactor(key=KEY, decode=inflate)
    body = gzip.compress(b'{"token":"abcdef","x":1}')
    left = clean_response(
        response((b"Content-Encoding", b"gzip"), JSON, body=body), redactor=redactor
    )
    assert left.headers == (JSON,)
    assert json.loads(left.body)["x"] == 1
    assert b"abcdef" not in left.body


def test_a_decoder_that_fails_costs_the_example_and_no_count() -> None:
    def fail(headers: Headers, body: bytes) -> bytes | None:
        raise ValueError("a message nobody needs")

    seen = observation(request(), response((b"content-encoding", b"br"), body=b"x"))
    left = Redactor(key=KEY, decode=fail).clean(seen, request())
    assert replace(left, traits=()) == replace(seen, example=None)


def test_a_request_that_cannot_be_read_leaves_digests_and_counts() -> None:
    def fail(headers: Headers, body: bytes) -> bytes | None:
        raise ValueError("a message nobody needs")

    asked = request("/a", (b"content-encoding", b"br"), body=b"x")
    seen = observation(asked, noise=(PRICE, PRICE))
    left = Redactor(key=KEY, decode=fail).clean(seen, asked)
    assert left.example is None
    assert [d.kind for d in left.noise] == [PRICE.kind] * 2
    assert left.differences[0].location.startswith("redacted:")
    assert left.endpoint.template.startswith("redacted:")


def test_a_binary_body_is_kept_as_a_note() -> None:
    assert clean_response(response(body=b"\x89PNG\x00\xff")).body.startswith(
        b"[binary body, 6 bytes"
    )
    assert clean_response(response(body=b"caf\xe9")).body.startswith(b"[binary body, 4 bytes")


def test_secrets_in_a_body_that_is_no_text_are_sought_all_the_same() -> None:
    head = b'--b\r\ncontent-disposition: form-data; name="password"\r\n\r\n'
    body = head + b"hunter-22\r\n--b\r\n\xff\xfe"
    asked = request("/a", (b"content-type", b"multipart/form-data; boundary=b"), body=body)
    assert clean_request(asked).body.startswith(b"[binary body")
    assert "hunter" not in clean_body(b"<p>hunter-22</p>", asked=asked)


def test_a_long_body_is_cut_after_redaction() -> None:
    redactor = Redactor(key=KEY, max_body_bytes=200)
    body = json.dumps({"token": "abcdefgh", "text": "word é " * 1000}).encode()
    left = clean_response(response(JSON, body=body), redactor=redactor).body
    assert len(left) <= 200
    assert left.startswith(b'{"token": "redacted:')
    assert f"[cut, {len(body):,} bytes in all, digest ".encode() in left


def test_bodies_that_differ_after_the_cut_stay_different() -> None:
    redactor = Redactor(key=KEY, max_body_bytes=100)
    here, there = (response(body=b"x" * 10_000 + end) for end in (b"1", b"2"))
    assert clean_response(here, redactor=redactor) != clean_response(there, redactor=redactor)


@pytest.mark.parametrize("length", range(350, 440, 3))
def test_no_half_of_a_secret_is_left_where_a_body_is_cut(length: int) -> None:
    redactor = Redactor(key=KEY, max_body_bytes=100)
    asked = request("/a", bearer("A" * 10 + "b" * 200 + "-secret-end"))
    body = b"#" * length + asked.headers[0][1].removeprefix(b"Bearer ") + b"#" * 500
    left = clean_response(response(body=body), asked, redactor).body
    assert b"bb" not in left
    assert b"AA" not in left


def test_a_request_with_too_many_secrets_leaves_digests_and_counts() -> None:
    secrets = [{"token": f"secret-{number}"} for number in range(5_000)]
    asked = request("/a", JSON, body=json.dumps(secrets).encode())
    seen = observation(asked, differences=(difference("$.said", '"secret-4999"', "1", "/said"),))
    left = REDACTOR.clean(seen, asked)
    assert left.example is None
    assert left.differences[0].location == "$.said"
    assert "4999" not in repr(left)


def test_an_observation_without_differences_gains_its_traits_alone() -> None:
    seen = observation(QUIET, differences=(), template="/recommended/{int}")
    assert replace(REDACTOR.clean(seen, QUIET), traits=()) == seen


@pytest.mark.parametrize(
    "asked",
    [
        request("/a", bearer("recommended-1")),
        request("/a?token=recommended-1"),
        request("/a?token=%72ecommended-1"),
        request("/a", basic("ada", "recommended-1")),
        request("/a", JSON, body=b'{"token":"\\u0072ecommended-1"}'),
    ],
)
def test_an_endpoint_without_differences_loses_its_secret(asked: Request) -> None:
    seen = observation(asked, differences=(), template="/x/recommended-1/{int}")
    template = REDACTOR.clean(seen, asked).endpoint.template
    assert template.startswith("/x/redacted:")
    assert template.endswith("/{int}")


def test_noise_without_differences_is_redacted() -> None:
    noise = (difference("$.token", '"abc"', '"abd"', "/token"),)
    left = REDACTOR.clean(observation(request(), differences=(), noise=noise), request())
    assert "abc" not in repr(left)
    assert left.noise[0].kind is noise[0].kind
