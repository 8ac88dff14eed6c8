"""PROXY protocol, version 2, as its specification has it."""

from shadow.capture.tee.proxy_protocol import NOBODYS, proxy_header

SIGNATURE = bytes.fromhex("0d0a0d0a000d0a515549540a")


def test_ipv4() -> None:
    header = proxy_header(("192.0.2.7", 40000), ("198.51.100.1", 443))
    assert header == SIGNATURE + bytes.fromhex("2111000cc0000207c63364019c4001bb")


def test_ipv6_without_its_scope() -> None:
    header = proxy_header(("fe80::1%eth0", 1), ("2001:db8::2", 2))
    assert header[12:16] == bytes.fromhex("21210024")
    assert header[16:32] == bytes.fromhex("fe800000000000000000000000000001")
    assert header[48:] == bytes.fromhex("00010002")


def test_ipv4_to_ipv6_is_said_as_ipv6() -> None:
    header = proxy_header(("192.0.2.7", 1), ("::1", 2))
    assert header[16:32] == bytes.fromhex("00000000000000000000ffffc0000207")


def test_connection_for_nobody() -> None:
    assert SIGNATURE + bytes.fromhex("20000000") == NOBODYS
