import base64
import gzip
import json
import pickle
import struct
import zlib
from decimal import Decimal

import pytest
import zstandard
from google.protobuf import any_pb2, descriptor_pb2, duration_pb2, timestamp_pb2

from shadow.diff.readers.content import Content, TooLargeToReadError, UnreadableError
from shadow.diff.readers.protobuf import ProtobufSchema, read_grpc, read_protobuf

FIELD = descriptor_pb2.FieldDescriptorProto
ORDER = "shop.Order"


def add(message, number, name, sort, *, repeated=False, type_name=None):
    label = FIELD.LABEL_REPEATED if repeated else FIELD.LABEL_OPTIONAL
    message.field.add(number=number, name=name, type=sort, label=label, type_name=type_name)


def shop() -> descriptor_pb2.FileDescriptorProto:
    file = descriptor_pb2.FileDescriptorProto(name="shop.proto", package="shop", syntax="proto3")
    file.dependency.extend(f"google/protobuf/{name}.proto" for name in ("timestamp", "any"))
    file.dependency.append("google/protobuf/duration.proto")
    order = file.message_type.add(name="Order")
    add(order, 1, "id", FIELD.TYPE_INT64)
    add(order, 2, "customer", FIELD.TYPE_STRING)
    add(order, 3, "lines", FIELD.TYPE_MESSAGE, repeated=True, type_name=".shop.Line")
    add(order, 4, "state", FIELD.TYPE_ENUM, type_name=".shop.State")
    add(order, 5, "stock", FIELD.TYPE_MESSAGE, repeated=True, type_name=".shop.Order.StockEntry")
    add(order, 6, "scores", FIELD.TYPE_DOUBLE, repeated=True)
    add(order, 7, "photo", FIELD.TYPE_BYTES)
    add(order, 8, "at", FIELD.TYPE_MESSAGE, type_name=".google.protobuf.Timestamp")
    add(order, 9, "details", FIELD.TYPE_MESSAGE, type_name=".google.protobuf.Any")
    add(order, 10, "paid", FIELD.TYPE_BOOL)
    add(order, 11, "numbers", FIELD.TYPE_INT32, repeated=True)
    add(order, 12, "took", FIELD.TYPE_MESSAGE, type_name=".google.protobuf.Duration")
    add(order, 13, "parent", FIELD.TYPE_MESSAGE, type_name=".shop.Order")
    entry = order.nested_type.add(name="StockEntry")
    entry.options.map_entry = True
    add(entry, 1, "key", FIELD.TYPE_STRING)
    add(entry, 2, "value", FIELD.TYPE_UINT64)
    line = file.message_type.add(name="Line")
    add(line, 1, "sku", FIELD.TYPE_STRING)
    state = file.enum_type.add(name="State")
    state.value.add(name="OPEN", number=0)
    state.value.add(name="SHIPPED", number=1)
    service = file.service.add(name="Orders")
    service.method.add(name="Get", input_type=".shop.Line", output_type=".shop.Order")
    return file


def imports():
    for module in (timestamp_pb2, any_pb2, duration_pb2):
        file = descriptor_pb2.FileDescriptorProto()
        module.DESCRIPTOR.CopyToProto(file)
        yield file


def descriptor_set(*files) -> bytes:
    return descriptor_pb2.FileDescriptorSet(file=files).SerializeToString()


SCHEMA = ProtobufSchema.of(descriptor_set(shop(), *imports()))


def varint(number: int) -> bytes:
    digits = bytearray()
    while number > 0x7F:
        digits.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*digits, number])


def number(field: int, value: int) -> bytes:
    return varint(field << 3) + varint(value)


def delimited(field: int, value: bytes | str) -> bytes:
    content = value.encode() if isinstance(value, str) else value
    return varint(field << 3 | 2) + varint(len(content)) + content


def read(body: bytes, **parameters: str):
    return read_protobuf(Content(body=body, parameters=parameters))


def order(body: bytes):
    return read_protobuf(Content(body=body), SCHEMA, ORDER)


def test_fields_have_their_numbers():
    body = number(1, 150) + delimited(2, "abc") + b"\x19" + bytes(8) + b"\x25" + bytes(4)
    assert read(body) == {
        "field1": [150],
        "field2": ["abc"],
        "field3": [{"fixed64": "0" * 16}],
        "field4": [{"fixed32": "0" * 8}],
    }


def test_the_order_of_different_fields_means_nothing_and_of_repeated_ones_much():
    assert read(number(1, 1) + number(2, 2)) == read(number(2, 2) + number(1, 1))
    assert read(number(1, 1) + number(1, 2)) != read(number(1, 2) + number(1, 1))


def test_each_digit_counts():
    assert read(number(1, 2**64 - 1)) == {"field1": [18446744073709551615]}


