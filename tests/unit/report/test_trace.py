from shadow.report.trace import trace_id, trace_link

ID = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = f"00-{ID}-00f067aa0ba902b7-01".encode()


def test_a_trace_is_known_by_its_parent() -> None:
    assert trace_id(((b"Traceparent", PARENT), (b"a", b"b"))) == ID
    assert trace_id(((b"traceparent", b"'><script>"),)) is None


def test_a_trace_has_an_address_where_a_system_is_named() -> None:
    assert trace_link("https://j.example/{trace_id}?t={trace_id}", ID) == (
        f"https://j.example/{ID}?t={ID}"
    )
    assert trace_link(None, ID) == trace_link("https://j.example/{trace_id}", None) == ""
