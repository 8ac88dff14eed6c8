"""Bodies, compared by what they are: read into values where that can be, else as bytes."""

from collections.abc import Mapping
from dataclasses import dataclass
from email.message import Message
from functools import lru_cache
from types import MappingProxyType

from shadow.diff.decode import Undecodable, content_codings, decode_body
from shadow.diff.excerpt import describe_bytes, text_excerpts
from shadow.diff.fields import compare_fields
from shadow.diff.limits import Findings
from shadow.diff.location import Location
from shadow.diff.parse import Json
from shadow.diff.readers.binary import sniffed_type
from shadow.diff.readers.content import Content, TooLargeToReadError, UnreadableError
from shadow.diff.readers.ends import read_without_ends
from shadow.diff.readers.protobuf_messages import KnownMessage
from shadow.diff.readers.read import read_body
from shadow.diff.readers.sniff import BodyKind, claimed_kind, kinds_to_try
from shadow.diff.shared import compare_shared
from shadow.diff.tree import compare_json
from shadow.model import Difference, DifferenceKind, Headers, Response

_GRAPHQL_NAMES = frozenset({"data", "errors", "extensions"})


def compare_bodies(
    primary: Response,
    candidate: Response,
    findings: Findings,
    known: KnownMessage | None = None,
) -> None:
    """Add a difference for each place where two bodies differ.

    `known` is what is known of them if they are protobuf. Raises LimitReachedError when the
    comparison has cost what it may.
    """
    if primary.body == candidate.body and _codings(primary) == _codings(candidate):
        return
    here = decode_body(primary, findings.limits.max_decoded_bytes)
    there = decode_body(candidate, findings.limits.max_decoded_bytes)
    if isinstance(here, Undecodable) and isinstance(there, Undecodable):
        _compare_bytes(primary.body, candidate.body, findings)
    elif isinstance(here, Undecodable) or isinstance(there, Undecodable):
        findings.add(
            Difference(
                location="body",
                kind=DifferenceKind.UNDECODABLE,
                primary=_text_of_decoded(here),
                candidate=_text_of_decoded(there),
            )
        )
    elif here != there:
        contents = _content(here, primary, known), _content(there, candidate, known)
        _compare_contents(*contents, findings)


def _codings(response: Response) -> tuple[str, ...]:
    return content_codings(response.headers)


def _text_of_decoded(decoded: bytes | Undecodable) -> str:
    return decoded.reason if isinstance(decoded, Undecodable) else describe_bytes(decoded)


def _content(body: bytes, response: Response, known: KnownMessage | None) -> Content:
    media_type, parameters = _content_type(_type_header(response.headers))
    return Content(body=body, media_type=media_type, parameters=parameters, known=known)


def _type_header(headers: Headers) -> bytes:
    for name, value in reversed(headers):
        if name.lower() == b"content-type":
            return value
    return b""


@lru_cache(maxsize=1_024)
def _content_type(value: bytes) -> tuple[str, Mapping[str, str]]:
    """The media type and its parameters."""
    text = value.decode("latin-1")
    message = Message()
    message["content-type"] = text.replace("\r", " ").replace("\n", " ")
    parameters = {
        name.lower(): parameter
        for name, parameter in (message.get_params() or [])[1:]
        if isinstance(parameter, str)
    }
    return text.partition(";")[0].strip().lower(), MappingProxyType(parameters)


def _compare_contents(primary: Content, candidate: Content, findings: Findings) -> None:
    if not primary.body or not candidate.body:
        _report_lost_body(primary, candidate, findings)
        return
    for kind in kinds_to_try(primary, candidate):
        if kind is BodyKind.BINARY:
            _compare_bytes(primary.body, candidate.body, findings)
        elif not _compare_as(kind, primary, candidate, findings):
            continue
        return


def _report_lost_body(primary: Content, candidate: Content, findings: Findings) -> None:
    findings.add(
        Difference(
            location="body",
            kind=DifferenceKind.EXTRA if candidate.body else DifferenceKind.MISSING,
            primary=describe_bytes(primary.body) if primary.body else None,
            candidate=describe_bytes(candidate.body) if candidate.body else None,
        )
    )


@dataclass(frozen=True, slots=True)
class _Read:
    value: Json


def _compare_as(kind: BodyKind, primary: Content, candidate: Content, findings: Findings) -> bool:
    """Compare two bodies as one kind; False when they are to be compared as something else."""
    structure = findings.rules.root if findings.rules else None
    if kind is BodyKind.JSON and _compare_texts_of_json(primary.body, candidate.body, findings):
        return True
    try:
        here, there = _read_both(kind, primary, candidate, is_whole=structure is not None)
    except TooLargeToReadError as limit:
        findings.give_up("$", str(limit))
        return True
    if isinstance(here, _Read) and isinstance(there, _Read):
        _compare_values(kind, here.value, there.value, findings)
        return True
    is_claimed = kind in {claimed_kind(primary.media_type), claimed_kind(candidate.media_type)}
    if not is_claimed or isinstance(here, _Read) == isinstance(there, _Read):
        return False
    _report_unreadable(kind, (primary, candidate), (here, there), findings)
    return True


