"""JSON texts cut into their members and elements, which are checked but not parsed.

That takes a tenth of the time of parsing them. What is cut out is valid JSON in all but its UTF-8.
"""

import msgspec

from shadow.diff.readers.content import UnreadableError

_MEMBERS = msgspec.json.Decoder(dict[str, msgspec.Raw])
_ELEMENTS = msgspec.json.Decoder(list[msgspec.Raw])


def members(text: bytes) -> dict[str, bytes]:
    """The texts of an object's values, of equal names the last. Raises UnreadableError."""
    try:
        return {name: bytes(value) for name, value in _MEMBERS.decode(text).items()}
    except (msgspec.MsgspecError, ValueError, RecursionError):
        raise UnreadableError("not an object") from None


def elements(text: bytes) -> list[bytes]:
    """The texts of a list's elements. Raises UnreadableError."""
    try:
        return list(map(bytes, _ELEMENTS.decode(text)))
    except (msgspec.MsgspecError, ValueError, RecursionError):
        raise UnreadableError("not a list") from None
