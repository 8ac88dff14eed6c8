"""Protobuf by a schema: in `shadow diff`, in a worker's comparer, and where it is wrong."""

import json
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from shadow.errors import SettingsError
from shadow.model import Response
from shadow.settings import load_settings
from shadow.wiring.worker import comparer, messages
from tests.unit.diff.readers.test_protobuf import delimited, descriptor_set, imports, number, shop

SHADOW = str(Path(sys.executable).parent / "shadow")
ORDER = number(1, 7) + delimited(2, "ann")
OTHER = number(1, 7) + delimited(2, "bob")


@pytest.fixture
def schema(tmp_path: Path) -> Path:
    file = tmp_path / "shop.pb"
    file.write_bytes(descriptor_set(shop(), *imports()))
    return file


def response(body: bytes, media_type: bytes) -> Response:
    headers = ((b"content-type", media_type),)
    return Response(status=200, headers=headers, body=body, seconds=0.0)


def settings(text: str, tmp_path: Path):
    file = tmp_path / "shadow.yaml"
    file.write_text(text)
    return load_settings(file=file, environment={}, flags={})


def test_two_files_are_compared_by_the_names_of_fields(schema: Path, tmp_path: Path):
    primary, candidate = tmp_path / "p.bin", tmp_path / "c.bin"
    primary.write_bytes(ORDER)
    candidate.write_bytes(OTHER)
    told = ("--content-type", "application/x-protobuf", "--format", "json")
    named = ("--descriptor-set", schema, "--message", "shop.Order")
    command = [SHADOW, "diff", primary, candidate, *told, *named]
    done = subprocess.run(command, capture_output=True, check=False)
    assert done.returncode == 1, done.stderr
    (difference,) = json.loads(done.stdout)["differences"]
    assert (difference["location"], difference["candidate"]) == ("$.customer", '"bob"')


def test_a_message_without_a_schema_is_refused(tmp_path: Path):
    done = subprocess.run(
        [SHADOW, "diff", tmp_path, tmp_path, "--message", "a.B"], capture_output=True, check=False
    )
    assert done.returncode == 2
    assert b"--descriptor-set" in done.stderr


@pytest.mark.parametrize(
    ("media_type", "target", "framed"),
    [
        (b"application/grpc", "/shop.Orders/Get", True),
        (b"application/x-protobuf", "/orders/7?full=1", False),
    ],
)
def test_a_worker_knows_messages_by_method_and_by_settings(
    schema: Path, tmp_path: Path, media_type: bytes, target: str, framed: bool
):
    named = "messages: [{match: GET /orders/*, message: shop.Order}]"
    text = f"diff: {{descriptor_set: '{schema}', {named}}}"
    bodies = [struct.pack(">BI", 0, len(b)) + b if framed else b for b in (ORDER, OTHER)]
    replies = [response(body, media_type) for body in bodies]
    found = comparer(settings(text, tmp_path)).compare("GET", *replies, target=target)
    expected = "$[*].customer" if framed else "$.customer"
    assert [difference.location for difference in found.differences()] == [expected]


def test_a_wrong_schema_says_what_to_do(schema: Path, tmp_path: Path):
    schema.write_bytes(b"nonsense")
    with pytest.raises(SettingsError, match=r"descriptor set .*shop\.pb.*protoc"):
        messages(settings(f"diff: {{descriptor_set: '{schema}'}}", tmp_path))
    with pytest.raises(SettingsError, match="cannot be read"):
        messages(settings("diff: {descriptor_set: none.pb}", tmp_path))
    with pytest.raises(SettingsError, match=r"diff\.descriptor_set"):
        messages(settings("diff: {messages: [{match: GET /a, message: a.B}]}", tmp_path))


def test_a_message_that_the_schema_does_not_have_is_told(schema: Path, tmp_path: Path):
    text = f"diff: {{descriptor_set: '{schema}', messages: [{{match: GET /a, message: Order}}]}}"
    with pytest.raises(SettingsError, match="full name"):
        messages(settings(text, tmp_path))
