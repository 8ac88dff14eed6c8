"""Pairs of replies for the tests of the differ, and what it says of them."""

import json
from collections.abc import Mapping

from shadow.diff.compare import Comparer
from shadow.diff.limits import Limits
from shadow.diff.rules.book import EndpointRules
from shadow.model import Difference, Differences, Headers, Response

JSON = {"content-type": "application/json"}


def response(
    body: object = b"",
    headers: Mapping[str, str] | Headers = (),
    status: int = 200,
) -> Response:
    """A response; a body that is neither bytes nor text is sent as JSON."""
    if not isinstance(body, bytes | str):
        body = json.dumps(body)
        headers = headers or JSON
    if isinstance(headers, Mapping):
        headers = tuple((name.encode(), value.encode()) for name, value in headers.items())
    content = body.encode() if isinstance(body, str) else body
    return Response(status=status, headers=headers, body=content, seconds=0.01)


def compare(
    primary: Response,
    candidate: Response,
    limits: Limits | None = None,
    rules: EndpointRules | None = None,
) -> Differences:
    """What differs between the answers to a GET."""
    comparer = Comparer(limits=limits or Limits())
    return comparer.compare("GET", primary, candidate, rules).differences()


def compare_json(
    primary: object,
    candidate: object,
    limits: Limits | None = None,
    rules: EndpointRules | None = None,
) -> Differences:
    """What differs between two JSON documents; text and bytes are documents as they stand."""
    return compare(response(primary, JSON), response(candidate, JSON), limits, rules)


def where(differences: Differences) -> list[tuple[str, str]]:
    """Location and kind of each difference."""
    return [(difference.location, difference.kind.value) for difference in differences]


def only(differences: Differences) -> Difference:
    """The one difference there is."""
    (difference,) = differences
    return difference
