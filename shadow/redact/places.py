"""Secrets by their place in a message: header, cookie, parameter, field. Each one is remembered."""

import base64
import binascii
import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import unquote

from shadow.redact.free_text import redact_parameters, redact_strings, redact_text
from shadow.redact.json_text import OPEN, Rules, Spot, redact_json, spot_at
from shadow.redact.names import covers
from shadow.redact.secrets import Secrets

_CREDENTIALS = frozenset({"authorization", "proxy-authorization"})
_SCHEMES = frozenset(
    {
        "apikey",
        "aws4-hmac-sha256",
        "basic",
        "bearer",
        "digest",
        "dpop",
        "hawk",
        "hoba",
        "key",
        "mutual",
        "negotiate",
        "ntlm",
        "oauth",
        "signature",
        "token",
    }
)
_COOKIE_ATTRIBUTES = frozenset(
    {
        "domain",
        "expires",
        "httponly",
        "max-age",
        "partitioned",
        "path",
        "priority",
        "samesite",
        "secure",
    }
)
_DEEPEST_TEXT_IN_TEXT = 4
_BOUNDARY = re.compile(r"boundary=(?:\"([^\"]{1,200}+)\"|([^\s;\"]{1,200}+))", re.IGNORECASE)
_PART_NAME = re.compile(r"\bname=(?:\"([^\"\r\n]*+)\"|([^\s;\"]++))", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Places:
    """Hides what the rules name, and remembers it in `secrets`."""

    rules: Rules
    secrets: Secrets

    def target(self, target: str) -> str:
        """A request target or another URL: parameters of query and fragment, by their names."""
        return self._free(self._parameters(target)) if "=" in target else target

    def header(self, name: str, value: str) -> str:
        """The value of a header field."""
        name = name.lower()
        value = value.strip(" \t")
        if name == "cookie":
            return ";".join(map(self._pair, value.split(";")))
        if name == "set-cookie":
            return self._set_cookie(value)
        if name in _CREDENTIALS:
            return self._credentials(value)
        if covers(self.rules.names, name):
            return self.secrets.hide(value)
        return self._free(self._parameters(value)) if "=" in value else value

    def body(self, text: str, content_type: str) -> str:
        """A body that is text."""
        if is_json(text):
            return self.json(text, self.root)
        kind = content_type.lower()
        if "x-www-form-urlencoded" in kind:
            return self._free(self._parameters(text))
        boundary = _BOUNDARY.search(content_type) if "multipart/" in kind else None
        if boundary:
            return self._multipart(text, "--" + (boundary[1] or boundary[2]))
        return self._free(text)

    def json(self, text: str, spot: Spot) -> str:
        """JSON text whose value stands at a spot."""
        clean = redact_json(text, spot, self.rules, self.secrets, self._inner(1))
        return redact_strings(clean, self.rules.names, self.secrets)

    def text(self, text: str) -> str:
        """Text that may be JSON, or anything."""
        return self._inner(0)(text)

    def cookie(self, name: str, value: str) -> str:
        """A cookie's value, which may be quoted or percent-encoded."""
        for plain in {value.strip('"'), unquote(value)} - {value}:
            self.secrets.learn(plain, certain=covers(self.rules.names, name))
        if covers(self.rules.names, name):
            return self.secrets.hide(value)
        return self.secrets.hide_uncertain(value)

    def cookie_attribute(self, name: str, value: str) -> str:
        """The value of a cookie's attribute: kept where the attribute is a known one."""
        known = name.strip().lower() in _COOKIE_ATTRIBUTES
        return value if known else self.secrets.hide(value)

    @property
    def root(self) -> Spot:
        """The spot of a whole document."""
        paths = self.rules.paths
        return spot_at(paths.start, secret=paths.arrived(paths.start))

    def _free(self, text: str) -> str:
        return redact_text(text, self.rules.names, self.secrets)

    def _parameters(self, text: str) -> str:
        return redact_parameters(text, self.rules.names, self.secrets, self._inner(1))

    def _inner(self, depth: int) -> Callable[[str], str]:
        """What redacts text found inside a text: JSON in a string or a form field."""

        def redacted(text: str) -> str:
            if not is_json(text):
                return self._free(text)
            if depth >= _DEEPEST_TEXT_IN_TEXT:
                return self.secrets.hide(text)
            clean = redact_json(text, OPEN, self.rules, self.secrets, self._inner(depth + 1))
            return redact_strings(clean, self.rules.names, self.secrets)

        return redacted

    def _credentials(self, value: str) -> str:
        scheme, space, credentials = value.partition(" ")
        if scheme.lower() not in _SCHEMES or not credentials.strip():
            return self.secrets.hide(value)
        if scheme.lower() == "basic":
            self._learn_basic(credentials)
        return scheme + space + self.secrets.hide(credentials.strip())

    def _learn_basic(self, credentials: str) -> None:
        try:
            decoded = base64.b64decode(credentials).decode("utf-8", "surrogateescape")
        except (binascii.Error, ValueError):
            return
        self.secrets.learn(decoded)
        self.secrets.learn(decoded.partition(":")[2])

    def _set_cookie(self, value: str) -> str:
        pair, *attributes = value.split(";")
        return ";".join((self._pair(pair), *map(self._attribute, attributes)))

    def _pair(self, pair: str) -> str:
        name, equals, value = pair.partition("=")
        if not equals:
            return self.secrets.hide(pair.strip())
        return f"{name}={self.cookie(name.strip(), value.strip())}"

    def _attribute(self, attribute: str) -> str:
        name, equals, value = attribute.partition("=")
        if name.strip().lower() not in _COOKIE_ATTRIBUTES:
            return self.secrets.hide(attribute.strip())
        return name + equals + value

    def _multipart(self, text: str, delimiter: str) -> str:
        return delimiter.join(map(self._part, text.split(delimiter)))

    def _part(self, part: str) -> str:
        head, blank, content = part.partition("\r\n\r\n")
        name = _PART_NAME.search(head)
        if not name or not covers(self.rules.names, name[1] or name[2] or ""):
            return head + blank + self.text(content)
        value = content.removesuffix("\r\n")
        return head + blank + self.secrets.hide(value) + content[len(value) :]


def is_json(text: str) -> bool:
    """Tell whether a text begins as a JSON object or array does."""
    return text[:256].lstrip("\ufeff \t\r\n")[:1] in {"{", "["}
