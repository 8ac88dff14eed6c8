import pytest

from shadow.errors import UsageError
from shadow.redact.paths import Child, PathSet, parse_path


def _leads_to(path: str, *children: Child) -> bool:
    paths = PathSet((path,))
    reach = paths.start
    for child in children:
        reach = paths.step(reach, child)
    return paths.arrived(reach)


@pytest.mark.parametrize(
    ("path", "children"),
    [
        ("$", ()),
        ("$.a.b", ("a", "b")),
        ("$.a-b._c", ("a-b", "_c")),
        ("$.größe", ("größe",)),
        ("$['a b'][\"c\"]", ("a b", "c")),
        (r"$['it\'s']", ("it's",)),
        ("$.rows[*][1]", ("rows", 7, 1)),
        ("$.*.x", ("any", "x")),
        ("$..x", ("a", 0, "b", "x")),
        ("$..x", ("x",)),
        ("$.a..b[0]", ("a", "q", "b", 0)),
        ("$..[2]", ("a", 2)),
        ("$..['a b']", ("x", "a b")),
        ("$..*", ("x",)),
        ("$.a[*].b", ("a", None, "b")),
    ],
)
def test_a_path_leads_where_it_says(path: str, children: tuple[Child, ...]) -> None:
    assert _leads_to(path, *children)


@pytest.mark.parametrize(
    ("path", "children"),
    [
        ("$.a", ()),
        ("$.a", ("b",)),
        ("$.a", ("a", "a")),
        ("$.a[1]", ("a", 2)),
        ("$.a[1]", ("a", "1")),
        ("$..x", ("a", "y")),
        ("$.a..b", ("b",)),
    ],
)
def test_a_path_leads_nowhere_else(path: str, children: tuple[Child, ...]) -> None:
    assert not _leads_to(path, *children)


def test_many_paths_are_followed_at_once() -> None:
    paths = PathSet(tuple(f"$.rows[{number}]..name{number}" for number in range(300)))
    reach = paths.step(paths.step(paths.step(paths.start, "rows"), 299), "x")
    assert paths.arrived(paths.step(reach, "name299"))
    assert not paths.arrived(paths.step(reach, "name298"))


@pytest.mark.parametrize(
    "path",
    ["", "a.b", "$a", "$.", "$.a[", "$.a[?@.b]", "$[1:2]", "$[-1]", "$.a b", "$...a", "$['a"],
)
def test_a_path_that_cannot_be_followed_says_what_to_write(path: str) -> None:
    with pytest.raises(UsageError, match=r"write \$ and then \.name"):
        parse_path(path)
