import pytest

from shadow.commands.access_logs import visit_of
from shadow.diff.endpoints.infer import Visit


@pytest.mark.parametrize(
    ("line", "visit"),
    [
        ("GET /users/17 200", Visit(method="GET", path="/users/17", status=200)),
        ("get /users/17", Visit(method="GET", path="/users/17")),
        ("/users/17", Visit(method="GET", path="/users/17")),
        ("/users/17 404", Visit(method="GET", path="/users/17", status=404)),
        ("POST /users -", Visit(method="POST", path="/users")),
        (
            "GET /tags/red 200 tag more",
            Visit(method="GET", path="/tags/red", status=200, shape="tag"),
        ),
        ("GET /users HTTP/1.1 200", Visit(method="GET", path="/users", status=200)),
        (
            '"GET /users HTTP/1.1" 200 list',
            Visit(method="GET", path="/users", status=200, shape="list"),
        ),
        ("GET http://h/users/17 200", Visit(method="GET", path="http://h/users/17", status=200)),
        ("OPTIONS * 200", Visit(method="OPTIONS", path="*", status=200)),
        ("M-SEARCH * -", Visit(method="M-SEARCH", path="*")),
        (
            '10.0.0.1 - - [31/Jan/2026:10:00:00 +0000] "GET /users HTTP/1.1" 200 512 "-" "curl"',
            Visit(method="GET", path="/users", status=200),
        ),
    ],
)
def test_lines_of_usual_forms_are_visits(line, visit):
    assert visit_of(line) == visit


@pytest.mark.parametrize(
    "line",
    ["", "nonsense", "GET", "GET x 20", "GET /x 20", "GET /a b 200", "GET * 200", '""', "17 /x"],
)
def test_other_lines_are_none(line):
    assert visit_of(line) is None
