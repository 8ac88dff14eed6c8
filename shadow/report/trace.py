"""The trace that a request belonged to, as its `traceparent` says (W3C Trace Context)."""

import re

from shadow.model import Headers

_PARENT = re.compile(
    rb"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?:-.*)?"
)
_NAME = b"traceparent"


def trace_id(headers: Headers) -> str | None:
    """Return the trace's id, 32 hexadecimal digits; None without exactly one that is valid.

    The copies for candidate and secondary bear it too, so it leads to the spans of all sides.
    """
    values = [value for name, value in headers if name.lower() == _NAME]
    found = _PARENT.fullmatch(values[0].strip()) if len(values) == 1 else None
    return found[1].decode() if found else None
