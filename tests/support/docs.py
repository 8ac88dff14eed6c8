"""The pages that people read, and the tables in them."""

import re
from collections.abc import Iterator

from tests.support.processes import ROOT

PAGES = {
    str(path.relative_to(ROOT)): path.read_text()
    for path in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
}


def tables(page: str) -> Iterator[tuple[list[str], ...]]:
    """The rows of each table, as their cells; the line below the head is left out."""
    for found in re.finditer(r"(?:^\|.*\|\n)+", page, re.MULTILINE):
        rows = [re.split(r"(?<!\\) *\| *", line.strip("| ")) for line in found[0].splitlines()]
        yield (rows[0], *rows[2:])
