"""What the readers of XML, HTML and multipart keep to: spelling means nothing, content always."""

import base64
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from random import Random

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from shadow.diff.readers.content import Content
from shadow.diff.readers.html import read_html
from shadow.diff.readers.read import read_body
from shadow.diff.readers.sniff import BodyKind
from shadow.diff.readers.xml import read_xml
from tests.support.effort import examples

RANDOMS = st.integers(0, 2**32).map(Random)
NAMESPACES = ("", "urn:a", "urn:b")


@dataclass
class Element:
    """An element as a test thinks of it; a name is a namespace's number and a word."""

    name: tuple[int, str]
    attributes: dict[tuple[int, str], str]
    children: list["Element | str"] = field(default_factory=list)

    def all(self) -> Iterator["Element"]:
        yield self
        for child in self.children:
            if isinstance(child, Element):
                yield from child.all()


def elements(names, attributes, texts):
    leaves = st.builds(Element, names, attributes)
    return st.recursive(
        leaves,
        lambda inner: st.builds(Element, names, attributes, st.lists(texts | inner, max_size=4)),
        max_leaves=8,
    )


def changed(root: Element, random: Random, another: str) -> Element:
    """The same document, but for one text, attribute or tag."""
    root = deepcopy(root)
    places = [(element, "name", None) for element in root.all()]
    for element in root.all():
        places += [(element, "attribute", name) for name in element.attributes]
        places += [
            (element, "text", at)
            for at, child in enumerate(element.children)
            if isinstance(child, str)
        ]
        places += [(element, "child", at) for at in range(len(element.children) + 1)]
    element, what, at = random.choice(places)
    if what == "name":
        element.name = (element.name[0], another)
    elif what == "attribute":
        element.attributes[at] += "x"
    elif what == "text":
        element.children[at] += "x"
    else:
        element.children.insert(at, Element((0, another), {}))
    return root


def shuffled(random: Random, things):
    things = list(things)
    random.shuffle(things)
    return things


def spelled(random: Random, text: str, quote: str = "") -> str:
    """A text with some characters as references, for XML and HTML alike."""
    return "".join(
        f"&#{ord(character)};"
        if character in "<&>\n" or character == quote or random.random() < 0.1
        else character
        for character in text
    )


# XML

XML_TEXTS = st.text(st.sampled_from("ab <&>'\"]é\u00a0\n"), min_size=1, max_size=6)
XML_NAMES = st.tuples(st.integers(0, 2), st.sampled_from(["a", "b", "c-d"]))
DOCUMENTS = elements(XML_NAMES, st.dictionaries(XML_NAMES, XML_TEXTS, max_size=3), XML_TEXTS)


def xml_text(random: Random, text: str) -> str:
    pieces = []
    for character in text:
        way = random.randrange(6)
        if character in "<&>" or way == 0:
            pieces.append(f"&#{ord(character)};" if way % 2 else f"<![CDATA[{character}]]>")
        else:
            pieces.append(character)
        if way == 5:
            pieces.append("<!-- x -->")
    return "".join(pieces)


def xml_element(random: Random, element: Element, prefixes: list[str], bindings: str = "") -> str:
    def name(of: tuple[int, str]) -> str:
        return f"{prefixes[of[0]]}:{of[1]}" if of[0] else of[1]

    attributes = [bindings] if bindings else []
    for attribute, value in shuffled(random, element.attributes.items()):
        quote = random.choice("\"'")
        attributes.append(f"{name(attribute)} = {quote}{spelled(random, value, quote)}{quote}")
    tag = " ".join((name(element.name), *attributes))
    if not element.children and random.random() < 0.5:
        return f"<{tag}/>"
    is_indented = random.random() < 0.5 and all(isinstance(c, Element) for c in element.children)
    gap = "\n  " if is_indented and element.children else ""
    inner = gap.join(
        xml_text(random, child) if isinstance(child, str) else xml_element(random, child, prefixes)
        for child in element.children
    )
    return f"<{tag}>{gap}{inner}{gap}</{name(element.name)} >"


