"""Globs of `*` and `?` only: no text can make one slow, and `[` is just a character."""

from fnmatch import fnmatchcase


def matches_glob(text: str, glob: str) -> bool:
    """Whether the whole text matches; case matters."""
    return fnmatchcase(text, glob.replace("[", "[[]"))
