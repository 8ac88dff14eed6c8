"""The secrets of one observation: each becomes a keyed digest and is remembered, to find echoes."""

import hmac
import re

MARK = "redacted:"
TOKEN = re.compile(MARK + "[0-9a-f]{10}")
"""What stands where a secret was."""
SHORTEST_SOUGHT = 6
"""A shorter secret is hidden where it stands but not sought elsewhere: chance would find it."""
MOST_SECRETS = 512

_NOT_TEXT = b"\xff"
"""Never part of UTF-8, so the number 1 and the text "1" have different digests."""
_SHORTEST_UNLIKELY = 16
_PLAIN = re.compile(r"(?:[^\W\d]|-)+|[\d.:/-]+")


class Secrets:
    """Replaces secrets by digests under one key; equal ones stay equal, others stay different."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._certain: dict[str, bool] = {}
        self.too_many = False
        """Whether there were more secrets than can be sought; then nothing may be kept as text."""

    def digest(self, value: str | bytes) -> str:
        """Ten hexadecimal digits of HMAC-SHA256 over a text or bytes."""
        data = value if isinstance(value, bytes) else value.encode("utf-8", "surrogatepass")
        return hmac.digest(self._key, data, "sha256").hex()[:10]

    def token(self, text: str) -> str:
        """What to write instead of a text."""
        return MARK + self.digest(text)

    def hide(self, text: str) -> str:
        """Remember a secret and return its token; an empty text stays, it says nothing."""
        if not text or TOKEN.fullmatch(text):
            return text
        self.learn(text)
        return self.token(text)

    def hide_literal(self, text: str) -> str:
        """Hide a JSON number, true or false, which is another value than its text in quotes."""
        self.learn(text)
        return self.literal_token(text)

    def literal_token(self, text: str) -> str:
        """What to write instead of a JSON number, true or false."""
        return MARK + self.digest(_NOT_TEXT + text.encode("utf-8", "surrogatepass"))

    def hide_uncertain(self, text: str) -> str:
        """Hide what is taken for a secret but may be a word like any other: a cookie's `dark`."""
        if not text or TOKEN.fullmatch(text):
            return text
        self.learn(text, certain=len(text) >= _SHORTEST_UNLIKELY or not _PLAIN.fullmatch(text))
        return self.token(text)

    def learn(self, text: str, *, certain: bool = True) -> None:
        """Remember a secret to be sought elsewhere.

        One that is not `certain` is no reason to change a location or an endpoint.
        """
        if len(text) < SHORTEST_SOUGHT:
            return
        if text not in self._certain and len(self._certain) >= MOST_SECRETS:
            self.too_many = True
            return
        self._certain[text] = certain or self._certain.get(text, False)

    @property
    def sought(self) -> tuple[str, ...]:
        """The secrets that may be echoed in values."""
        return tuple(self._certain)

    @property
    def certain(self) -> tuple[str, ...]:
        """Those that may be echoed in locations and endpoints too."""
        return tuple(text for text, certain in self._certain.items() if certain)
