import pytest

from shadow.model import Request
from shadow.replay.repeats import may_repeat


def request(line: str) -> Request:
    method, target = line.split(" ")
    return Request(method=method, target=target, headers=())


@pytest.mark.parametrize("line", ["GET /a", "HEAD /a", "OPTIONS /a"])
def test_what_is_safe_may_be_repeated(line):
    assert may_repeat(())(request(line))


@pytest.mark.parametrize("line", ["POST /a", "PUT /a", "DELETE /a", "PATCH /a", "get /a"])
def test_what_is_not_safe_may_not(line):
    assert not may_repeat(())(request(line))


@pytest.mark.parametrize(
    ("line", "allowed"),
    [("POST /search", True), ("POST /search?q=1", True), ("PUT /search", False), ("POST /", False)],
)
def test_what_is_opted_in_may_be_repeated_whatever_its_query(line, allowed):
    assert may_repeat(("POST /search*",))(request(line)) is allowed
