"""A first look that costs microseconds: may an endpoint hold a secret of its request at all?

Most exchanges show no difference, and then the endpoint's template is all there is to redact.
"""

import re
from functools import lru_cache
from urllib.parse import unquote_to_bytes

from shadow.model import Request
from shadow.redact.patterns import pattern_spans
from shadow.redact.secrets import SHORTEST_SOUGHT

_PARAMETER = re.compile(r"\{[^{}/]*\}")
_ORDINARY = re.compile(r"(?:[a-z]+(?:[ ._-][a-z]+)*|[a-z0-9.-]{0,5}|\([a-z ]+\))")
_BEFORE_VALUES = re.compile(rb"^(?:[^?;#=:]|://)*+")


def may_echo(template: str, request: Request) -> bool:
    """Tell whether to look closely; False is certain, True is not."""
    pieces = _pieces(template)
    if pieces is None or request.body:
        return True
    values = b"\n".join([_values(name, value) for name, value in request.headers])
    sent = b"\n".join(
        (values, _BEFORE_VALUES.sub(b"", request.target.encode("latin-1", "replace")))
    )
    if b"asic " in sent:
        return True
    if b"%" in sent:
        sent += unquote_to_bytes(sent)
    return any(piece in sent for piece in pieces)


@lru_cache(maxsize=4096)
def _pieces(template: str) -> tuple[bytes, ...] | None:
    """All runs of characters as long as the shortest secret; None for an unusual template.

    Each secret in the template is such a run or begins with one. Where all words are ordinary ones,
    none of them is the encoded form of something else.
    """
    words = _PARAMETER.sub("/", template).split("/")
    if not all(map(_ORDINARY.fullmatch, words)) or pattern_spans(template):
        return None
    text = template.encode()
    count = len(text) - SHORTEST_SOUGHT + 1
    return tuple({text[at : at + SHORTEST_SOUGHT] for at in range(count)})


def _values(name: bytes, value: bytes) -> bytes:
    """What may be secret of a header; a referring page often has the same path."""
    return _BEFORE_VALUES.sub(b"", value) if name.lower() == b"referer" else value
