import pytest

from shadow.diff.readers.content import Content, UnreadableError
from shadow.diff.readers.xml import read_xml

TYPE = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type'


def read(text: str) -> object:
    return read_xml(Content(body=text.encode()))


def test_an_element_has_its_children_under_its_tag_and_its_attributes_beside_them():
    assert read('<a n="1">x<b/>y</a>') == {"a": ["x", {"b": []}, "y"], "@n": "1"}


def test_names_of_other_namespaces_than_the_roots_are_whole():
    assert read('<r xmlns="u" xmlns:n="v" n:k="1"><n:a/><b xmlns=""/></r>') == {
        "r": [{"{v}a": []}, {"{}b": []}],
        "@xmlns": "u",
        "@{v}k": "1",
    }


@pytest.mark.parametrize("text", ["x:a", "//x:a/b", "b | x:a", "x:"])
def test_a_prefix_that_a_text_speaks_of_is_bound_where_the_text_stands(text):
    read_text = read(f'<r xmlns:x="u"><a>{text}</a><b c="{text}"/><d/></r>')
    assert read_text["r"] == [
        {"a": [text], "@xmlns:x": "u"},
        {"b": [], "@c": text, "@xmlns:x": "u"},
        {"d": []},
    ]


def test_a_prefix_means_what_it_is_bound_to_where_it_stands():
    inner = '<a xmlns:x="v">x:y</a><b>x:y</b>'
    assert read(f'<r xmlns:x="u">{inner}</r>')["r"] == [
        {"a": ["x:y"], "@xmlns:x": "v"},
        {"b": ["x:y"], "@xmlns:x": "u"},
    ]


def test_a_type_without_a_prefix_is_of_the_default_namespace():
    assert read(f'<r xmlns="u" {TYPE}="T"/>')["@xmlns:"] == "u"
    assert "@xmlns:" not in read(f'<r {TYPE}="T"/>')


def test_processing_instructions_are_kept_where_they_stand():
    assert read("<?a b?><r>x<?c?>y</r><?d e?>") == {
        "r": ["x", {"?c": ""}, "y"],
        "?before": [{"?a": "b"}],
        "?after": [{"?d": "e"}],
    }


@pytest.mark.parametrize(
    ("text", "children"),
    [
        ("<r>\n  <a/>\n</r>", [{"a": []}]),
        ("<r>\r\n<a/> <b/></r>", [{"a": []}, " ", {"b": []}]),
        ("<r>\n<a/>x</r>", ["\n", {"a": []}, "x"]),
        ("<r>\n</r>", ["\n"]),
        ("<r><a/>\u00a0\n</r>", [{"a": []}, "\u00a0\n"]),
        ("<r>a<!-- x --><![CDATA[b]]>&#99;</r>", ["abc"]),
    ],
)
def test_white_space_means_nothing_where_it_puts_elements_on_lines(text, children):
    assert read(text)["r"] == children


def test_white_space_is_kept_as_far_as_an_element_asks_for_it():
    inner = "<a>\n<b/></a><c xml:space='default'>\n<d/></c>"
    (a, c) = read(f"<r xml:space='preserve'>{inner}</r>")["r"]
    assert a["a"] == ["\n", {"b": []}]
    assert c["c"] == [{"d": []}]


@pytest.mark.parametrize(
    "text",
    [
        "<r>",
        "<n:r/>",
        "",
        "<r a='1' a='2'/>",
        "<r>&e;</r>",
        "<!DOCTYPE r []><r/>",
        "<!DOCTYPE r SYSTEM 'a'><r>&e;</r>",
        "<!DOCTYPE r PUBLIC 'a' 'b'><r a='&e;'/>",
        "<r>" * 257 + "</r>" * 257,
    ],
)
def test_what_is_no_xml_or_may_mean_more_than_it_says_is_not_read(text):
    with pytest.raises(UnreadableError):
        read(text)


def test_very_many_attributes_are_read():
    names = [f"a{number}" for number in range(50_000)]
    element = read("<r " + " ".join(f'{name}="1"' for name in names) + "/>")
    assert len(element) == 50_001
