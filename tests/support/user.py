"""A user who looks at every byte: raw requests over kept connections."""

import socket
import ssl
from typing import Self


class User:
    """One connection to a server, asked again and again; close it, or use `with`."""

    def __init__(self, base_url: str, tls: ssl.SSLContext | None = None) -> None:
        host, _, port = base_url.partition("://")[2].partition(":")
        self._address = (host, int(port))
        self._tls = tls
        self._socket: socket.socket | None = None

    def get(self, path: str, *headers: str, method: str = "GET") -> bytes:
        """The whole answer as it came: status line, headers, body by Content-Length."""
        self.send(path, *headers, method=method)
        return self._read(self._connected())

    def send(self, path: str, *headers: str, method: str = "GET") -> None:
        """Ask, and do not wait for the answer."""
        lines = (f"{method} {path} HTTP/1.1", "Host: shop.test", *headers, "", "")
        self._connected().sendall("\r\n".join(lines).encode("latin-1"))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _connected(self) -> socket.socket:
        if self._socket is None:
            self._socket = socket.create_connection(self._address, timeout=60)
            if self._tls is not None:
                self._socket = self._tls.wrap_socket(self._socket, server_hostname=self._address[0])
        return self._socket

    def _read(self, connection: socket.socket) -> bytes:
        raw = b""
        while b"\r\n\r\n" not in raw:
            raw += self._more(connection)
        head, _, body = raw.partition(b"\r\n\r\n")
        length = next(
            int(line.split(b":")[1])
            for line in head.split(b"\r\n")
            if line.lower().startswith(b"content-length:")
        )
        while len(body) < length:
            body += self._more(connection)
        return head + b"\r\n\r\n" + body

    def _more(self, connection: socket.socket) -> bytes:
        chunk = connection.recv(65536)
        if not chunk:
            raise ConnectionError("the server closed inside an answer")
        return chunk


def same_answers(
    direct: str,
    through: str,
    number: int,
    prefix: str = "/items/",
    tls: ssl.SSLContext | None = None,
) -> int:
    """Ask both the same and count the answers that are the same byte for byte."""
    with User(direct, tls) as one, User(through, tls) as other:
        paths = [f"{prefix}{n}" for n in range(number)]
        return sum(one.get(path) == other.get(path) for path in paths)