@pytest.mark.parametrize(
    ("content", "value"),
    [
        ("", ""),
        ("Größe", "Größe"),
        ("a zero\u200bwidth", "a zero\u200bwidth"),
        (number(1, 1), {"field1": [1]}),
        (delimited(1, "x" * 32), {"field1": ["x" * 32]}),
        ("\nnew line", "\nnew line"),
        (b"\x00\xff", {"bytes": "00ff"}),
        (b"\x01", {"bytes": "01"}),
        (delimited(1, number(2, 3)), {"field1": [{"field2": [3]}]}),
    ],
)
def test_what_has_a_length_is_a_text_a_message_or_bytes(content, value):
    assert read(delimited(1, content)) == {"field1": [value]}


def test_long_bytes_are_length_and_digest():
    (value,) = read(delimited(1, b"\xff" * 2_000))["field1"]
    assert value["bytes"].startswith("2,000 bytes sha256:")


def test_a_guess_never_loses_how_something_was_written():
    first, second = number(1, 1) + number(2, 2), number(2, 2) + number(1, 1)
    assert read(delimited(9, second)) == {
        "field9": [{"field1": [1], "field2": [2], "order": [2, 1]}]
    }
    assert read(delimited(9, first)) != read(delimited(9, second))
    assert read(delimited(9, b"\x08\x80\x00")) == {"field9": [{"bytes": "088000"}]}
    assert read(b"\x08\x80\x00") == read(b"\x08\x00")


@pytest.mark.parametrize(
    "body",
    [
        *(b"\x08", b"\x12\x05a", b"\x19\x00", b"\x00\x00", b"\x0b\x0c", b"\x0f", b"\xff" * 11),
        b"\xff" * 9 + b"\x01\x00",
        b"\x08" + b"\xff" * 9 + b"\x7f",
    ],
)
def test_what_is_no_message_is_unreadable(body):
    with pytest.raises(UnreadableError):
        read(body)


def test_there_is_an_end_to_depth_and_to_fields():
    body = b"\x01"
    for _ in range(10_000):
        body = delimited(1, body)
    assert "bytes" in json.dumps(read(body))
    with pytest.raises(TooLargeToReadError, match="more than 500,000 protobuf fields"):
        read(number(1, 1) * 500_001)


def test_a_stream_of_messages_is_a_list():
    body = varint(2) + number(1, 1) + varint(2) + number(1, 2)
    assert read(body, encoding="delimited") == [{"field1": [1]}, {"field1": [2]}]
    with pytest.raises(UnreadableError, match="cut short"):
        read(body[:-1], encoding="delimited")


def test_a_schema_gives_fields_their_names():
    stock = delimited(1, "A1") + number(2, 2**64 - 1)
    body = b"".join(
        [
            number(1, 2**63 - 1) + delimited(2, "ann") + delimited(3, delimited(1, "A1")),
            number(4, 1) + delimited(5, stock) + delimited(6, struct.pack("<2d", 0.1, 1e300)),
            delimited(7, b"\x00\xff") + delimited(8, number(1, 1_769_860_800)),
            number(10, 1) + delimited(12, number(1, 3) + number(2, 500_000_000)),
        ]
    )
    assert order(body) == {
        "id": 9223372036854775807,
        "customer": "ann",
        "lines": [{"sku": "A1"}],
        "state": "SHIPPED",
        "stock": {"A1": 18446744073709551615},
        "scores": [0.1, 1e300],
        "photo": base64.b64encode(b"\x00\xff").decode(),
        "at": "2026-01-31T12:00:00Z",
        "paid": True,
        "took": "3.500s",
    }


def test_what_protobuf_takes_for_one_message_is_one():
    packed, apart = delimited(11, b"\x01\x02"), number(11, 1) + number(11, 2)
    assert order(packed) == order(apart) == {"numbers": [1, 2]}
    assert order(number(1, 0)) == order(b"") == {}
    first, second = delimited(5, delimited(1, "a")), delimited(5, delimited(1, "b"))
    assert order(first + second) == order(second + first) == {"stock": {"a": 0, "b": 0}}


def test_numbers_that_are_none_are_kept():
    read = order(delimited(6, struct.pack("<2d", float("nan"), float("-inf"))))
    assert [str(score) for score in read["scores"]] == ["NaN", "-Infinity"]
    assert all(isinstance(score, Decimal) for score in read["scores"])


def test_what_the_schema_does_not_know_is_there_by_its_number():
    body = number(4, 7) + number(99, 1) + delimited(98, "new") + b"\xcd\x06" + bytes(4)
    assert order(body) == {
        "state": 7,
        "field99": [1],
        "field98": ["new"],
        "field105": [{"fixed32": "00000000"}],
    }


def test_a_moment_that_is_out_of_range_is_shown_as_it_is():
    assert order(delimited(8, number(2, 2_000_000_000))) == {"at": {"nanos": 2_000_000_000}}
    assert order(delimited(8, number(3, 1))) == {"at": {"field3": [1]}}


def test_an_any_is_read_where_its_type_is_known():
    known = delimited(1, "x/shop.Line") + delimited(2, delimited(1, "A1"))
    assert order(delimited(9, known)) == {
        "details": {"type_url": "x/shop.Line", "value": {"sku": "A1"}}
    }
    for other in (
        delimited(1, "x/no.Such") + delimited(2, "abc"),
        delimited(1, "x/shop.Line") + delimited(2, b"\xff"),
    ):
        assert isinstance(order(delimited(9, other))["details"]["value"], str)


