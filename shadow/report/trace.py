"""Where the trace that an example's request belonged to is shown."""

from shadow.model import Headers
from shadow.trace_context import trace_parent

TRACE_ID = "{trace_id}"
"""What the address of a tracing system has in the place of a trace's id."""


def trace_id(headers: Headers) -> str | None:
    """Return the trace's id, 32 hexadecimal digits; None without exactly one that is valid.

    The copies for candidate and secondary bear it too, so it leads to the spans of all sides.
    """
    parent = trace_parent(headers)
    return parent.trace_id if parent else None


def trace_link(trace_url: str | None, trace: str | None) -> str:
    """Return the address of a trace; empty where there is none, or no system is named."""
    return trace_url.replace(TRACE_ID, trace) if trace_url and trace else ""