def xml(random: Random, root: Element) -> bytes:
    prefixes = shuffled(random, ["x", "y", "z"])
    bindings = [f'xmlns:{prefixes[number]}="{NAMESPACES[number]}"' for number in (1, 2)]
    body = xml_element(random, root, prefixes, " ".join(shuffled(random, bindings)))
    declared = random.choice(["", '<?xml version="1.0"?>\n', "<!-- x -->", "<!DOCTYPE r>"])
    return (declared + body + random.choice(["", "\n", "<!-- y -->"])).encode()


def read_as_xml(body: bytes) -> object:
    return read_xml(Content(body=body))


@given(DOCUMENTS, RANDOMS)
@settings(max_examples=examples(200))
def test_a_document_is_the_same_however_it_is_written(root, random):
    assert read_as_xml(xml(random, root)) == read_as_xml(xml(random, root))


@given(DOCUMENTS, RANDOMS)
@settings(max_examples=examples(200))
def test_a_change_in_a_document_is_found(root, random):
    other = changed(root, random, "other")
    assert read_as_xml(xml(random, root)) != read_as_xml(xml(random, other))


@given(DOCUMENTS, RANDOMS)
def test_a_document_in_another_namespace_is_another_document(root, random):
    assume(any(element.name[0] == 1 for element in root.all()))
    body = xml(random, root)
    assert read_as_xml(body) != read_as_xml(body.replace(b"urn:a", b"urn:c"))


# HTML

HTML_TEXTS = st.text(st.sampled_from("ab <&>'\"é\u00a0"), min_size=1, max_size=6)
HTML_TAGS = st.sampled_from(["div", "section", "span", "em", "b", "pre", "ul", "template"])
HTML_NAMES = HTML_TAGS.map(lambda tag: (0, tag))
HTML_ATTRIBUTES = st.dictionaries(
    st.sampled_from(["id", "title", "data-x", "class", "hidden"]).map(lambda name: (0, name)),
    HTML_TEXTS | st.just(""),
    max_size=3,
)
PAGES = elements(HTML_NAMES, HTML_ATTRIBUTES, HTML_TEXTS)
BLOCKS = {"div", "section", "ul"}


def html_attribute(random: Random, name: str, value: str) -> str:
    if name == "class":
        value = "  ".join(shuffled(random, value.replace("\u00a0", "_").split(" ")))
    if not value and random.random() < 0.5:
        return name
    if value.isalnum() and random.random() < 0.5:
        return f"{name}={value}"
    quote = random.choice("\"'")
    return f"{name.upper()} = {quote}{spelled(random, value, quote)}{quote}"


def html_element(random: Random, element: Element) -> str:
    tag = element.name[1].upper() if random.random() < 0.5 else element.name[1]
    attributes = "".join(
        f" {html_attribute(random, name[1], value)}"
        for name, value in shuffled(random, element.attributes.items())
    )
    of_blocks = all(isinstance(c, Element) and c.name[1] in BLOCKS for c in element.children)
    is_indented = of_blocks and element.name[1] in BLOCKS and random.random() < 0.5
    gap = "\n  " if is_indented else ""
    comment = "<!-- x -->" if random.random() < 0.3 else ""
    inner = (gap + comment).join(
        spelled(random, child) if isinstance(child, str) else html_element(random, child)
        for child in element.children
    )
    return f"<{tag}{attributes}>{gap}{inner}{gap}</{tag} >"


def html(random: Random, root: Element) -> bytes:
    return f"<!doctype html><body>{html_element(random, root)}".encode()


def read_as_html(body: bytes) -> object:
    return read_html(Content(body=body, media_type="text/html"))


def is_as_a_page(root: Element) -> bool:
    """White space in what is preformatted is as it stands, and so may not be added there."""
    pre = (element for element in root.all() if element.name[1] == "pre")
    return not any(inner.name[1] in BLOCKS for outer in pre for inner in outer.all())


@given(PAGES, RANDOMS)
@settings(max_examples=examples(200))
def test_a_page_is_the_same_however_it_is_written(root, random):
    assume(is_as_a_page(root))
    assert read_as_html(html(random, root)) == read_as_html(html(random, root))


