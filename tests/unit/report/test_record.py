import json
import zlib
from dataclasses import replace
from random import Random

import pytest
from msgspec import structs

from shadow.report.json import verdict_as_json
from shadow.report.record import read_record, record_of
from tests.unit.report.test_json import TOTAL, example, finding, verdict


def test_a_record_is_the_document_that_the_gate_prints() -> None:
    examples = {TOTAL: example()}
    record = record_of(verdict(), examples)
    printed = json.loads(verdict_as_json(replace(verdict(), id=record.id), examples))
    assert json.loads(read_record(record.content, record.id)) == printed


def test_the_same_verdict_has_the_same_id_and_another_has_another() -> None:
    later = replace(verdict(), decided_at=1_800_000_001.0)
    ids = [record_of(each, {}).id for each in (verdict(), verdict(), later)]
    assert ids[0] == ids[1] != ids[2]
    assert len(ids[0]) == 32


def test_a_record_that_was_changed_is_not_read() -> None:
    record = record_of(verdict(), {})
    forged = zlib.compress(zlib.decompress(record.content).replace(b"FAIL", b"PASS"))
    with pytest.raises(ValueError, match="is not what it was"):
        read_record(forged, record.id)
    with pytest.raises(ValueError, match="cannot be read"):
        read_record(b"garbage", record.id)


def test_examples_go_first_where_a_record_would_be_too_large() -> None:
    body = bytes(Random(7).choices(range(33, 126), k=4_000))
    record = record_of(verdict(), {TOTAL: example(body)}, max_bytes=2_000)
    kept = json.loads(read_record(record.content, record.id))
    assert [each["example"] for each in kept["findings"]] == [None, None]
    assert kept["left_out"] == {"examples": 1}


def test_lists_are_cut_from_their_weak_ends_where_they_are_too_long() -> None:
    many = tuple(
        finding(structs.replace(TOTAL, location=f"$.f{Random(i).random()}")) for i in range(5_000)
    )
    record = record_of(replace(verdict(), noise=many), {}, max_bytes=20_000)
    kept = json.loads(read_record(record.content, record.id))
    assert len(record.content) <= 20_000
    assert kept["noise"][0]["location"] == many[0].signature.location
    assert kept["left_out"]["noise"] + len(kept["noise"]) == 5_000
    assert kept["decision"] == "FAIL"
