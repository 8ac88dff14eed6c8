"""The HTML report: nothing from traffic becomes markup, and it needs nothing but itself."""

import re
from base64 import b64encode
from dataclasses import replace
from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs
from selectolax.lexbor import LexborHTMLParser, LexborNode

from shadow.model import Health, HealthCounts, HealthSeries
from shadow.report.html.report import verdict_as_html
from tests.support.hostile import HOSTILE, hostile_release

TAGS = frozenset(
    [
        "html",
        "head",
        "meta",
        "title",
        "style",
        "body",
        "a",
        "header",
        "main",
        "footer",
        "nav",
        "section",
        "article",
        "div",
        "h1",
        "h2",
        "h3",
        "p",
        "span",
        "code",
        "small",
        "b",
        "br",
        "mark",
        "ul",
        "li",
        "dl",
        "dt",
        "dd",
        "table",
        "colgroup",
        "col",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "details",
        "summary",
        "pre",
        "svg",
        "rect",
        "line",
        "path",
        "figure",
        "figcaption",
    ]
)
ATTRIBUTES = frozenset(
    [
        "lang",
        "charset",
        "http-equiv",
        "content",
        "name",
        "class",
        "id",
        "href",
        "role",
        "scope",
        "tabindex",
        "aria-label",
        "aria-labelledby",
        "aria-hidden",
        "focusable",
        "viewbox",
        "preserveaspectratio",
        "x",
        "y",
        "x1",
        "x2",
        "y1",
        "y2",
        "width",
        "height",
        "d",
    ]
)


TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
HEALTH = HealthSeries(
    seconds=60,
    periods={
        60: HealthCounts(compared=9, candidate={Health.ANSWERED: 9}, candidate_seconds={1: 9}),
        120: HealthCounts(candidate={Health.TIMEOUT: 1}, secondary={Health.ANSWERED: 1}),
    },
)


def report(text: str) -> LexborHTMLParser:
    return LexborHTMLParser(verdict_as_html(*hostile_release(text), health=HEALTH))


def elements(page: LexborHTMLParser) -> list[LexborNode]:
    return [node for node in page.css("*") if node.tag and not node.tag.startswith("-")]


def skeleton(page: LexborHTMLParser) -> dict[str, int]:
    """How many there are of each element that does not stand for a line of an answer."""
    of_lines = {"tr", "td", "th", "table", "thead", "tbody", "mark", "span", "colgroup", "col"}
    of_lines |= {"details", "summary", "p", "code"}
    tags = [node.tag for node in elements(page) if node.tag not in of_lines]
    return {tag: tags.count(tag) for tag in sorted(set(tags))}


BENIGN = report("benign")


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: repr(text)[:40])
def test_no_text_from_traffic_becomes_an_element_or_an_attribute(text: str) -> None:
    page = report(text)
    for node in elements(page):
        assert node.tag in TAGS
        assert {name.lower() for name in node.attributes} <= ATTRIBUTES
        assert re.fullmatch(r"#[a-z]+|", node.attributes.get("href") or "")
    assert skeleton(page) == skeleton(BENIGN)


@given(st.text(alphabet="<>&\"'`=/ \n\tabonscript:{}%#-!\x00\u202e", max_size=30))
@settings(deadline=None, max_examples=60)
def test_no_mix_of_markup_becomes_an_element(text: str) -> None:
    page = report(text)
    assert {node.tag for node in elements(page)} <= TAGS
    assert skeleton(page) == skeleton(BENIGN)


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: repr(text)[:40])
def test_no_control_or_bidirectional_character_reaches_the_page(text: str) -> None:
    shown = verdict_as_html(*hostile_release(text))
    assert all(c in "\n\xa0" or c.isprintable() for c in shown)
    shown.encode()


def traced(trace_url: str | None) -> LexborHTMLParser:
    verdict, examples = hostile_release("benign")
    parent = (b"traceparent", f"00-{TRACE}-00f067aa0ba902b7-01".encode())
    traced_examples = {
        signature: replace(
            example,
            request=structs.replace(example.request, headers=(*example.request.headers, parent)),
        )
        for signature, example in examples.items()
    }
    return LexborHTMLParser(verdict_as_html(verdict, traced_examples, trace_url))


