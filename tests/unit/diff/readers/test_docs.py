"""The tables of the page on bodies say what is true."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.diff.pairs import compare, response

PAGE = (Path(__file__).parents[4] / "docs" / "bodies-other.md").read_text(encoding="utf-8")
CELL = re.compile(r"`([^`]*)`")


def sent(cell: str) -> bytes:
    """The bytes that a cell stands for."""
    return cell.encode().decode("unicode_escape").encode("latin-1")


def examples() -> Iterator[tuple[str, bytes, bytes, list[str]]]:
    media_type = ""
    for line in PAGE.splitlines():
        if of := re.match(r"Of `([^`]+)`:", line):
            media_type = of[1]
        elif line.startswith("#"):
            media_type = ""
        elif media_type and len(cells := CELL.findall(line)) >= 2 and line.startswith("| `"):
            yield media_type, sent(cells[0]), sent(cells[1]), cells[2:]


@pytest.mark.parametrize(("media_type", "primary", "candidate", "found"), list(examples()))
def test_differences_are_as_the_page_says(media_type, primary, candidate, found):
    headers = {"content-type": media_type}
    differences = compare(response(primary, headers), response(candidate, headers))
    assert [f"{d.kind} {d.location}" for d in differences] == found


def test_the_page_has_examples_of_each_sort():
    assert len({media_type for media_type, *_ in examples()}) == 10