def _compare_texts_of_json(primary: bytes, candidate: bytes, findings: Findings) -> bool:
    """Compare two JSON texts without parsing all of both; False where that cannot be."""
    structure = findings.rules.root if findings.rules else None
    if compare_shared(primary, candidate, findings, structure):
        return True
    return structure is None and compare_fields(primary, candidate, findings)


def _read_both(
    kind: BodyKind, primary: Content, candidate: Content, *, is_whole: bool
) -> tuple[_Read | UnreadableError, _Read | UnreadableError]:
    try:
        pair = None if is_whole else read_without_ends(kind, primary, candidate)
    except UnreadableError:
        pair = None
    if pair is not None:
        return _Read(pair[0]), _Read(pair[1])
    return _read(kind, primary), _read(kind, candidate)


def _read(kind: BodyKind, content: Content) -> _Read | UnreadableError:
    try:
        return _Read(read_body(kind, content))
    except UnreadableError as error:
        return error


def _compare_values(kind: BodyKind, primary: Json, candidate: Json, findings: Findings) -> None:
    if kind is BodyKind.TEXT and isinstance(primary, str) and isinstance(candidate, str):
        _compare_texts(primary, candidate, findings)
        return
    if kind is BodyKind.JSON:
        primary, candidate = _without_failures(primary, candidate, findings)
    structure = findings.rules.root if findings.rules else None
    compare_json(primary, candidate, findings, structure)


def _without_failures(primary: Json, candidate: Json, findings: Findings) -> tuple[Json, Json]:
    """Report that one GraphQL answer has errors: it failed, whatever its status says."""
    if _failed(primary) == _failed(candidate):
        return primary, candidate
    if not isinstance(primary, dict) or not isinstance(candidate, dict):
        return primary, candidate
    location = Location().member("errors", {"errors": None})
    here, there = primary.get("errors"), candidate.get("errors")
    findings.see(location, (None, "errors", "errors"), DifferenceKind.FAILURE, here, there)
    return tuple(
        {name: value for name, value in side.items() if name != "errors"}
        for side in (primary, candidate)
    )  # type: ignore[return-value]


def _failed(value: Json) -> bool:
    """Whether this is a GraphQL answer with errors."""
    if not isinstance(value, dict) or not value.keys() <= _GRAPHQL_NAMES:
        return False
    errors = value.get("errors")
    return (
        isinstance(errors, list)
        and bool(errors)
        and all(isinstance(error, dict) and "message" in error for error in errors)
    )


def _report_unreadable(
    kind: BodyKind,
    contents: tuple[Content, Content],
    read: tuple[_Read | UnreadableError, _Read | UnreadableError],
    findings: Findings,
) -> None:
    """One body can be read and the other cannot: broken when it says that it is of that kind."""
    broken = contents[1] if isinstance(read[0], _Read) else contents[0]
    is_broken = claimed_kind(broken.media_type) is kind
    findings.add(
        Difference(
            location="$",
            kind=DifferenceKind.UNDECODABLE if is_broken else DifferenceKind.TYPE,
            primary=_describe(kind, contents[0], read[0]),
            candidate=_describe(kind, contents[1], read[1]),
        )
    )


def _describe(kind: BodyKind, content: Content, read: _Read | UnreadableError) -> str:
    form = kind.value if isinstance(read, _Read) else str(read)
    return f"{form}, {content.media_type[:80] or 'no type'}, {describe_bytes(content.body)}"


def _compare_texts(primary: str, candidate: str, findings: Findings) -> None:
    if primary == candidate:
        return
    excerpts = text_excerpts(primary, candidate, findings.limits.max_excerpt_chars)
    findings.add(
        Difference(
            location="body",
            kind=DifferenceKind.VALUE,
            primary=excerpts[0],
            candidate=excerpts[1],
        )
    )


def _compare_bytes(primary: bytes, candidate: bytes, findings: Findings) -> None:
    if primary == candidate:
        return
    here, there = sniffed_type(primary), sniffed_type(candidate)
    same_size = len(primary) == len(candidate)
    kind = DifferenceKind.VALUE if same_size else DifferenceKind.SIZE
    findings.add(
        Difference(
            location="body",
            kind=kind if here == there else DifferenceKind.TYPE,
            primary=_described(here, primary),
            candidate=_described(there, candidate),
        )
    )


def _described(sort: str, body: bytes) -> str:
    return describe_bytes(body) if sort == "bytes" else f"{sort}, {describe_bytes(body)}"
