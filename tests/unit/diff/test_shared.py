"""Two documents parsed as a pair."""

import json

import pytest

from shadow.diff.readers.content import UnreadableError
from shadow.diff.shared import parse_pair
from tests.unit.diff.pairs import compare_json, where

RECORDS = [{"id": at, "name": f"Item {at}", "pad": "p" * 80} for at in range(40)]


def text(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def test_elements_that_both_write_alike_are_one_object():
    changed = [*RECORDS[1:], RECORDS[0] | {"name": "Other"}]
    here, there = parse_pair(
        text({"items": RECORDS, "total": 1}), text({"items": changed, "total": 2})
    )
    assert there == {"items": changed, "total": 2}
    assert all(one is other for one, other in zip(here["items"][1:], there["items"], strict=False))


@pytest.mark.parametrize(
    "candidate",
    [
        pytest.param(text({"items": RECORDS, "more": RECORDS}), id="two lists"),
        pytest.param(text({"items": RECORDS[:9], "total": [{"id": 1}]}), id="few elements"),
        pytest.param(json.dumps({"items": RECORDS}).encode(), id="white space"),
        pytest.param(text({"other": RECORDS}), id="another place"),
        pytest.param(text(RECORDS), id="no object"),
        pytest.param(text({"items": [*RECORDS, '},{"id":1']}), id="a text like an element"),
        pytest.param(text({"items": RECORDS, "total": [[{"id": 1}]]}), id="several ends"),
        pytest.param(b'{"items":' + text(RECORDS) + b',"items":[]}', id="a repeated name"),
    ],
)
def test_whatever_stands_beside_it_is_parsed_as_it_is_alone(candidate):
    primary = text({"items": RECORDS, "total": 40})
    alone = parse_pair(candidate, candidate)[0]
    assert parse_pair(primary, candidate)[1] == alone
    assert parse_pair(candidate, primary)[1] == {"items": RECORDS, "total": 40}


@pytest.mark.parametrize("end", [b"", b"]", b"]}}", b'],"total":}', b'],"total":1}x'])
def test_a_broken_document_is_unreadable(end):
    broken = b'{"items":' + text(RECORDS)[:-1] + end
    with pytest.raises(UnreadableError):
        parse_pair(text({"items": RECORDS, "total": 40}), broken)


def test_a_name_that_looks_like_a_repeated_one_is_none_in_large_documents_too():
    names = (b'{"p (1st of 2)":1,"p":2}', b'{"p":1,"p":2}')
    here, there = (b'{"items":' + text(RECORDS) + b',"x":' + x + b"}" for x in names)
    assert {kind for _, kind in where(compare_json(here, there))} == {"missing", "extra"}
    assert compare_json(here, here.replace(b'"x":', b'"x": ')) == ()
