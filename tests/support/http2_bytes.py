"""HTTP/2 as bytes, written by a library other than what reads it: frames by hyperframe."""

from collections.abc import Iterable

from hpack import Encoder
from hyperframe.frame import (
    ContinuationFrame,
    DataFrame,
    Frame,
    GoAwayFrame,
    HeadersFrame,
    PushPromiseFrame,
    RstStreamFrame,
    SettingsFrame,
)

type Fields = Iterable[tuple[str, str]]

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
SETTINGS = SettingsFrame(0).serialize()
ACK = SettingsFrame(0, flags=["ACK"]).serialize()


class Speaker:
    """One side; its header table is kept from block to block."""

    def __init__(self) -> None:
        self.encoder = Encoder()

    def headers(
        self, stream: int, fields: Fields, *, ends: bool = False, pieces: int = 1, padding: int = 0
    ) -> bytes:
        """A head in as many frames."""
        block = self.encoder.encode(list(fields))
        size = -(-len(block) // pieces)
        parts = [block[at : at + size] for at in range(0, len(block), size)]
        first = HeadersFrame(stream, parts[0], flags=["END_STREAM"] if ends else [])
        if padding:
            first.pad_length = padding
            first.flags.add("PADDED")
        frames: list[Frame] = [first, *(ContinuationFrame(stream, part) for part in parts[1:])]
        frames[-1].flags.add("END_HEADERS")
        return b"".join(frame.serialize() for frame in frames)

    def get(self, stream: int, path: str, *more: tuple[str, str], method: str = "GET") -> bytes:
        return self.headers(stream, [*asks(path, method), *more], ends=True)

    def post(self, stream: int, path: str, *more: tuple[str, str]) -> bytes:
        """The head of an upload."""
        return self.headers(stream, [*asks(path, "POST"), *more])

    def says(self, stream: int, *more: tuple[str, str], ends: bool = False) -> bytes:
        """The head of an answer."""
        return self.headers(stream, [(":status", "200"), *more], ends=ends)

    def promises(self, stream: int, promised: int, path: str) -> bytes:
        block = self.encoder.encode(asks(path, "GET"))
        frame = PushPromiseFrame(stream, promised, block, flags=["END_HEADERS"])
        return frame.serialize()


def asks(path: str, method: str) -> list[tuple[str, str]]:
    return [(":method", method), (":scheme", "http"), (":authority", "x"), (":path", path)]


def data(stream: int, content: bytes, *, ends: bool = False, padding: int | None = None) -> bytes:
    frame = DataFrame(stream, content, flags=["END_STREAM"] if ends else [])
    if padding is not None:
        frame.pad_length = padding
        frame.flags.add("PADDED")
    return frame.serialize()


def reset(stream: int, code: int = 8) -> bytes:
    return RstStreamFrame(stream, code).serialize()


def goes_away(last: int, code: int = 0) -> bytes:
    return GoAwayFrame(0, last, code, b"because").serialize()


def settings(table_size: int) -> bytes:
    return SettingsFrame(0, {SettingsFrame.HEADER_TABLE_SIZE: table_size}).serialize()


def frame(kind: int, stream: int, payload: bytes = b"", flags: int = 0) -> bytes:
    """Any frame, whether it may be or not."""
    head = len(payload).to_bytes(3) + bytes([kind, flags]) + stream.to_bytes(4)
    return head + payload
