"""Markdown that no value can break out of.

Three forms, by where a value stands: a code span, a sentence, a fenced block. Values in code
cannot be markup, links, HTML or mentions; in sentences every character that could start one is
written as a character reference.
"""

import re

from shadow.report.plain import visible, visible_lines

_MARKUP = re.compile(r"[&<>`*_\[\]|~\\!#$]|^[-+=]|(?<=\d)[.)](?=\s)")
_LINKS = re.compile(r"(?<=[@#])|(?<=www)(?=\.)|(?<=:)(?=//)", re.IGNORECASE)
_WORD_JOINER = "\u2060"


def code(value: str, limit: int = 200) -> str:
    """Write a value as a code span on one line; it may stand in a table cell too."""
    # A row is split at its pipes before code spans are looked for, however they are escaped.
    shown = visible(value, limit).replace("|", r"\x7c")
    if not shown:
        return "(empty)"
    fence = "`" * (_longest_run(shown) + 1)
    pad = " " if shown[0] in "` " or shown[-1] in "` " else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def optional_code(value: str | None, limit: int = 200) -> str:
    """Write a value as `code`, or say that there is none."""
    return "(none)" if value is None else code(value, limit)


def sentence(text: str, limit: int = 1_000) -> str:
    """Write a sentence; what stands between backticks becomes code."""
    parts = visible(text, limit).strip().split("`")
    if len(parts) % 2 == 0:
        return _plain("`".join(parts))
    return "".join(
        code(part, limit) if position % 2 else _plain(part) for position, part in enumerate(parts)
    )


def block(text: str, limit: int = 600, max_lines: int = 20) -> str:
    """Write a text of several lines as a fenced block."""
    shown = visible_lines(text, limit, max_lines)
    fence = "`" * max(_longest_run(shown) + 1, 3)
    return f"{fence}text\n{shown}\n{fence}"


def _plain(text: str) -> str:
    # The word joiner is invisible; it keeps an address or a name from becoming a link.
    joined = _LINKS.sub(_WORD_JOINER, text)
    return _MARKUP.sub(lambda found: f"&#{ord(found.group())};", joined)


def _longest_run(text: str) -> int:
    return max((len(run) for run in re.findall("`+", text)), default=0)
