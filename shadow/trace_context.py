"""The trace that a request belongs to, as its `traceparent` says (W3C Trace Context)."""

import re
from dataclasses import dataclass

from shadow.model import Headers

_PARENT = re.compile(
    rb"(?P<version>(?!ff)[0-9a-f]{2})-(?P<trace>(?!0{32})[0-9a-f]{32})"
    rb"-(?P<span>(?!0{16})[0-9a-f]{16})-(?P<flags>[0-9a-f]{2})(?P<more>-.*)?"
)
_NAME = b"traceparent"
_FIRST_VERSION = b"00"
_SAMPLED, _RANDOM = 1, 2


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceParent:
    """A span that others are beneath: 32 and 16 hexadecimal digits, and flags of version 00."""

    trace_id: str
    span_id: str
    flags: int

    @property
    def is_sampled(self) -> bool:
        """Whether whoever began the trace keeps it."""
        return bool(self.flags & _SAMPLED)


def trace_parent(headers: Headers) -> TraceParent | None:
    """Return the span that a request comes from; None without exactly one that is valid."""
    values = [value for name, value in headers if name.lower() == _NAME]
    found = _PARENT.fullmatch(values[0].strip()) if len(values) == 1 else None
    if found is None or (found["version"] == _FIRST_VERSION and found["more"]):
        return None
    return TraceParent(
        trace_id=found["trace"].decode(),
        span_id=found["span"].decode(),
        flags=int(found["flags"], 16) & (_SAMPLED | _RANDOM),
    )


def with_parent(headers: Headers, parent: TraceParent) -> Headers:
    """Return the same headers with another span in the `traceparent` that they have."""
    text = f"00-{parent.trace_id}-{parent.span_id}-{parent.flags:02x}".encode()
    return tuple((name, text if name.lower() == _NAME else value) for name, value in headers)
