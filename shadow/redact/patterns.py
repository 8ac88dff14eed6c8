"""Secrets that show what they are by their form alone, wherever they stand.

JSON Web Tokens, `Bearer` and `Basic` credentials, private keys, keys of well-known services,
passwords in URLs, payment card numbers. Each is looked for by a plain search first, so that text
without any costs little, and no expression can take more than linear time.
"""

import base64
import binascii
import re
from collections.abc import Iterator

from shadow.redact.secrets import TOKEN

type Span = tuple[int, int]

_SERVICE_KEYS = (
    "AKIA",
    "ASIA",
    "AIza",
    "EAAC",
    "dop_v1_",
    "gho_",
    "ghp_",
    "ghr_",
    "ghs_",
    "ghu_",
    "github_pat_",
    "glpat-",
    "hf_",
    "npm_",
    "pypi-",
    "rk_live_",
    "rk_test_",
    "shpat_",
    "sk-",
    "sk_live_",
    "sk_test_",
    "xapp-",
    "xoxa-",
    "xoxb-",
    "xoxp-",
    "xoxr-",
    "xoxs-",
    "ya29.",
)
_SHORTEST_KEY = 20
_JWT = "eyJ"
"""How base64 of `{"` begins."""
_SHORTEST_JWT = 24
_RUN = re.compile(r"[\w.-]++", re.ASCII)
_CREDENTIALS = re.compile(
    rf"(bearer|basic)(?:[ +\t]|%20){{1,4}}+(?!{TOKEN.pattern}|(?:realm|scope|error\w*)=)"
    r"([\w.~+/=-]{8,}+)",
    re.IGNORECASE | re.ASCII,
)
_KEY_BEGIN = re.compile(r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY")
_URL_PASSWORD = re.compile(r"://[^\s/?#@:\"'<>\\]{0,256}+:([^\s/?#@\"'<>\\]{1,256}+)@")
_CARD = re.compile(
    r"[2-6]\d{3}(?:\d{10,15}+|(?:[ -]\d{4}){3}+(?:[ -]\d{3})?|[ -]\d{6}[ -]\d{4,5})(?!\d|\.\d)",
    re.ASCII,
)
_IN_A_NUMBER = re.compile(r"\d\.?")
_DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)


def pattern_spans(text: str) -> list[Span]:
    """Where text holds something that is secret by its form; spans may overlap."""
    spans: list[Span] = []
    spans += _tokens(text, _JWT, _SHORTEST_JWT, within=".")
    for prefix in [prefix for prefix in _SERVICE_KEYS if prefix in text]:
        spans += _tokens(text, prefix, _SHORTEST_KEY)
    spans += _private_keys(text)
    if "://" in text and "@" in text:
        spans += (match.span(1) for match in _URL_PASSWORD.finditer(text))
    lowered = text.lower()
    if "bearer" in lowered or "basic" in lowered:
        spans += (m.span(2) for m in _CREDENTIALS.finditer(text) if _are_credentials(m))
    spans += (match.span() for match in _CARD.finditer(text) if _is_card(match))
    return spans


def _tokens(text: str, prefix: str, shortest: int, within: str = "") -> Iterator[Span]:
    """Runs of word characters from a prefix on, that no word character comes before."""
    start = text.find(prefix)
    while start >= 0:
        end = start + len(prefix)
        if start == 0 or not text[start - 1].isalnum() or prefix == _JWT:
            end = _end_of_run(text, start)
            if end - start >= shortest and within in text[start:end]:
                yield start, end
        start = text.find(prefix, end)


def _end_of_run(text: str, start: int) -> int:
    run = _RUN.match(text, start)
    return run.end() if run else start


def _private_keys(text: str) -> Iterator[Span]:
    """From each BEGIN to the END after it, or to the end of a text that is cut short."""
    if "-----BEGIN " not in text:
        return
    end = 0
    for begin in _KEY_BEGIN.finditer(text):
        if begin.start() >= end:
            closing = text.find("-----END ", begin.end())
            closed = text.find("-----", closing + 9) if closing >= 0 else -1
            end = closed + 5 if closed >= 0 else len(text)
            yield begin.start(), end


def _are_credentials(match: re.Match[str]) -> bool:
    """Any word may follow `basic`; credentials are base64 of a name, a colon and a password."""
    if match[1].lower() == "bearer":
        return True
    try:
        return b":" in base64.b64decode(match[2] + "==")
    except (binascii.Error, ValueError):
        return False


def _is_card(match: re.Match[str]) -> bool:
    """Not a part of a longer number, and with the right check digit."""
    before = match.string[max(0, match.start() - 2) : match.start()]
    if before[-1:].isdigit() or _IN_A_NUMBER.fullmatch(before):
        return False
    return _luhn([int(digit) for digit in match[0] if digit.isdigit()])


def _luhn(digits: list[int]) -> bool:
    """The check digit of ISO/IEC 7812-1."""
    return (sum(digits[-1::-2]) + sum(_DOUBLED[digit] for digit in digits[-2::-2])) % 10 == 0
