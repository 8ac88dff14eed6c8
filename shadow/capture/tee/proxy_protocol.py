"""Who the user is, said to the primary in front of the connection: PROXY protocol, version 2.

See the specification at https://www.haproxy.org/download/3.0/doc/proxy-protocol.txt, section 2.2.
"""

import ipaddress
import struct

_SIGNATURE = b"\r\n\r\n\x00\r\nQUIT\n"
_VERSION_2_LOCAL, _VERSION_2_PROXY = 0x20, 0x21
_TCP_OVER_IPV4, _TCP_OVER_IPV6 = 0x11, 0x21

NOBODYS = _SIGNATURE + struct.pack("!BBH", _VERSION_2_LOCAL, 0, 0)
"""The header for a connection that is made for no user."""


def proxy_header(source: tuple[str, int], destination: tuple[str, int]) -> bytes:
    """The header for a TCP connection from `source` to `destination`, both address and port.

    Where one of them is IPv4 and the other IPv6, both are said as IPv6.
    """
    addresses = [ipaddress.ip_address(host.partition("%")[0]) for host, _ in (source, destination)]
    family = _TCP_OVER_IPV4
    if any(address.version == 6 for address in addresses):
        family = _TCP_OVER_IPV6
        addresses = [_as_ipv6(address) for address in addresses]
    said = b"".join(address.packed for address in addresses)
    said += struct.pack("!HH", source[1], destination[1])
    return _SIGNATURE + struct.pack("!BBH", _VERSION_2_PROXY, family, len(said)) + said


def _as_ipv6(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> ipaddress.IPv6Address:
    if isinstance(address, ipaddress.IPv6Address):
        return address
    return ipaddress.IPv6Address(b"\x00" * 10 + b"\xff\xff" + address.packed)
