import pytest

from shadow.diff.compare import Comparer
from shadow.model import Headers
from tests.unit.diff.pairs import compare, only, response, where


def fields(*pairs: tuple[str, str]) -> Headers:
    return tuple((name.encode(), value.encode()) for name, value in pairs)


def differences(primary: Headers, candidate: Headers):
    return compare(response(headers=primary), response(headers=candidate))


def test_names_are_compared_without_case():
    assert differences(fields(("ETag", "a")), fields(("etag", "a"))) == ()


@pytest.mark.parametrize(
    "name", ["Date", "Age", "Connection", "Transfer-Encoding", "Content-Length", "Server", "Via"]
)
def test_headers_of_the_way_and_the_moment_are_ignored(name):
    assert differences(fields((name, "1")), ()) == ()


@pytest.mark.parametrize("name", ["x-request-id", "traceparent", "etag", "cache-control"])
def test_headers_of_the_answer_are_compared(name):
    assert where(differences(fields((name, "1a")), ())) == [(f"header:{name}", "missing")]


def test_the_operator_says_which_headers_are_ignored():
    comparer = Comparer(ignored_headers=frozenset({"etag"}))
    primary = response(headers=fields(("ETag", "a"), ("Date", "b")))
    assert where(comparer.compare("GET", primary, response()).differences()) == [
        ("header:date", "missing")
    ]


def test_a_lost_a_new_and_a_changed_header_are_told_apart():
    primary = fields(("a", "one"), ("b", "one"))
    candidate = fields(("b", "two"), ("c", "one"))
    assert where(differences(primary, candidate)) == [
        ("header:a", "missing"),
        ("header:b", "header"),
        ("header:c", "extra"),
    ]


def test_a_header_that_became_empty_changed_its_shape():
    assert where(differences(fields(("etag", '"a1"')), fields(("etag", "")))) == [
        ("header:etag", "shape")
    ]


def test_a_value_is_not_split_at_commas():
    primary = fields(("expires", "Thu, 01 Jan 2026 00:00:00 GMT"))
    candidate = fields(("expires", "Thu, 01 Jan 2026 00:00:01 GMT"))
    difference = only(differences(primary, candidate))
    assert difference.kind.value == "header"
    assert difference.primary == "Thu, 01 Jan 2026 00:00:00 GMT"


def test_repeated_headers_keep_their_order_and_their_number():
    two = fields(("link", "one"), ("link", "two"))
    assert where(differences(two, fields(("link", "two"), ("link", "one")))) == [
        ("header:link", "order")
    ]
    assert where(differences(two, fields(("link", "one")))) == [("header:link", "missing")]
    assert where(differences(fields(("link", "one")), two)) == [("header:link", "extra")]


def test_cookies_are_compared_each_by_its_name_in_any_order():
    primary = fields(("set-cookie", "a=1x; Path=/"), ("set-cookie", "b=2x"))
    candidate = fields(("set-cookie", "b=3x"), ("set-cookie", "a=1x; Path=/"))
    assert where(differences(primary, candidate)) == [("header:set-cookie[b]", "header")]


def test_a_cookie_whose_value_is_always_new_cannot_hide_a_lost_attribute():
    primary = fields(("set-cookie", "sid=one; HttpOnly; Secure"))
    candidate = fields(("set-cookie", "sid=two; Secure"))
    assert where(differences(primary, candidate)) == [
        ("header:set-cookie[sid]", "header"),
        ("header:set-cookie[sid].httponly", "missing"),
    ]


def test_a_lost_cookie_is_one_difference():
    primary = fields(("set-cookie", "sid=one; HttpOnly; Path=/"))
    assert where(differences(primary, ())) == [("header:set-cookie[sid]", "missing")]
    assert where(differences((), primary)) == [("header:set-cookie[sid]", "extra")]


def test_cookies_with_names_that_are_identifiers_are_told_apart_at_one_location():
    primary = fields(("set-cookie", "550e8400-e29b-41d4-a716-446655440000=one"))
    candidate = fields(("set-cookie", "b50e8400-e29b-41d4-a716-446655440001=one"))
    assert where(differences(primary, candidate)) == [
        ("header:set-cookie[{key}]", "missing"),
        ("header:set-cookie[{key}]", "extra"),
    ]


