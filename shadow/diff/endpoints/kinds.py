"""What a segment of a path stands for: a type, a type with words around it, or itself.

Members of bodies have names of fewer kinds (`identifiers`): `1.2.3` or `+14155550100` is an
identifier where it is a whole segment of a path. Each pattern takes linear time.
"""

import re

from shadow.diff.identifiers import UUID, identifier_kind

_MAX_CHARS = 256
_HEX_WITH_DIGIT = r"(?=[0-9a-f]*[0-9])[0-9a-f]{16,64}"
_PATTERNS = (
    ("digest", r"sha(?:1|256|384|512):[0-9a-f]{40,128}"),
    ("uuid", r"\{" + UUID.pattern + r"\}"),
    ("int", r"-[0-9]{1,19}"),
    ("phone", r"\+[0-9]{7,15}"),
    ("ip", r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}"),
    ("ip", r"[0-9a-f]{1,4}(?::[0-9a-f]{1,4}){7}"),
    ("ip", r"(?=[a-f:]*[0-9])(?=[0-9a-f:]*::)[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7}"),
    ("mac", r"[0-9a-f]{2}(?:(?::[0-9a-f]{2}){5}|(?:-[0-9a-f]{2}){5})"),
    ("version", r"v?[0-9]{1,9}(?:\.[0-9]{1,9}){2}(?:[-+][0-9a-z.+-]+)?"),
    ("date", r"[0-9]{4}-(?:0[1-9]|1[0-2])"),
    ("date", r"[0-9]{4}-?w[0-9]{2}"),
    ("date", r"[0-9]{8}t[0-9]{6}z?"),
    ("token", r"eyj[\w-]+\.[\w-]+\.[\w-]*"),
    ("token", r"(?=[^0-9]*[0-9])(?=[^a-z]*[a-z])[0-9a-z+/_-]{8,}={1,2}"),
    ("token", r"\(S\([0-9a-z]{24}\)\)"),
    ("id", r"(?:[a-z]{1,3}|[a-z][0-9a-z]{0,15}-|0x)" + _HEX_WITH_DIGIT),
)
_KINDS = tuple((kind, re.compile(pattern, re.IGNORECASE | re.ASCII)) for kind, pattern in _PATTERNS)
_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")
_ACTION = re.compile(r"(?P<stem>.+)(?P<action>:[a-z][A-Za-z]+)")
_EXTENSION = re.compile(r"[A-Za-z][A-Za-z0-9]{0,7}")
_SCALED = re.compile(r"@[1-4]x\Z")
_DIGIT = re.compile(r"[0-9]")
_ASSET = re.compile(
    r"(?P<name>[\w-]+[.-])(?P<hash>[0-9a-f]{8,32})(?P<ending>(?:\.[A-Za-z]\w{0,7}){1,2})", re.ASCII
)
_CALL = re.compile(r"(?P<name>[A-Za-z_]\w{0,63})\((?P<key>[^()]+)\)")
_QUOTED = re.compile(r"'[^']*'")


def type_of(text: str) -> str | None:
    """The typed form of a segment, such as `{int}` or `{hex}.png`; None for a word."""
    if len(text) > _MAX_CHARS or text.isalpha():
        return None
    return _whole(text) or _composite(text) or _part(text)


def _whole(text: str) -> str | None:
    kind = identifier_kind(text)
    if kind in {None, "token"}:
        kind = _path_kind(text) or kind
    return f"{{{kind}}}" if kind else None


def _path_kind(text: str) -> str | None:
    """The kind of a whole segment that is an identifier in paths alone."""
    if _DIGIT.search(text) is None:
        return None
    for kind, pattern in _KINDS:
        if pattern.fullmatch(text):
            return kind
    return None


def _composite(text: str) -> str | None:
    """Two ends of a comparison, several identifiers, or the key in a call's parentheses."""
    base, dots, head = text.partition("...")
    if dots and base and head:
        return "{base}...{head}"
    if _are_ids(text):
        return "{ids}"
    call = _CALL.fullmatch(text)
    key = _key_of_call(call["key"]) if call else None
    return f"{call['name']}({key})" if call and key else None


def _are_ids(text: str) -> bool:
    return any(
        separator in text and all(map(_is_one_of_many, text.split(separator))) for separator in ",:"
    )


def _is_one_of_many(text: str) -> bool:
    return _NUMBER.fullmatch(text) is not None or _whole(text) is not None


def _key_of_call(text: str) -> str | None:
    if "=" not in text:
        return "{key}" if _QUOTED.fullmatch(text) else _whole(text)
    names = [part.partition("=") for part in text.split(",")]
    if not all(name.isidentifier() and value for name, _, value in names):
        return None
    return ",".join(f"{name}={_whole(value) or '{key}'}" for name, _, value in names)


def _part(text: str) -> str | None:
    """An identifier with an action, an ending or a name beside it."""
    action = _ACTION.fullmatch(text)
    if action:
        stem = _whole(action["stem"])
        return f"{stem}{action['action']}" if stem else None
    return _file(text) or _asset(text)


def _file(text: str) -> str | None:
    for extensions in (2, 1):
        name, *endings = text.rsplit(".", extensions)
        if len(endings) == extensions and all(map(_EXTENSION.fullmatch, endings)):
            scaled = _SCALED.search(name)
            bare = name[: scaled.start()] if scaled else name
            stem = _whole(bare) or ("{ids}" if _are_ids(bare) else None)
            if stem:
                return stem + text[scaled.start() if scaled else len(name) :]
    return None


def _asset(text: str) -> str | None:
    asset = _ASSET.fullmatch(text)
    if asset is None or identifier_kind(asset["hash"]) != "hex":
        return None
    name = _whole(asset["name"][:-1])
    return f"{name + asset['name'][-1] if name else asset['name']}{{hex}}{asset['ending']}"
