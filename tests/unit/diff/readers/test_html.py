import pytest

from shadow.diff.readers.content import Content, TooLargeToReadError, UnreadableError
from shadow.diff.readers.html import read_html


def body(page: str) -> list[object]:
    """What is read of the body of a page."""
    page_read = read_html(Content(body=page.encode(), media_type="text/html"))
    return page_read["html"][1]["body"]


def test_an_element_has_its_children_under_its_tag_and_its_attributes_beside_them():
    assert body('<p id=1 class="b  a">x<br>y</p>') == [
        {"p": ["x", {"br": []}, "y"], "@id": "1", "@class": "a b"}
    ]


def test_the_document_type_is_kept():
    page = read_html(Content(body=b"<!DOCTYPE html><p>x"))
    assert page["!doctype"] == "html"


def test_templates_in_templates_are_read():
    page = "<div><template><td>a<template>b</template></template></div>"
    assert body(page) == [{"div": [{"template": [{"td": ["a", {"template": ["b"]}]}]}]}]


@pytest.mark.parametrize(
    ("page", "shown"),
    [
        ("<p> a \n b </p>", [{"p": ["a b"]}]),
        ("<p>a <b> b</b> c</p>", [{"p": ["a ", {"b": [" b"]}, " c"]}]),
        ("<div> <p>a</p> <p>b</p> </div>", [{"div": [{"p": ["a"]}, {"p": ["b"]}]}]),
        ("<p>a <br> b</p>", [{"p": ["a", {"br": []}, "b"]}]),
        ("<p> <i>a</i>\u00a0</p>", [{"p": [{"i": ["a"]}, "\u00a0"]}]),
        ("<svg> <path></path> </svg>", [{"svg": [{"path": []}]}]),
        ("<p>a<!-- x -->b <!-- y --> c</p>", [{"p": ["ab c"]}]),
        ("<textarea> a  b </textarea>", [{"textarea": [" a  b "]}]),
        ("<pre> <i> a </i></pre>", [{"pre": [" ", {"i": [" a "]}]}]),
    ],
)
def test_white_space_is_as_a_browser_shows_it(page, shown):
    assert body(page) == shown


def test_text_is_plain_and_scripts_are_as_they_stand():
    page = "<p>&lt;b&gt; &amp;amp; &quot;</p><script>a &lt; b &amp;</script>"
    assert body(page) == [{"p": ['<b> &amp; "']}, {"script": ["a &lt; b &amp;"]}]


@pytest.mark.parametrize(
    "page",
    [
        "no tags < at all",
        "<div>" * 501,
        "<svg>" + "<td>" * 501,
        "<div></x>" * 501,
        "<div><object></div>" * 501,
        "<div><!--" + "</div>" * 9 + "-->" + "<div>" * 500,
        "<div>" * 450 + "</p>" * 100_000,
        "<p>" + "<b>" * 300 + "<p>x" * 20_000,
        "<plaintext><p>",
        "<p title=it's>" + "<div>" * 501 + "'>",
        '<p a=="' + "<div>" * 502 + '">',
        '<p ="' + "<div>" * 502 + '">',
        "<p '=1 " + "a " * 1_001 + "'=1>",
        "<script><!--<script></script>--></script>",
        "<svg><style><path></path></style></svg>",
    ],
)
def test_what_costs_too_much_or_can_be_read_in_two_ways_is_not_read(page):
    with pytest.raises(UnreadableError):
        body(page)


@pytest.mark.parametrize(
    "page",
    [
        "<div></div>" * 2_000,
        "<p><script>" + "<div>" * 2_000 + "</script>",
        "<p><!--" + "<div>" * 2_000 + "-->",
        "<table>" + "<tr><td><a name=x><b>y<span>z" * 2_000,
        "<ul>" + "<li>x" * 2_000,
        "<svg>" + "<path/>" * 2_000 + "</svg>",
    ],
)
def test_tags_that_are_left_open_or_are_none_do_not_nest(page):
    assert body(page)


def test_pages_beyond_a_limit_are_too_large():
    with pytest.raises(TooLargeToReadError):
        body("<p>" + "x" * 4_194_304)
