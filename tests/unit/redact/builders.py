"""Observations to redact, and all the text that is left in one."""

import base64
import json
from collections.abc import Iterator
from dataclasses import fields, is_dataclass

from shadow.model import (
    Difference,
    DifferenceKind,
    Differences,
    Endpoint,
    Example,
    Observation,
    Outcome,
    Reply,
    Request,
    Response,
)
from shadow.redact.redactor import Redactor

KEY = b"a key of the tests, 32 bytes long"
REDACTOR = Redactor(key=KEY)
JSON = (b"content-type", b"application/json")


def request(target: str = "/items/1", *headers: tuple[bytes, bytes], body: bytes = b"") -> Request:
    return Request(method="POST" if body else "GET", target=target, headers=headers, body=body)


def response(*headers: tuple[bytes, bytes], body: bytes = b"", status: int = 200) -> Response:
    return Response(status=status, headers=headers, body=body, seconds=0.25)


def difference(
    location: str,
    primary: str | None = None,
    candidate: str | None = None,
    pointer: str = "",
    kind: DifferenceKind = DifferenceKind.VALUE,
) -> Difference:
    return Difference(
        location=location, kind=kind, pointer=pointer, primary=primary, candidate=candidate
    )


PRICE = difference("$.price", "1", "2", "/price")


def observation(
    asked: Request,
    primary: Response | None = None,
    candidate: Reply | None = None,
    differences: Differences = (PRICE,),
    *,
    noise: Differences = (),
    template: str = "/items/{int}",
) -> Observation:
    """An observation with an example where there is a primary."""
    example = Example(
        exchange_id="exchange-1",
        captured_at=1.5,
        request=asked,
        primary=primary or response(),
        candidate=candidate or primary or response(),
        differences=differences,
    )
    return Observation(
        exchange_id="exchange-1",
        endpoint=Endpoint(method=asked.method, template=template),
        status=200,
        outcome=Outcome.COMPARED,
        differences=differences,
        noise=noise,
        example=example if differences else None,
    )


def example_of(observed: Observation) -> Example:
    assert observed.example is not None
    return observed.example


def clean_request(asked: Request, redactor: Redactor = REDACTOR) -> Request:
    return example_of(redactor.clean(observation(asked), asked)).request


def clean_response(
    answer: Response, asked: Request | None = None, redactor: Redactor = REDACTOR
) -> Response:
    asked = asked or request()
    return example_of(redactor.clean(observation(asked, answer), asked)).primary


def clean_body(
    body: bytes, content_type: bytes = b"text/plain", asked: Request | None = None
) -> str:
    answer = response((b"content-type", content_type), body=body)
    return clean_response(answer, asked).body.decode()


def clean_json(document: object, redactor: Redactor = REDACTOR) -> object:
    answer = response(JSON, body=json.dumps(document).encode())
    return json.loads(clean_response(answer, redactor=redactor).body)


def clean_difference(
    one: Difference, asked: Request | None = None, redactor: Redactor = REDACTOR
) -> Difference:
    asked = asked or request()
    return redactor.clean(observation(asked, differences=(one,)), asked).differences[0]


def basic(user: str, password: str) -> tuple[bytes, bytes]:
    return b"authorization", b"Basic " + base64.b64encode(f"{user}:{password}".encode())


def bearer(token: str) -> tuple[bytes, bytes]:
    return b"authorization", b"Bearer " + token.encode()


def texts_in(value: object) -> Iterator[str]:
    """All texts in a value, however deep, and those in JSON in them."""
    if isinstance(value, bytes):
        yield value.decode("latin-1")
        value = value.decode("utf-8", "replace")
    if isinstance(value, str):
        yield value
        yield from _texts_in_json(value)
    elif is_dataclass(value):
        for field in fields(value):
            yield from texts_in(getattr(value, field.name))
    elif isinstance(value, dict):
        yield from texts_in(tuple(value.items()))
    elif isinstance(value, tuple | list):
        for part in value:
            yield from texts_in(part)


def _texts_in_json(text: str) -> Iterator[str]:
    if text.startswith(("{", "[", '"')):
        try:
            document = json.loads(text)
        except ValueError:
            return
        yield from texts_in(document)
