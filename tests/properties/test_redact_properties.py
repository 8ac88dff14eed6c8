"""Redaction, for any secret in any place, echoed in any spelling."""

import base64
import html
import json
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from msgspec import structs

from shadow.model import Difference, DifferenceKind, Failure, FailureKind, Request, Response
from shadow.redact.redactor import Redactor
from tests.support.effort import examples
from tests.unit.redact.builders import (
    JSON,
    KEY,
    REDACTOR,
    basic,
    bearer,
    clean_difference,
    difference,
    example_of,
    observation,
    request,
    response,
    texts_in,
)

FORM = (b"content-type", b"application/x-www-form-urlencoded")
XML = (b"content-type", b"application/xml")
MULTIPART = (b"content-type", b"multipart/form-data; boundary=limit")
PATHS = Redactor(key=KEY, paths=("$.customer.name", "$.rows[*][1]", "$..deep"))

PRINTABLE = "".join(map(chr, range(0x20, 0x7F)))
ANY = st.text(st.sampled_from(PRINTABLE + "äß€漢😀"), min_size=6, max_size=30)
ASCII = st.text(st.sampled_from(PRINTABLE), min_size=6, max_size=30)
TOKENS = st.text(st.sampled_from(sorted(set(PRINTABLE) - set(' ",;\\'))), min_size=6, max_size=30)


def _json(document: object) -> bytes:
    return json.dumps(document).encode()


PLACES: dict[str, tuple[st.SearchStrategy[str], Callable[[str], Request]]] = {
    "bearer": (TOKENS, lambda s: request("/a", bearer(s))),
    "basic": (ANY, lambda s: request("/a", basic("ada", s))),
    "api key": (TOKENS, lambda s: request("/a", (b"X-Api-Key", s.encode()))),
    "named header": (TOKENS, lambda s: request("/a", (b"X-Shop-Token", s.encode()))),
    "query": (ANY, lambda s: request(f"/a?x=1&access_token={quote_plus(s)}&y=2")),
    "form": (ANY, lambda s: request("/a", FORM, body=f"u=1&password={quote_plus(s)}".encode())),
    "json": (ANY, lambda s: request("/a", JSON, body=_json({"u": [{"userPassword": s}]}))),
    "json utf-8": (
        ANY,
        lambda s: request("/a", body=json.dumps({"pin": s}, ensure_ascii=False).encode()),
    ),
    "json below": (ANY, lambda s: request("/a", body=_json({"secret": {"a": [1, {"b": s}]}}))),
    "json in json": (
        ANY,
        lambda s: request("/a", body=_json({"x": json.dumps({"token": s})})),
    ),
    "json in form": (
        ANY,
        lambda s: request("/a", FORM, body=b"p=" + quote_plus(_json({"token": s})).encode()),
    ),
    "path": (ANY, lambda s: request("/a", body=_json({"customer": {"name": s}}))),
    "path with index": (ANY, lambda s: request("/a", body=_json({"rows": [[0, s], [1]]}))),
    "deep path": (ANY, lambda s: request("/a", body=_json([[{"x": {"deep": s}}]]))),
    "multipart": (
        ANY,
        lambda s: request(
            "/a",
            MULTIPART,
            body=f'--limit\r\nContent-Disposition: form-data; name="password"\r\n\r\n{s}\r\n'
            "--limit--\r\n".encode(),
        ),
    ),
    "xml": (
        ANY,
        lambda s: request("/a", XML, body=f"<a><Password>{html.escape(s)}</Password></a>".encode()),
    ),
    "cookie": (TOKENS, lambda s: request("/a", (b"Cookie", b"a=1; sid=" + s.encode() + b"; b=2"))),
}

SPELLINGS: dict[str, Callable[[str], str]] = {
    "plain": lambda s: s,
    "percent": lambda s: quote(s, safe=""),
    "lower-case percent": lambda s: "".join(f"%{b:02x}" for b in s.encode()),
    "form": quote_plus,
    "base64": lambda s: base64.b64encode(s.encode()).decode(),
    "base64 in the middle": lambda s: base64.b64encode(f"ada:{s}:x".encode()).decode(),
    "url-safe base64": lambda s: base64.urlsafe_b64encode(f"u:{s}".encode()).decode().rstrip("="),
    "JSON": lambda s: json.dumps(s)[1:-1],
    "HTML": html.escape,
}