def test_the_trace_of_an_example_is_shown_and_leads_to_the_system_that_is_named() -> None:
    links = traced("https://jaeger.example/trace/{trace_id}?uiEmbed=v0&x").css(".meta a")
    assert {link.attributes["href"] for link in links} == {
        f"https://jaeger.example/trace/{TRACE}?uiEmbed=v0&x"
    }
    assert {link.attributes["rel"] for link in links} == {"noopener noreferrer"}
    assert {link.text() for link in links} == {TRACE}


def test_without_such_a_system_a_trace_is_shown_as_it_is() -> None:
    page = traced(None)
    assert not page.css(".meta a")
    assert f"trace {TRACE}" in page.css_first(".finding .meta").text()


def test_the_page_forbids_itself_all_but_its_own_style() -> None:
    style = BENIGN.css_first("style").text(strip=False)
    policy = BENIGN.css_first('meta[http-equiv="Content-Security-Policy"]').attributes["content"]
    digest = b64encode(sha256(style.encode()).digest()).decode()
    assert policy == (
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    )
    assert not BENIGN.css("script, img, link, iframe, [style], [src]")
    assert "url(" not in style
    assert "@import" not in style


def test_a_finding_shows_what_a_reviewer_asks_for() -> None:
    finding = BENIGN.css_first("article")
    assert finding.css_first("h3").text(separator=" ").split() == [
        *("1", "benign", "benign", "benign", "value")
    ]
    assert "14 of 100" in finding.css_first(".rates").text()
    assert "2 of 100" in finding.css_first(".rates").text()
    assert [cell.text() for cell in finding.css(".values tbody th, .values tbody td")] == [
        *("benign",) * 3
    ]
    group = BENIGN.css_first(".group").text()
    assert "all 14 have query:benign=benign" in group
    assert 'curl -sS --globoff --path-as-is -X benign "$CANDIDATE"/benign' in group


def test_each_part_is_there_and_has_a_heading_and_a_way_to_it() -> None:
    sections = BENIGN.css("main section")
    assert [section.attributes["id"] for section in sections] == [
        *("findings", "suspicious", "accepted", "endpoints", "coverage", "latency"),
        *("health", "noise", "excused", "rules", "accounting"),
    ]
    ids = {node.attributes["id"] for node in BENIGN.css("[id]")}
    for section in sections:
        assert section.attributes["aria-labelledby"] in ids
        assert section.css_first("h2") is not None
    assert {link.attributes["href"][1:] for link in BENIGN.css("a")} <= ids
    assert all(table.css("th[scope]") for table in BENIGN.css("table"))
    assert len(ids) == len(BENIGN.css("[id]"))


def test_health_over_time_is_said_drawn_and_in_numbers() -> None:
    health = BENIGN.css_first("#health")
    assert "The candidate failed in 1 of 10 exchanges" in health.text()
    pictures = health.css("figure svg")
    assert all(
        picture.attributes["role"] == "img" and picture.attributes["aria-label"]
        for picture in pictures
    )
    assert len(pictures) == 4
    assert len(health.css("tbody tr")) == 2
    without = LexborHTMLParser(verdict_as_html(*hostile_release("benign")))
    assert without.css_first("#health") is None


def test_the_verdict_comes_first() -> None:
    assert BENIGN.css_first("h1").text(separator=" ").split() == ["FAIL", "Release", "benign"]
    assert BENIGN.css_first("title").text() == "FAIL: release benign \u2013 Shadow"
    assert "benign: benign changed" in BENIGN.css_first(".reasons").text()
    assert "Signed off by benign" in BENIGN.css_first(".sign-off").text()


def test_every_value_is_cut() -> None:
    assert len(verdict_as_html(*hostile_release("x" * 1_000_000))) < 250_000
