"""Bodies, compared by what they are: JSON by its values, text as text, anything else as bytes."""

import codecs
from dataclasses import dataclass

from shadow.diff.decode import Undecodable, content_codings, decode_body
from shadow.diff.excerpt import describe_bytes, text_excerpts
from shadow.diff.limits import Findings
from shadow.diff.parse import Json, parse_json
from shadow.diff.readers.content import TooLargeToReadError, UnreadableError
from shadow.diff.tree import compare_json
from shadow.model import Difference, DifferenceKind, Headers, Response

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_CHARSETS = frozenset(
    codecs.lookup(name).name
    for name in (
        *("utf-8", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "ascii"),
        *(f"iso8859-{part}" for part in (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 14, 15, 16)),
        *(f"cp{page}" for page in range(1250, 1259)),
        *("shift_jis", "euc_jp", "iso2022_jp", "euc_kr", "big5", "gb2312", "gbk", "gb18030"),
        *("koi8-r", "koi8-u"),
    )
)
"""Charsets of the web; Python knows codecs that are none, and some that are slow."""


@dataclass(frozen=True, slots=True)
class _Content:
    """A decoded body with what its headers claim it to be."""

    body: bytes
    media_type: str
    charset: str

    @property
    def claims_json(self) -> bool:
        return self.media_type.endswith(("/json", "+json"))

    @property
    def begins_like_json(self) -> bool:
        start = self.body[:1_024].removeprefix(_BYTE_ORDER_MARK).lstrip(b" \t\r\n")
        return start.startswith((b"{", b"["))

    def text(self) -> str | None:
        """The body as text, None where it is none."""
        try:
            text = self.body.decode(self.charset)
        except UnicodeError:
            return None
        return None if "\0" in text else text


def compare_bodies(primary: Response, candidate: Response, findings: Findings) -> None:
    """Add a difference for each place where two bodies differ.

    Raises LimitReachedError when the comparison has cost what it may.
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
        _compare_contents(_content(here, primary), _content(there, candidate), findings)


def _codings(response: Response) -> tuple[str, ...]:
    return content_codings(response.headers)


def _text_of_decoded(decoded: bytes | Undecodable) -> str:
    return decoded.reason if isinstance(decoded, Undecodable) else describe_bytes(decoded)


def _content(body: bytes, response: Response) -> _Content:
    media_type, charset = _content_type(response.headers)
    return _Content(body=body, media_type=media_type, charset=charset)


def _content_type(headers: Headers) -> tuple[str, str]:
    """The media type and a charset that is safe to decode with."""
    values = [value for name, value in headers if name.lower() == b"content-type"]
    value = values[-1].decode("latin-1").lower() if values else ""
    media_type, *parameters = (part.strip() for part in value.split(";"))
    charset = next((p[8:].strip("\"' ") for p in parameters if p.startswith("charset=")), "utf-8")
    try:
        name = codecs.lookup(charset).name
    except (LookupError, ValueError):
        return media_type, "utf-8"
    return media_type, name if name in _CHARSETS else "utf-8"


def _compare_contents(primary: _Content, candidate: _Content, findings: Findings) -> None:
    if not primary.body or not candidate.body:
        _report_lost_body(primary, candidate, findings)
    elif not _compare_as_json(primary, candidate, findings):
        _compare_as_text(primary, candidate, findings)


def _report_lost_body(primary: _Content, candidate: _Content, findings: Findings) -> None:
    findings.add(
        Difference(
            location="body",
            kind=DifferenceKind.EXTRA if candidate.body else DifferenceKind.MISSING,
            primary=describe_bytes(primary.body) if primary.body else None,
            candidate=describe_bytes(candidate.body) if candidate.body else None,
        )
    )


def _compare_as_json(primary: _Content, candidate: _Content, findings: Findings) -> bool:
    """Compare two bodies as JSON; False when they are to be compared as something else."""
    claimed = primary.claims_json or candidate.claims_json
    if not claimed and not (primary.begins_like_json and candidate.begins_like_json):
        return False
    try:
        here, there = _parsed(primary), _parsed(candidate)
    except TooLargeToReadError as limit:
        findings.give_up("$", str(limit))
        return True
    if isinstance(here, _Document) and isinstance(there, _Document):
        structure = findings.rules.root if findings.rules else None
        compare_json(here.value, there.value, findings, structure)
    elif claimed and (isinstance(here, _Document) or isinstance(there, _Document)):
        _report_not_json(primary, candidate, (here, there), findings)
    else:
        return False
    return True


@dataclass(frozen=True, slots=True)
class _Document:
    value: Json


def _parsed(content: _Content) -> _Document | UnreadableError:
    try:
        return _Document(parse_json(content.body))
    except UnreadableError as error:
        return error


def _report_not_json(
    primary: _Content,
    candidate: _Content,
    parsed: tuple[_Document | UnreadableError, _Document | UnreadableError],
    findings: Findings,
) -> None:
    """One body is JSON and the other is not: broken when it says that it is."""
    broken = candidate if isinstance(parsed[0], _Document) else primary
    kind = DifferenceKind.UNDECODABLE if broken.claims_json else DifferenceKind.TYPE
    findings.add(
        Difference(
            location="$",
            kind=kind,
            primary=_describe(primary, parsed[0]),
            candidate=_describe(candidate, parsed[1]),
        )
    )


def _describe(content: _Content, parsed: _Document | UnreadableError) -> str:
    form = "JSON" if isinstance(parsed, _Document) else str(parsed)
    return f"{form}, {content.media_type[:80] or 'no type'}, {describe_bytes(content.body)}"


def _compare_as_text(primary: _Content, candidate: _Content, findings: Findings) -> None:
    here, there = primary.text(), candidate.text()
    if here is None or there is None:
        _compare_bytes(primary.body, candidate.body, findings)
    elif here != there:
        excerpts = text_excerpts(here, there, findings.limits.max_excerpt_chars)
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
    same_size = len(primary) == len(candidate)
    findings.add(
        Difference(
            location="body",
            kind=DifferenceKind.VALUE if same_size else DifferenceKind.SIZE,
            primary=describe_bytes(primary),
            candidate=describe_bytes(candidate),
        )
    )
