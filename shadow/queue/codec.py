"""The messages between a live process and its workers, in one versioned encoding.

A message is one version byte, then MessagePack. Both ends are ours, yet what is inside was
written by users and servers: decoding is strict and typed, and a message of another version is
refused.
"""

from struct import Struct as Layout

import msgspec
from msgspec import structs

from shadow.model import Exchange, LiveCounts
from shadow.queue.messages import Busy, Deliveries, Hello, Rest, Settled

VERSION = 1
_VERSION_BYTE = bytes((VERSION,))

_LONG_BODY_BYTES = 4096
_EMPTY_BODY = b"\xc4\x00"
_BODY = Layout(">BI")
_BODY_OF_32_BITS = 0xC6


class CodecError(ValueError):
    """A message that is damaged or of another version; both ends must run the same Shadow."""


class Wire[T]:
    """Encodes and decodes one type of message."""

    def __init__(self, kind: type[T]) -> None:
        self._encoder = msgspec.msgpack.Encoder()
        self._decoder = msgspec.msgpack.Decoder(kind)
        self._kind = kind

    def encode(self, message: T) -> bytes:
        """Return the message as bytes."""
        return _VERSION_BYTE + self._encoder.encode(message)

    def decode(self, data: bytes | memoryview) -> T:
        """Return the message; raises `CodecError` when it is not one of ours."""
        if not data or data[0] != VERSION:
            raise CodecError(f"not a version {VERSION} message of Shadow")
        try:
            return self._decoder.decode(memoryview(data)[1:])
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise CodecError(f"not a {self._kind.__name__}: {error}") from None

    def as_builtins(self, message: T) -> object:
        """Return the message as plain JSON values, for where a person or a pipe reads it."""
        return msgspec.to_builtins(message)

    def from_builtins(self, values: object) -> T:
        """Return the message that `as_builtins` gave; raises `CodecError` when it is none."""
        try:
            return msgspec.convert(values, self._kind)
        except msgspec.MsgspecError as error:
            raise CodecError(f"not a {self._kind.__name__}: {error}") from None


EXCHANGE = Wire(Exchange)
DELIVERIES = Wire(Deliveries)
LIVE_COUNTS = Wire(LiveCounts)
HELLO = Wire(Hello)
SETTLED = Wire(Settled)
REST = Wire(Rest)
BUSY = Wire(Busy)


def exchange_parts(exchange: Exchange) -> tuple[bytes, bytes]:
    """The message of an exchange, and a long body of its answer, which is the message's end.

    It comes last in the message, as `primary` is an exchange's last field and `body` an answer's.
    """
    primary = exchange.primary
    if primary is None or len(primary.body) < _LONG_BODY_BYTES:
        return EXCHANGE.encode(exchange), b""
    bodiless = structs.replace(primary, body=b"")
    message = EXCHANGE.encode(structs.replace(exchange, primary=bodiless))
    body = _BODY.pack(_BODY_OF_32_BITS, len(primary.body))
    return message.removesuffix(_EMPTY_BODY) + body, primary.body
