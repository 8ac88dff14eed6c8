"""The primary is told who the user is, in front of each connection."""

import socket
import struct

from tests.integration.capture.live import live_process
from tests.integration.capture.peers import Connection, get, primary, user, whole


async def test_header_stands_before_all_that_the_user_says() -> None:
    headers: list[bytes] = []

    async def behave(peer: Connection) -> None:
        headers.append(await peer.reader.readexactly(28))
        await peer.request()
        await peer.send(whole(b"ok"))

    with live_process(proxy_protocol=True) as live:
        async with (
            primary(live.primary_port, behave) as asked,
            user(live.port) as (reader, writer),
        ):
            own = writer.get_extra_info("sockname")
            writer.write(get())
            assert await reader.read() == whole(b"ok")
    (header,) = headers
    assert header[:16] == b"\r\n\r\n\x00\r\nQUIT\n\x21\x11\x00\x0c"
    source, destination, *ports = struct.unpack("!4s4sHH", header[16:])
    assert (socket.inet_ntoa(source), ports[0]) == own
    assert (socket.inet_ntoa(destination), ports[1]) == ("127.0.0.1", live.port)
    assert asked.requests == [get()]
