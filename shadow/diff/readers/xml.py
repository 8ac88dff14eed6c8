"""XML, as its canonical form sees it: no entity is expanded, and nothing is fetched."""

import re
from collections.abc import Mapping

from lxml import etree  # type: ignore[import-untyped]

from shadow.diff.parse import Json
from shadow.diff.readers.charset import decode_text
from shadow.diff.readers.content import Content, UnreadableError

_SUBSET = re.compile(r"<!DOCTYPE[^>\[]*\[", re.IGNORECASE)
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
_ENCODING = re.compile(rb"^\s*<\?xml[^>]*encoding=[\"']([A-Za-z0-9._-]+)[\"']")
_SPACE = "{http://www.w3.org/XML/1998/namespace}space"


def read_xml(content: Content) -> Json:
    """An element as `{tag: [texts and elements], "@name": value}`; the root has its `@xmlns`.

    Elements of the root's namespace have plain tags, others `{namespace}tag`. Raises
    UnreadableError for what is no XML, for a document type with declarations, and below 256
    levels of nesting.
    """
    text = _text(content)
    if _SUBSET.search(text[:65_536]):
        raise UnreadableError("XML that declares entities")
    try:
        root = etree.fromstring(_DECLARATION.sub("", text).encode(), _parser())
    except (etree.XMLSyntaxError, ValueError, UnicodeError):
        raise UnreadableError("not XML") from None
    return _read(root)


def _parser() -> etree.XMLParser:
    return etree.XMLParser(
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        encoding="utf-8",
    )


def _text(content: Content) -> str:
    declared = _ENCODING.match(content.body[:200])
    charset = content.parameters.get("charset") or (declared[1].decode() if declared else "")
    text = decode_text(Content(body=content.body, parameters={"charset": charset}))
    if text is None:
        raise UnreadableError("no text")
    return text


def _read(root: etree._Element) -> Json:
    home = etree.QName(root).namespace
    made: dict[etree._Element, dict[str, Json]] = {}
    for _, element in etree.iterwalk(root, events=("end",)):
        if not isinstance(element.tag, str):
            raise UnreadableError("XML with an entity")
        children = [made.pop(child) for child in element]
        made[element] = _element(element, children, home)
    read = made[root]
    return read if home is None else {**read, "@xmlns": home}


def _element(
    element: etree._Element, children: list[dict[str, Json]], home: str | None
) -> dict[str, Json]:
    texts = [element.text or "", *(child.tail or "" for child in element)]
    if children and not any(text.strip() for text in texts) and not _keeps_space(element):
        texts = [""] * len(texts)
    content: list[Json] = [texts[0]] if texts[0] else []
    for child, text in zip(children, texts[1:], strict=True):
        content.append(child)
        if text:
            content.append(text)
    return {_name(element.tag, home): content, **_attributes(element.attrib)}


def _keeps_space(element: etree._Element) -> bool:
    at: etree._Element | None = element
    while at is not None:
        if (said := at.get(_SPACE)) is not None:
            return bool(said == "preserve")
        at = at.getparent()
    return False


def _attributes(attributes: Mapping[str, str]) -> dict[str, Json]:
    return {f"@{name}": value for name, value in sorted(attributes.items())}


def _name(tag: str, home: str | None) -> str:
    name = etree.QName(tag)
    if name.namespace == home:
        return str(name.localname)
    return f"{{{name.namespace or ''}}}{name.localname}"