@given(PAGES, RANDOMS)
@settings(max_examples=examples(200))
def test_a_change_in_a_page_is_found(root, random):
    other = changed(root, random, "article")
    assert read_as_html(html(random, root)) != read_as_html(html(random, other))


@given(PAGES, RANDOMS)
@settings(max_examples=examples(200))
def test_all_text_of_a_page_is_read(root, random):
    assume(is_as_a_page(root))

    def letters(value: object) -> str:
        if isinstance(value, str):
            return value.replace(" ", "")
        if isinstance(value, dict):
            return "".join(letters(v) for k, v in value.items() if k[0] not in "@!")
        return "".join(map(letters, value))

    def text(element: Element) -> str:
        return "".join(c if isinstance(c, str) else text(c) for c in element.children)

    assert letters(read_as_html(html(random, root))) == text(root).replace(" ", "")


# multipart

WORDS = st.text(st.sampled_from("abc é;=/"), min_size=1, max_size=6).map(str.strip).filter(bool)
PARTS = st.lists(
    st.tuples(
        st.fixed_dictionaries({}, optional={"name": WORDS, "filename": WORDS, "size": WORDS}),
        st.dictionaries(st.sampled_from(["x-a", "x-b"]), st.lists(WORDS, min_size=1, max_size=2)),
        st.binary(max_size=8) | st.sampled_from([b"{}", b"a\r\nb\n", b"<a>", b"1", b"\r"]),
    ),
    min_size=1,
    max_size=4,
)


def part(random: Random, told, boundary: str, end: str) -> bytes:
    disposition, headers, body = told
    lines = [
        f"{random.choice([name, name.title()])}:{random.choice(['', ' '])}{value}"
        for name, values in shuffled(random, headers.items())
        for value in values
    ]
    if disposition:
        parameters = (f'{name}="{value}"' for name, value in shuffled(random, disposition.items()))
        fold = random.choice([" ", f"{end} "])
        lines.append(f";{fold}".join(("Content-Disposition: form-data", *parameters)))
    encoding = random.choice(["", "base64", "Quoted-Printable", "binary"])
    if encoding:
        lines.append(f"Content-Transfer-Encoding: {encoding}")
    encode = {"base64": base64.encodebytes, "Quoted-Printable": _quoted}.get(encoding)
    head = "".join(f"{line}{end}" for line in [f"--{boundary}", *lines, ""])
    return head.encode() + (encode(body) if encode else body) + end.encode()


def _quoted(body: bytes) -> bytes:
    return "".join(f"={byte:02X}" for byte in body).encode()


def multipart(random: Random, parts) -> Content:
    boundary, end = random.choice(["x7", "----y8"]), random.choice(["\r\n", "\n"])
    body = b"".join(part(random, told, boundary, end) for told in parts)
    return Content(
        body=random.choice([b"", b"preamble" + end.encode()]) + body + f"--{boundary}--".encode(),
        media_type="multipart/mixed",
        parameters={"boundary": boundary},
    )


def read_as_multipart(content: Content) -> object:
    return read_body(BodyKind.MULTIPART, content)


@given(PARTS, RANDOMS)
@settings(max_examples=examples(200))
def test_parts_are_the_same_however_they_are_written(parts, random):
    first, second = (read_as_multipart(multipart(random, parts)) for _ in range(2))
    assert first == second


@pytest.mark.parametrize("what", ["parameter", "header", "repeat", "body", "part", "order"])
@given(parts=PARTS, random=RANDOMS)
@settings(max_examples=examples(60))
def test_a_change_in_a_part_is_found(what, parts, random):
    other = deepcopy(parts)
    disposition, headers, body = other[at := random.randrange(len(other))]
    if what == "parameter":
        disposition["name"] = disposition.get("name", "") + "x"
    elif what == "header":
        headers["x-a"] = [headers.get("x-a", [""])[0] + "x"]
    elif what == "repeat":
        headers.setdefault("x-b", []).append("x")
    elif what == "body":
        other[at] = (disposition, headers, body + b"x")
    elif what == "part":
        other.insert(at, other[at])
    else:
        other.reverse()
        assume(other != parts)
    first, second = (read_as_multipart(multipart(random, sent)) for sent in (parts, other))
    assert first != second