def test_names_that_begin_alike_are_different_names():
    primary = fields(("x-" + "a" * 70 + "1", "one"), ("set-cookie", "n" * 70 + "1=one"))
    candidate = fields(("x-" + "a" * 70 + "2", "one"), ("set-cookie", "n" * 70 + "2=one"))
    assert [kind for _, kind in where(differences(primary, candidate))] == [
        *("missing", "extra", "missing", "extra")
    ]


def test_flags_that_move_from_one_cookie_to_another_of_its_name_are_found():
    primary = fields(("set-cookie", "a=1; Path=/; Secure"), ("set-cookie", "a=1; Path=/x"))
    candidate = fields(("set-cookie", "a=1; Path=/"), ("set-cookie", "a=1; Path=/x; Secure"))
    assert where(differences(primary, candidate)) == [
        ("header:set-cookie[a].secure", "missing"),
        ("header:set-cookie[a].secure", "extra"),
    ]


def test_cookies_of_one_name_in_another_order_are_one_difference():
    primary = fields(("set-cookie", "a=1; Path=/"), ("set-cookie", "a=2; Path=/x"))
    assert where(differences(primary, primary[::-1])) == [("header:set-cookie[a]", "order")]


@pytest.mark.parametrize("name", ["prefs[0].x", "a].b", "x].path"])
def test_a_cookie_is_lost_whatever_its_name_looks_like(name):
    primary = fields(("set-cookie", f"{name}=1; Path=/"))
    assert where(differences(primary, ())) == [(f"header:set-cookie[{name}]", "missing")]


def test_a_text_that_names_no_cookie_is_not_an_empty_cookie_of_that_name():
    primary, candidate = fields(("set-cookie", "foo")), fields(("set-cookie", "foo="))
    assert where(differences(primary, candidate)) == [
        ("header:set-cookie[]", "missing"),
        ("header:set-cookie[foo]", "extra"),
    ]


def test_attributes_behind_the_twentieth_are_compared_together():
    cookie = "a=1" + "".join(f"; k{number}=1" for number in range(20))
    primary = fields(("set-cookie", f"{cookie}; Secure"))
    candidate = fields(("set-cookie", cookie))
    assert where(differences(primary, candidate)) == [("header:set-cookie[a]..*", "missing")]


def test_only_blanks_and_tabs_around_a_value_mean_nothing():
    assert differences(fields(("x", " a\t")), fields(("x", "a"))) == ()
    assert where(differences(((b"x", b"a\xa0"),), fields(("x", "a")))) == [("header:x", "header")]


def head(primary: Headers, candidate: Headers):
    here, there = response(headers=primary), response(headers=candidate)
    return where(Comparer().compare("HEAD", here, there).differences())


def test_a_body_that_is_gone_is_seen_where_head_has_no_body():
    some, none = fields(("Content-Length", "100")), fields(("content-length", "0"))
    assert head(some, none) == [("header:content-length", "header")]
    assert head(some, fields(("content-length", "200"))) == []
    assert head(some, ()) == []
    assert differences(some, none) == ()


MULTIPART = "multipart/form-data"


@pytest.mark.parametrize(
    ("primary", "candidate"),
    [
        (f"{MULTIPART}; boundary=x", f"{MULTIPART}; boundary=y"),
        (f"{MULTIPART};BOUNDARY=x; a=b", f'{MULTIPART}; boundary="y;z"; a=b'),
    ],
)
def test_boundaries_mean_nothing(primary, candidate):
    assert differences(fields(("content-type", primary)), fields(("content-type", candidate))) == ()


@pytest.mark.parametrize(
    ("primary", "candidate"),
    [
        (f"{MULTIPART}; boundary=x", MULTIPART),
        (f"{MULTIPART}; boundary=x; a=b", f"{MULTIPART}; boundary=x; a=c"),
        (f'{MULTIPART}; a="; boundary=x"', f'{MULTIPART}; a="; boundary=y"'),
        ("text/plain; boundary=x", "text/plain; boundary=y"),
    ],
)
def test_a_content_type_that_differs_in_more_than_a_boundary_differs(primary, candidate):
    found = differences(fields(("content-type", primary)), fields(("content-type", candidate)))
    assert [difference.location for difference in found] == ["header:content-type"]