@pytest.mark.parametrize("body", [b"\xff", delimited(2, b"\xff"), number(1, 1)[:1]])
def test_what_is_no_message_of_the_schema_is_unreadable(body):
    with pytest.raises(UnreadableError):
        order(body)


def test_there_is_an_end_to_what_a_schema_can_nest():
    body = b""
    for _ in range(300):
        body = delimited(9, delimited(1, "x/shop.Order") + delimited(2, body))
    with pytest.raises(TooLargeToReadError, match="deep"):
        order(body)


def test_the_message_may_be_named_by_the_content_type():
    content = Content(body=delimited(1, "A1"), parameters={"proto": "shop.Line"})
    assert read_protobuf(content, SCHEMA) == {"sku": "A1"}
    unknown = Content(body=delimited(1, "A1"), parameters={"proto": "shop.No"})
    assert read_protobuf(unknown, SCHEMA) == {"field1": ["A1"]}


def test_a_schema_knows_messages_and_what_methods_answer_with():
    assert SCHEMA.knows(ORDER)
    assert not SCHEMA.knows("shop.No")
    assert SCHEMA.reply_of("/shop.Orders/Get") == ORDER
    assert SCHEMA.reply_of("/shop.Orders/No") is None


def test_a_schema_can_go_to_another_process():
    again = pickle.loads(pickle.dumps(SCHEMA))
    assert again.read is not None
    assert read_protobuf(Content(body=number(10, 1)), again, ORDER) == {"paid": True}


@pytest.mark.parametrize(
    "given", [b"", b'syntax = "proto3";', b"\xff", descriptor_set(shop())], ids=range(4)
)
def test_what_is_no_schema_says_how_to_make_one(given):
    with pytest.raises(ValueError, match="protoc --include_imports --descriptor_set_out"):
        ProtobufSchema.of(given)


def frame(payload: bytes, flags: int = 0) -> bytes:
    return struct.pack(">BI", flags, len(payload)) + payload


def grpc(body: bytes, media_type: str = "application/grpc", encoding: str | None = None):
    return read_grpc(Content(body=body, media_type=media_type), SCHEMA, "shop.Line", encoding)


A1, B2 = delimited(1, "A1"), delimited(1, "B2")


def test_each_frame_is_a_message():
    assert grpc(frame(A1) + frame(b"") + frame(B2)) == [{"sku": "A1"}, {}, {"sku": "B2"}]
    assert read_grpc(Content(body=frame(A1))) == [{"field1": ["A1"]}]


@pytest.mark.parametrize(
    ("encoding", "compress"),
    [
        ("gzip", gzip.compress),
        ("deflate", zlib.compress),
        ("zstd", zstandard.ZstdCompressor().compress),
    ],
)
def test_compressed_frames_are_read(encoding, compress):
    body = frame(compress(A1), 1) + frame(B2)
    assert grpc(body, encoding=encoding) == grpc(body) == [{"sku": "A1"}, {"sku": "B2"}]


def test_trailers_of_grpc_web_are_headers():
    trailers = frame(b"grpc-status:0\r\nGrpc-Message: fine\r\nx:1\r\nx:2\r\n", 0x80)
    assert grpc(frame(A1) + trailers, "application/grpc-web+proto") == [
        {"sku": "A1"},
        {"@trailers": {"grpc-status": ["0"], "grpc-message": ["fine"], "x": ["1", "2"]}},
    ]


def test_grpc_web_in_base64_is_read_piece_by_piece():
    body = base64.b64encode(frame(A1)) + base64.b64encode(frame(b"grpc-status:0\r\n", 0x80))
    assert grpc(body, "application/grpc-web-text") == [
        {"sku": "A1"},
        {"@trailers": {"grpc-status": ["0"]}},
    ]
    for broken in (b"AAA", b"AA=A", b"AAAA\n"):
        with pytest.raises(UnreadableError, match="no base64"):
            grpc(broken, "application/grpc-web-text")


def test_json_in_frames_is_json():
    body = frame(b'{"sku": "A1"}') + frame(b'{"metadata": {}}', 2)
    assert grpc(body, "application/connect+json") == [{"sku": "A1"}, {"@end": {"metadata": {}}}]


@pytest.mark.parametrize(
    "body",
    [
        frame(A1)[:-1],
        frame(A1) + b"\0\0",
        frame(A1, 4),
        frame(b"no gzip", 1),
        frame(gzip.compress(A1)[:-3], 1),
        frame(b"no colon", 0x80),
    ],
    ids=range(6),
)
def test_what_are_no_frames_is_unreadable(body):
    with pytest.raises(UnreadableError):
        grpc(body)


def test_frames_can_be_no_bomb():
    bomb = frame(gzip.compress(delimited(1, bytes(9_000_000)), 1), 1)
    with pytest.raises(TooLargeToReadError):
        read_grpc(Content(body=bomb * 2))
    with pytest.raises(TooLargeToReadError, match="more than 200,000 gRPC frames"):
        grpc(frame(b"") * 200_001)
