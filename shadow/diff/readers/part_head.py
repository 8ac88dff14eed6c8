"""The headers of a part of a multipart body, without a way to lose one."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from shadow.diff.parse import Json

_ENCODINGS = frozenset({"", "7bit", "8bit", "base64", "binary", "quoted-printable"})
_DISSECTED = ("content-disposition", "content-type", "content-transfer-encoding")
_LINE_END = re.compile(rb"\r?\n")
_PARAMETER = re.compile(r";\s*+([^=;\"\s]++)\s*+=\s*+(?:\"((?:[^\"\\]|\\.)*+)\"|([^;\"\s]++))\s*+")
_MOST_PARAMETERS = 100

type _Fields = dict[str, list[str]]


@dataclass(frozen=True, slots=True)
class _Dissected:
    """A value such as `text/plain; charset=utf-8`; names and the value itself in lower case."""

    value: str
    parameters: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class PartHead:
    """The headers of a part: what they say, and all that says anything else.

    `encoding` and `media_type` are in lower case, empty where there is none. `others` are the
    fields that could not be taken apart, and all that nobody knows; a line that is no field is
    under the empty name.
    """

    media_type: str
    type_parameters: Mapping[str, str]
    disposition: str
    disposition_parameters: Mapping[str, str]
    encoding: str
    others: Mapping[str, list[str]]

    @classmethod
    def of(cls, head: bytes) -> "PartHead":
        """The headers in these lines."""
        fields = _fields(head)
        told = {name: _dissected(fields.get(name, [])) for name in _DISSECTED}
        encoding = told["content-transfer-encoding"]
        if encoding is not None and (encoding.value not in _ENCODINGS or encoding.parameters):
            told["content-transfer-encoding"] = None
        others = {name: values for name, values in fields.items() if told.get(name) is None}
        others.pop("content-length", None)
        disposition, media_type, encoding = (told[name] or _NOTHING for name in _DISSECTED)
        return cls(
            media_type=media_type.value,
            type_parameters=media_type.parameters,
            disposition=disposition.value,
            disposition_parameters=disposition.parameters,
            encoding=encoding.value,
            others=others,
        )

    def told(self) -> dict[str, Json]:
        """What is compared of them: all but how the body is written down."""
        type_parameters = dict(self.type_parameters)
        if self.media_type.startswith("multipart/") and "boundary" in type_parameters:
            type_parameters["boundary"] = "…"
        disposed = dict(self.disposition_parameters)
        told: dict[str, Json] = {
            name: disposed.pop(name) for name in ("name", "filename") if name in disposed
        }
        further: dict[str, Json] = {
            "disposition": self.disposition,
            "disposition_parameters": {**disposed},
            "type": self.media_type,
            "type_parameters": {**type_parameters},
            "headers": {name: list(values) for name, values in self.others.items()},
        }
        return {**told, **{name: value for name, value in further.items() if value}}


_NOTHING = _Dissected("", {})


def _fields(head: bytes) -> _Fields:
    fields: _Fields = {}
    values: list[str] = []
    for line in _LINE_END.split(head):
        text = line.decode("utf-8", "surrogateescape")
        if text.startswith((" ", "\t")) and values:
            values[-1] += " " + text.strip(" \t")
            continue
        name, colon, value = text.partition(":")
        if not colon:
            name, value = "", text
        if text:
            values = fields.setdefault(name.strip(" \t").lower(), [])
            values.append(value.strip(" \t"))
    return fields


def _dissected(values: list[str]) -> _Dissected | None:
    """The value of a field that stands there once; None where that could lose anything."""
    if len(values) != 1:
        return None
    text = values[0]
    value = text.partition(";")[0]
    parameters: dict[str, str] = {}
    at = len(value)
    while (found := _PARAMETER.match(text, at)) is not None:
        name, quoted, token = found.groups()
        if name.lower() in parameters or len(parameters) == _MOST_PARAMETERS:
            return None
        parameters[name.lower()] = token if quoted is None else quoted
        at = found.end()
    is_whole = value.strip(" \t") and not text[at:].strip("; \t")
    return _Dissected(value.strip(" \t").lower(), parameters) if is_whole else None