def _echoing(echo: str, secret: str) -> tuple[Response, Failure, tuple[Difference, ...]]:
    primary = response(
        JSON,
        (b"X-Echo", echo.encode()),
        (b"Location", b"/next/" + echo.encode() + b"/there"),
        body=_json({"said": f"<{echo}>", "list": [echo], echo: 1, "raw": {secret: secret}}),
    )
    failure = Failure(kind=FailureKind.MALFORMED, detail=f"got {echo} there", seconds=1.0)
    differences = (
        difference("$.said", json.dumps(f"<{echo}>"), json.dumps(secret), "/said"),
        difference(f"$['{echo}']", "1", None, f"/{echo}", DifferenceKind.MISSING),
        difference("body", f"…said {echo} …", f"{echo}", kind=DifferenceKind.VALUE),
        difference("header:x-echo", echo, secret, kind=DifferenceKind.HEADER),
    )
    return primary, failure, differences


def _is_unlike_the_rest(secret: str, asked: Request) -> bool:
    """A secret such as `header` would be found in what was there anyway."""
    skeleton = request("/a", *(header for header in asked.headers if header[0] != b"Cookie"))
    primary, failure, differences = _echoing("~", "~")
    rest = (observation(skeleton, primary, failure, differences), "redacted:", "exchange", PLACES)
    return all(secret not in text and secret[:3] not in "redacted:" for text in texts_in(rest))


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("spelling", SPELLINGS)
@given(data=st.data())
@settings(max_examples=examples(6), deadline=None, suppress_health_check=list(HealthCheck))
def test_no_secret_of_a_request_is_left_in_any_spelling(
    data: st.DataObject, place: str, spelling: str
) -> None:
    secrets, ask = PLACES[place]
    secret = data.draw(secrets.filter(lambda s: s == s.strip() and "'" not in s[-1:]))
    asked = ask(secret)
    assume(_is_unlike_the_rest(secret, request("/a")))
    primary, failure, differences = _echoing(SPELLINGS[spelling](secret), secret)
    redactor = PATHS if "path" in place else REDACTOR
    seen = observation(asked, primary, failure, differences, noise=differences)
    left = redactor.clean(seen, asked)
    forms = {secret, quote(secret, safe=""), quote_plus(secret), SPELLINGS["base64"](secret)}
    assert example_of(left).differences == left.differences
    assert [(form, text) for text in texts_in(left) for form in forms if form in text] == []
    assert [d.kind for d in left.differences] == [d.kind for d in differences]
    json.loads(example_of(left).primary.body)


SCALARS = st.sampled_from(
    ("secret-1", "secret-2", "1", "", "a b", 'a"b', "a\\b", "true", "é", 1, 1.5, -1, True, None)
)
NAMES = st.sampled_from(("token", "items", "x", "userPassword", "secret-1", "pin", "a b"))
DOCUMENTS = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=8,
)
KNOWN = request("/a?token=secret-1", (b"X-Api-Key", b"secret-2"))


@given(one=DOCUMENTS, other=DOCUMENTS, name=NAMES)
@settings(max_examples=examples(300), deadline=None)
def test_equal_values_stay_equal_and_different_ones_different(
    one: object, other: object, name: str
) -> None:
    seen = difference(f"$.{name}", json.dumps(one), json.dumps(other), f"/{name}")
    left = clean_difference(seen, KNOWN)
    assert (left.primary == left.candidate) == (seen.primary == seen.candidate)


@given(one=DOCUMENTS, other=DOCUMENTS)
@settings(max_examples=examples(300), deadline=None)
def test_equal_bodies_stay_equal_and_different_ones_different(one: object, other: object) -> None:
    here, there = (response(JSON, body=_json({"token": [x], "a": x})) for x in (one, other))
    left = example_of(REDACTOR.clean(observation(KNOWN, here, there), KNOWN))
    assert isinstance(left.candidate, Response)
    assert (left.primary.body == left.candidate.body) == (here.body == there.body)


