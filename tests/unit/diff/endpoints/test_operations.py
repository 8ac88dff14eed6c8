import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shadow.diff.endpoints.operations import Discriminator
from shadow.diff.endpoints.router import EndpointRouter
from shadow.model import Headers, Request

FORM = ((b"content-type", b"application/x-www-form-urlencoded"),)
JSON = ((b"content-type", b"application/json"),)


def endpoint(target: str, body: object = b"", headers: Headers = JSON, *by: tuple[str, str]) -> str:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    router = EndpointRouter(discriminators=tuple(Discriminator.of(*each) for each in by))
    request = Request(method="POST", target=target, headers=headers, body=content)
    return router.route(request, 200).template


def asks(query: str, **more: object) -> dict[str, object]:
    return {"query": query, **more}


def calls(*methods: str) -> list[dict[str, str]]:
    return [{"jsonrpc": "2.0", "method": method} for method in methods]


TARGET = ((b"X-Amz-Target", b"DynamoDB_20120810.GetItem"),)
ACTION = ((b"SOAPAction", b'"urn:shop/GetPrice"'),)
SOAP = ((b"content-type", b'application/soap+xml; action="urn:x/Get"'),)
CART = "query Cart($id: ID) { cart(id: $id) { total } }"


@pytest.mark.parametrize(
    ("target", "body", "headers", "template"),
    [
        ("/graphql", asks(CART), JSON, "/graphql [query Cart]"),
        ("/graphql", asks("mutation { pay { id } }"), JSON, "/graphql [mutation pay]"),
        ("/graphql", asks("{ b a c d }"), JSON, "/graphql [query a+b+c+more]"),
        ("/graphql", asks("query A{a} query B{b}", operationName="B"), JSON, "/graphql [query B]"),
        ("/graphql", {"operationName": "Cart", "extensions": {}}, JSON, "/graphql [Cart]"),
        ("/graphql", asks("{{{{"), JSON, "/graphql"),
        ("/graphql?query=query%20Q%7Ba%7D", b"", (), "/graphql [query Q]"),
        ("/rpc", calls("getBalance")[0], JSON, "/rpc [getBalance]"),
        ("/rpc", calls("b", "a"), JSON, "/rpc [a+b]"),
        ("/", b"{}", TARGET, "/ [DynamoDB_20120810.GetItem]"),
        ("/", b"Action=DescribeInstances&Version=2016-11-15", FORM, "/ [DescribeInstances]"),
        ("/?Action=ListUsers&Version=2010-05-08", b"", (), "/ [ListUsers]"),
        ("/?Action=x", b"", (), "/"),
        ("/soap", b"<a/>", ACTION, "/soap [GetPrice]"),
        ("/soap", b"<a/>", SOAP, "/soap [Get]"),
        ("/items/17", {"method": "x"}, JSON, "/items/{int}"),
    ],
)
def test_operations_name_themselves(target, body, headers, template):
    assert endpoint(target, body, headers) == template


@pytest.mark.parametrize(
    ("by", "template"),
    [
        ("header:x-op", "/api [fromHeader]"),
        ("form:op", "/api [fromForm]"),
        ("query:op", "/api [fromQuery]"),
    ],
)
def test_settings_name_operations(by, template):
    headers = (*FORM, (b"x-op", b"fromHeader"))
    found = endpoint("/api?op=fromQuery", b"op=fromForm", headers, ("POST /ap*", by))
    assert found == template


def test_a_path_into_the_body_names_operations():
    body = {"call": {"name": "buy"}}
    assert endpoint("/api", body, JSON, ("* /api", "json:$.call.name")) == "/api [buy]"
    assert endpoint("/api", body, JSON, ("* /other", "json:$.call.name")) == "/api"


@pytest.mark.parametrize("by", ["", "header", "cookie:x", "json:$", "json:$..a", "graphql:x"])
def test_what_names_no_operation_is_refused(by):
    with pytest.raises(ValueError, match="names no operation"):
        Discriminator.of("*", by)


def test_names_without_end_are_one():
    one, other = ({"jsonrpc": "2.0", "method": "x" * n} for n in (100, 101))
    assert endpoint("/rpc", one) == endpoint("/rpc", other) == "/rpc [{text}]"
    assert endpoint("/rpc", {"jsonrpc": "2.0", "method": "12345678"}) == "/rpc [{int}]"


@given(st.binary(max_size=200), st.sampled_from(["/graphql", "/rpc", "/"]), st.binary(max_size=20))
def test_nothing_that_is_sent_does_harm(body, target, value):
    headers = ((b"content-type", value), (b"soapaction", value), (b"x-amz-target", value))
    assert endpoint(target, body, headers).isprintable()
    assert endpoint(target, b'{"jsonrpc":1,"query":"' + body + b'"}', JSON).isprintable()
