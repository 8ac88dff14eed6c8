"""XML, as its canonical form sees it: no entity is expanded, and nothing is fetched."""

import re
from xml.parsers import expat

from shadow.diff.parse import Json
from shadow.diff.readers.charset import decode_text
from shadow.diff.readers.content import Content, UnreadableError
from shadow.diff.readers.xml_tree import SEPARATOR, XmlTree

_ENCODING = re.compile(rb"\s*+<\?xml[^>]*?encoding\s*=\s*[\"']([A-Za-z0-9._-]+)[\"']")
_STARTS = {b"<\0?\0": "utf-16-le", b"\0<\0?": "utf-16-be"}
_LOOKED_AT = 200
_BUFFER_CHARS = 65_536
_ENTITY = re.compile(r"&(?!#|(?:lt|gt|amp|quot|apos);)")
_SPACE = " \t\r\n"


def read_xml(content: Content) -> Json:
    """An element as `{tag: [texts and elements], "@name": value}`; the root has its `@xmlns`.

    Elements of the root's namespace have plain tags, others `{namespace}tag`; a processing
    instruction is `{"?target": data}`. A prefix that a text or an attribute speaks of is bound in
    `@xmlns:prefix`. White space between elements means nothing where it has a line end. Raises
    UnreadableError for what is no XML, for a document type with declarations, for entities, and
    below 256 levels of nesting.
    """
    text = _text(content).lstrip(_SPACE)
    tree = XmlTree(keeps_space="xml:space" in text)
    parser = expat.ParserCreate(namespace_separator=SEPARATOR)
    parser.buffer_text, parser.buffer_size = True, _BUFFER_CHARS
    parser.StartElementHandler = tree.start
    parser.EndElementHandler = tree.end
    parser.CharacterDataHandler = tree.add_text
    parser.ProcessingInstructionHandler = tree.add_instruction
    parser.StartNamespaceDeclHandler = tree.bind
    parser.EndNamespaceDeclHandler = tree.unbind
    parser.SkippedEntityHandler = _refuse_entity
    parser.StartDoctypeDeclHandler = _DocumentType(text).check
    try:
        parser.Parse(text, True)  # noqa: FBT003 - expat takes no names
    except (expat.ExpatError, UnicodeError):
        raise UnreadableError("not XML") from None
    return tree.root()


def _text(content: Content) -> str:
    charset = content.parameters.get("charset") or _declared(content.body)
    text = decode_text(Content(body=content.body, parameters={"charset": charset}))
    if text is None:
        raise UnreadableError("no text")
    return text


def _declared(body: bytes) -> str:
    """The encoding of the XML declaration; empty where there is none."""
    if (start := _STARTS.get(body[:4])) is not None:
        return start
    found = _ENCODING.match(body[:_LOOKED_AT])
    return found[1].decode() if found else ""


class _DocumentType:
    """Refuses a document type by which a document could mean more than it says."""

    def __init__(self, text: str) -> None:
        self._text = text

    def check(self, _: str, system: str | None, public: str | None, has_subset: bool) -> None:  # noqa: FBT001 - as expat calls it
        """Raise UnreadableError for one that declares anything, or may declare what is used."""
        if has_subset:
            raise UnreadableError("XML that declares entities")
        if (system is not None or public is not None) and _ENTITY.search(self._text):
            raise UnreadableError("XML with an entity")


def _refuse_entity(name: str, _: object) -> None:
    raise UnreadableError(f"XML with the entity {name[:80]}")
