import pytest

from shadow.diff.readers.content import Content
from shadow.diff.readers.sniff import BodyKind, claimed_kind, kinds_to_try, sniffed_kind


@pytest.mark.parametrize(
    ("media_type", "kind"),
    [
        ("application/json", BodyKind.JSON),
        ("text/json", BodyKind.JSON),
        ("application/problem+json", BodyKind.JSON),
        ("application/vnd.api+json", BodyKind.JSON),
        ("application/x-amz-json-1.1", BodyKind.JSON),
        ("application/x-ndjson", BodyKind.JSON_LINES),
        ("application/stream+json", BodyKind.JSON_LINES),
        ("application/geo+json-seq", BodyKind.JSON_SEQUENCE),
        ("application/atom+xml", BodyKind.XML),
        ("application/xhtml+xml", BodyKind.XML),
        ("image/svg+xml", BodyKind.XML),
        ("text/html", BodyKind.HTML),
        ("multipart/form-data", BodyKind.MULTIPART),
        ("text/event-stream", BodyKind.EVENTS),
        ("application/grpc", BodyKind.GRPC),
        ("application/grpc+proto", BodyKind.GRPC),
        ("application/grpc-web-text+proto", BodyKind.GRPC),
        ("application/connect+json", BodyKind.GRPC),
        ("application/vnd.google.protobuf", BodyKind.PROTOBUF),
        ("application/x-thing+proto", BodyKind.PROTOBUF),
        ("text/plain", None),
        ("text/javascript", None),
        ("image/png", None),
        ("", None),
    ],
)
def test_a_media_type_claims_a_kind_or_none(media_type, kind):
    assert claimed_kind(media_type) is kind


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b'\xef\xbb\xbf \n{"a":1}', BodyKind.JSON),
        ("[1]".encode("utf-16"), BodyKind.JSON),
        ("[1]".encode("utf-32-be"), BodyKind.JSON),
        (b"<?xml version='1.0'?><a/>", BodyKind.XML),
        (b"<Order>", BodyKind.XML),
        (b"<!DOCTYPE note><note/>", BodyKind.XML),
        (b"<!-- a page --> <!doctype HTML>", BodyKind.HTML),
        (b"<?xml version='1.0'?>\n<html>", BodyKind.HTML),
        (b"<HTML lang=en>", BodyKind.HTML),
        (b"<3", None),
        (b"<!-- " * 1_000, None),
        (b"data: {}", None),
        (b"\x89PNG", None),
        (b"", None),
    ],
)
def test_a_body_looks_like_what_it_begins_with(body, kind):
    assert sniffed_kind(body) is kind


def tried(primary: tuple[str, bytes], candidate: tuple[str, bytes]) -> list[str]:
    kinds = kinds_to_try(*(Content(media_type=type_, body=b) for type_, b in (primary, candidate)))
    assert kinds[-2:] == (BodyKind.TEXT, BodyKind.BINARY)
    return [kind.name for kind in kinds[:-2]]


def test_claims_come_first_the_primarys_before_the_candidates():
    xml, events = ("text/xml", b"<a/>"), ("text/event-stream", b"data: x")
    assert tried(xml, events) == ["XML", "EVENTS"]
    assert tried(events, xml) == ["EVENTS", "XML"]


def test_only_what_both_look_like_counts():
    assert tried(("", b"{}"), ("", b"{}")) == ["JSON", "JSON_LINES"]
    assert tried(("", b"{}"), ("", b"<a/>")) == []


@pytest.mark.parametrize("claim", ["text/html", "application/x-www-form-urlencoded"])
def test_json_is_read_as_json_whatever_page_or_form_it_claims_to_be(claim):
    assert tried((claim, b"{}"), (claim, b"[]"))[:2] == ["JSON", "JSON_LINES"]


def test_xml_that_claims_to_be_a_page_is_xml_and_a_piece_of_a_page_is_html():
    listing = ("text/html", b"<?xml version='1.0'?><ListBucketResult/>")
    assert tried(listing, listing) == ["XML", "HTML"]
    for piece in (b"<div>", b"<my-app>", b"<!-- x --><TABLE>"):
        assert tried(("text/html", piece), ("text/html", piece)) == ["HTML"]


def test_json_lines_that_begin_like_json_are_json_lines():
    line = ("application/x-ndjson", b'{"a":1}\n')
    assert tried(line, line)[0] == "JSON_LINES"
