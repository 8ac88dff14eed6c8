import pytest

from shadow.trace_context import TraceParent, trace_parent, with_parent

ID = "4bf92f3577b34da6a3ce929d0e0e4736"
VALUE = f"00-{ID}-00f067aa0ba902b7-01".encode()
PARENT = TraceParent(trace_id=ID, span_id="00f067aa0ba902b7", flags=1)


@pytest.mark.parametrize("value", [VALUE, b" " + VALUE, b"cc" + VALUE[2:] + b"-more"])
def test_a_parent_is_read_whatever_its_version_adds(value: bytes) -> None:
    assert trace_parent(((b"Traceparent", value), (b"a", b"b"))) == PARENT


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"\xff",
        VALUE.upper(),
        VALUE[:-1],
        VALUE + b"-more",
        VALUE + b"\n",
        b"ff" + VALUE[2:],
        b"00-" + b"0" * 32 + VALUE[35:],
        VALUE.replace(b"00f067aa0ba902b7", b"0" * 16),
        VALUE + b"0" * 100_000,
    ],
)
def test_what_is_no_parent_is_none(value: bytes) -> None:
    assert trace_parent(((b"traceparent", value + b"x" * value.endswith(b"\n")),)) is None


def test_of_two_parents_none_is_believed() -> None:
    assert trace_parent(((b"traceparent", VALUE), (b"TraceParent", VALUE))) is None
    assert trace_parent(()) is None


@pytest.mark.parametrize(("flags", "sampled"), [("00", False), ("01", True), ("fe", False)])
def test_the_first_flag_says_whether_a_trace_is_kept(flags: str, *, sampled: bool) -> None:
    parent = trace_parent(((b"traceparent", VALUE[:-2] + flags.encode()),))
    assert parent is not None
    assert parent.is_sampled == sampled


def test_another_parent_stands_where_the_first_was_and_nothing_else_changes() -> None:
    headers = ((b"host", b"shop"), (b"TraceParent", b"cc" + VALUE[2:-2] + b"ff-x"), (b"z", b"\xff"))
    parent = trace_parent(headers)
    assert parent is not None
    other = TraceParent(trace_id=parent.trace_id, span_id="0123456789abcdef", flags=parent.flags)
    written = f"00-{ID}-0123456789abcdef-03".encode()
    assert with_parent(headers, other) == (headers[0], (b"TraceParent", written), headers[2])
    assert with_parent(headers[:1], other) == headers[:1]
