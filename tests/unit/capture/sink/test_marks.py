import pytest

from shadow.capture.sink.marks import MirrorMarks


def host_of(host: bytes, marks: MirrorMarks | None = None) -> bytes:
    request = (marks or MirrorMarks()).taken_off("GET", b"/", [(b"Host", host)], b"")
    return request.headers[0][1]


@pytest.mark.parametrize(
    ("copy", "users"),
    [
        (b"shop.test-shadow", b"shop.test"),
        (b"shop.test-shadow:8080", b"shop.test:8080"),
        (b"[::1]-shadow", b"[::1]"),
        (b"[::1]-shadow:8080", b"[::1]:8080"),
        (b"shop-shadow-shadow", b"shop-shadow"),
        (b"shop-shadow.test", b"shop-shadow.test"),
        (b"shop.test:8080", b"shop.test:8080"),
        (b"[::1]", b"[::1]"),
        (b"", b""),
        (b":80", b":80"),
    ],
)
def test_the_suffix_of_the_host_is_taken_off_once_and_before_the_port(copy, users):
    assert host_of(copy) == users


def test_another_suffix_or_none_can_be_set():
    assert host_of(b"shop.test-copy:1", MirrorMarks(host_suffix=b"-copy")) == b"shop.test:1"
    assert host_of(b"shop.test-shadow", MirrorMarks(host_suffix=b"")) == b"shop.test-shadow"


@pytest.mark.parametrize(
    ("value", "target"), [(b"/a?b=%20", "/a?b=%20"), (b"http://evil/", "/m"), (b"", "/m")]
)
def test_only_a_path_is_taken_for_the_users_target(value, target):
    marks = MirrorMarks(target_header=b"x-original-uri")
    request = marks.taken_off("GET", b"/m", [(b"X-Original-URI", value), (b"A", b"b")], b"")
    assert (request.target, request.headers) == (target, ((b"A", b"b"),))


def test_what_envoy_adds_is_taken_off_also_where_it_has_the_users_target():
    headers = [(b"x-envoy-original-path", b"/a"), (b"X-Envoy-Peer-Metadata-Id", b"b"), (b"C", b"d")]
    request = MirrorMarks(target_header=b"x-envoy-original-path").taken_off(
        "GET", b"/m", headers, b""
    )
    assert (request.target, request.headers) == ("/a", ((b"C", b"d"),))


def test_bytes_beyond_ascii_stay_what_they_are():
    request = MirrorMarks().taken_off("GET", b"/\xff", [(b"X", b"\xfe")], b"\x00")
    assert request.target.encode("latin-1") == b"/\xff"
    assert (request.headers, request.body) == (((b"X", b"\xfe"),), b"\x00")
