import struct
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from shadow.model import DeliveryId, Exchange, LiveCounts, Outcome, OutcomeKey, Request, Response
from shadow.queue.codec import (
    DELIVERIES,
    EXCHANGE,
    HELLO,
    LIVE_COUNTS,
    SETTLED,
    VERSION,
    CodecError,
    Wire,
    exchange_parts,
)
from shadow.queue.delivery import Delivery
from shadow.queue.messages import Deliveries, HandedOver, Hello, Settled

WIRES = (DELIVERIES, EXCHANGE, HELLO, LIVE_COUNTS, SETTLED)

_headers = st.lists(st.tuples(st.binary(), st.binary()), max_size=8).map(tuple)
_seconds = st.floats(allow_nan=False)
_texts = st.text(st.characters(exclude_categories=["Cs"]))
_latin = st.text(st.characters(max_codepoint=255))
_numbers = st.integers(min_value=-(2**63), max_value=2**63 - 1)
_requests = st.builds(
    Request, method=_latin, target=_latin, headers=_headers, body=st.binary(max_size=4096)
)
_responses = st.builds(
    Response, status=_numbers, headers=_headers, body=st.binary(max_size=4096), seconds=_seconds
)
_exchanges = st.builds(
    Exchange,
    id=_texts,
    captured_at=_seconds,
    request=_requests,
    primary=st.none() | _responses,
)
_ids = st.builds(DeliveryId, line=_texts, number=_numbers)
_deliveries = st.builds(
    Delivery, id=_ids, message=st.binary(), earlier=st.lists(_ids, max_size=4).map(tuple)
)
_keys = st.builds(OutcomeKey, outcome=st.sampled_from(Outcome), reason=_texts)
_counts = st.builds(
    LiveCounts,
    source=_texts,
    captured=_numbers,
    outcomes=st.lists(st.tuples(_keys, _numbers), max_size=8).map(tuple),
)


@given(_exchanges)
def test_an_exchange_comes_back_as_it_went(exchange: Exchange) -> None:
    assert EXCHANGE.decode(EXCHANGE.encode(exchange)) == exchange


@given(_exchanges, st.none() | st.integers(0, 200_000))
def test_an_exchange_comes_back_from_its_parts(exchange: Exchange, body_bytes: int | None) -> None:
    if exchange.primary is not None and body_bytes is not None:
        long = structs.replace(exchange.primary, body=bytes(body_bytes))
        exchange = structs.replace(exchange, primary=long)
    assert EXCHANGE.decode(b"".join(exchange_parts(exchange))) == exchange


def test_a_long_body_is_left_where_it_is() -> None:
    request = Request(method="GET", target="/", headers=())
    primary = Response(status=200, headers=(), seconds=0.0, body=bytes(20_000))
    exchange = Exchange(id="1", captured_at=0.0, request=request, primary=primary)
    assert exchange_parts(exchange)[-1] is primary.body


@given(_deliveries)
def test_a_delivery_comes_back_as_it_went(delivery: Delivery) -> None:
    one = HandedOver(delivery.id.number, len(delivery.message), delivery.earlier)
    message = Deliveries(delivery.id.line, (one, one))
    assert DELIVERIES.decode(DELIVERIES.encode(message)) == message


@given(_counts)
def test_live_counts_come_back_as_they_went(counts: LiveCounts) -> None:
    assert LIVE_COUNTS.decode(LIVE_COUNTS.encode(counts)) == counts


@given(_counts)
def test_live_counts_come_back_from_plain_values(counts: LiveCounts) -> None:
    assert LIVE_COUNTS.from_builtins(LIVE_COUNTS.as_builtins(counts)) == counts


@given(_texts, st.lists(_numbers).map(tuple))
def test_what_is_settled_comes_back_as_it_went(line: str, numbers: tuple[int, ...]) -> None:
    message = Settled(line, numbers)
    assert SETTLED.decode(SETTLED.encode(message)) == message


def test_plain_values_that_are_no_live_counts_are_refused() -> None:
    with pytest.raises(CodecError, match="LiveCounts"):
        LIVE_COUNTS.from_builtins({"source": "a"})


@pytest.mark.parametrize("version", [VERSION + 1, 0, 255])
def test_a_message_of_another_version_is_refused(version: int) -> None:
    message = HELLO.encode(Hello(worker="w"))
    with pytest.raises(CodecError, match="version"):
        HELLO.decode(bytes((version,)) + message[1:])


def test_an_empty_message_is_refused() -> None:
    with pytest.raises(CodecError):
        HELLO.decode(b"")


@given(st.sampled_from(WIRES), st.binary())
def test_any_bytes_are_a_message_or_refused(wire: Wire[object], data: bytes) -> None:
    _decodes_or_refuses(wire, bytes((VERSION,)) + data)


@given(_exchanges, st.data())
def test_an_exchange_with_damaged_bytes_is_an_exchange_or_refused(
    exchange: Exchange, data: st.DataObject
) -> None:
    message = bytearray(EXCHANGE.encode(exchange))
    for place in data.draw(st.lists(st.integers(1, len(message) - 1), max_size=4)):
        message[place] = data.draw(st.integers(0, 255))
    _decodes_or_refuses(EXCHANGE, bytes(message))


@given(_exchanges, st.data())
def test_an_exchange_cut_short_is_refused(exchange: Exchange, data: st.DataObject) -> None:
    message = EXCHANGE.encode(exchange)
    with pytest.raises(CodecError):
        EXCHANGE.decode(message[: data.draw(st.integers(0, len(message) - 1))])


def test_text_that_is_not_utf_8_is_refused() -> None:
    with pytest.raises(CodecError):
        HELLO.decode(bytes((VERSION,)) + b"\x81\xa6worker\xa2\xff\xff")


def test_values_nested_without_end_are_refused() -> None:
    deep = b"\x91" * (sys.getrecursionlimit() * 100)
    with pytest.raises(CodecError):
        HELLO.decode(bytes((VERSION,)) + b"\x82\xa1x" + deep)


@pytest.mark.parametrize("kind", [b"\xdd", b"\xdb", b"\xc6", b"\xdf"])
def test_a_size_that_is_not_there_is_refused_before_room_is_made_for_it(kind: bytes) -> None:
    claim = b"\x92\xa1x" + kind + struct.pack(">I", 2**32 - 1)
    with pytest.raises(CodecError):
        SETTLED.decode(bytes((VERSION,)) + claim)


def test_what_follows_a_message_is_refused() -> None:
    with pytest.raises(CodecError):
        HELLO.decode(HELLO.encode(Hello(worker="w")) + b"\x01")


def _decodes_or_refuses[T](wire: Wire[T], data: bytes) -> None:
    try:
        wire.decode(data)
    except CodecError:
        return