@given(document=DOCUMENTS)
@settings(max_examples=examples(200), deadline=None)
def test_json_stays_json_of_the_same_form(document: object) -> None:
    answer = response(JSON, body=_json({"x": document}))
    left = example_of(REDACTOR.clean(observation(KNOWN, answer), KNOWN)).primary
    assert _form(json.loads(left.body)) == _form({"x": document})


def _form(document: object) -> object:
    if isinstance(document, dict):
        return [_form(value) for value in document.values()]
    return [_form(value) for value in document] if isinstance(document, list) else None


@given(document=st.recursive(st.integers(0, 999) | st.sampled_from(("ab", "Ada")), st.lists))
@settings(max_examples=examples(50), deadline=None)
def test_what_holds_no_secret_is_left_as_it_is(document: object) -> None:
    answer = response(JSON, (b"ETag", b'"x1"'), body=_json({"page": document}))
    seen = observation(request("/items/1?page=2"), answer)
    left = REDACTOR.clean(seen, request("/items/1?page=2"))
    assert replace(left, traits=()) == seen


@pytest.mark.parametrize("place", [name for name in PLACES if "path" not in name])
@given(data=st.data())
@settings(max_examples=examples(40), deadline=None)
def test_no_trait_of_a_request_holds_its_secret(place: str, data: st.DataObject) -> None:
    secrets, make = PLACES[place]
    secret = data.draw(secrets | st.sampled_from(("correct horse", "abcdefgh", "pro-plan")))
    asked = make(secret)
    mark = "&" if "?" in asked.target else "?"
    header = (b"x-echo", secret.encode())
    asked = structs.replace(
        asked,
        target=f"{asked.target}{mark}echo={quote_plus(secret)}",
        headers=(*asked.headers, header),
    )
    quiet = REDACTOR.clean(observation(asked, differences=()), asked).traits
    loud = REDACTOR.clean(observation(asked), asked).traits
    assert quiet == loud
    assert all(secret not in trait.value for trait in quiet)


BYTES = st.binary(max_size=60) | st.sampled_from(
    (b"\xff\xfe", b'{"token":', b"[[[[", b"%", b"%zz=%", b"=", b";;=", b'"\\', b"eyJ.", b"\xe2\x80")
)
HEADERS = st.lists(
    st.tuples(
        BYTES
        | st.sampled_from(
            (b"Cookie", b"Set-Cookie", b"Authorization", b"Content-Type", b"Content-Encoding")
        ),
        BYTES
        | st.sampled_from((b"Basic !", b"Basic", b"gzip", b"multipart/x; boundary=-", b"a=b; c")),
    ),
    max_size=4,
).map(tuple)
TEXTS = st.text(max_size=40) | st.sampled_from(
    ("$", "$..", "$['", "header:", "header:set-cookie[", "…", '"…"', "\ud800", "/~", "header:x[]].")
)
DIFFERENCES = st.lists(
    st.builds(
        Difference,
        location=TEXTS,
        kind=st.sampled_from(DifferenceKind),
        pointer=TEXTS,
        primary=st.none() | TEXTS,
        candidate=st.none() | TEXTS,
    ),
    max_size=4,
).map(tuple)
REQUESTS = st.builds(Request, method=TEXTS, target=TEXTS, headers=HEADERS, body=BYTES)
RESPONSES = st.builds(
    Response, status=st.just(200), headers=HEADERS, body=BYTES, seconds=st.just(0.1)
)


@given(asked=REQUESTS, primary=RESPONSES, candidate=RESPONSES, found=DIFFERENCES, text=TEXTS)
@settings(max_examples=examples(400), deadline=None)
def test_whatever_is_sent_counts_and_kinds_stay(
    asked: Request,
    primary: Response,
    candidate: Response,
    found: tuple[Difference, ...],
    text: str,
) -> None:
    seen = observation(asked, primary, candidate, found, noise=found, template=text)
    left = REDACTOR.clean(seen, asked)
    assert [d.kind for d in left.differences] == [d.kind for d in found]
    assert [d.kind for d in left.noise] == [d.kind for d in found]
    assert (left.example is None) == (seen.example is None), "nothing here is beyond redaction"
