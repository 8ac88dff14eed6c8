import pytest

from shadow.report.trace import trace_id

ID = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = f"00-{ID}-00f067aa0ba902b7-01".encode()


@pytest.mark.parametrize("value", [PARENT, b" " + PARENT, b"cc" + PARENT[2:] + b"-more"])
def test_a_trace_is_known_by_its_parent(value: bytes) -> None:
    assert trace_id(((b"Traceparent", value), (b"a", b"b"))) == ID


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"\xff",
        PARENT.upper(),
        PARENT[:-1],
        b"ff" + PARENT[2:],
        b"00-" + b"0" * 32 + PARENT[35:],
        PARENT.replace(b"00f067aa0ba902b7", b"0" * 16),
    ],
)
def test_what_is_no_parent_of_a_span_is_no_trace(value: bytes) -> None:
    assert trace_id(((b"traceparent", value),)) is None


def test_of_two_parents_none_is_believed() -> None:
    assert trace_id(((b"traceparent", PARENT), (b"traceparent", PARENT))) is None
    assert trace_id(()) is None
