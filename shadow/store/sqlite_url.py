"""What a SQLite URL names: a file, and whether it is only read.

Two ways to write the second are understood: `sqlite:///shadow.db?mode=ro`, and the one of SQLite's
own names, `sqlite:///file:shadow.db?mode=ro&uri=true` (https://www.sqlite.org/uri.html).
"""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, unquote

_OWN_NAME = "file:"
_YES = frozenset({"1", "on", "true", "yes"})


@dataclass(frozen=True, slots=True, kw_only=True)
class SqliteFile:
    """A store's file; `only_read` if nothing may be written to it."""

    path: Path
    only_read: bool


def sqlite_file_of(url: str) -> SqliteFile:
    """Read a URL that begins with `sqlite:///`.

    Raises ValueError, which ends the sentence "the store's URL …", for one that names no file, or
    asks for anything else than `mode=ro`.
    """
    written, _, query = url.partition("://")[2].partition("?")
    name = unquote(written).removeprefix("/") if written.startswith("/") else ""
    if name.startswith(_OWN_NAME):
        name = _path_in(name.removeprefix(_OWN_NAME))
    if name in {"", ":memory:"}:
        raise ValueError("names no file, which all processes need to share")
    only_read = False
    for key, value in parse_qsl(query, keep_blank_values=True):
        if (key, value) == ("mode", "ro"):
            only_read = True
        elif key != "uri" or value.lower() not in _YES:
            raise ValueError("has other parameters than mode=ro, which SQLite stores do not take")
    return SqliteFile(path=Path(name), only_read=only_read)


def _path_in(name: str) -> str:
    """The path of a name of SQLite's own, which may have an empty host, or this one."""
    if not name.startswith("//"):
        return name
    host, slash, path = name.removeprefix("//").partition("/")
    return slash + path if host in {"", "localhost"} else ""
