"""Text from strangers, made safe and short for any place where text is shown."""

import unicodedata
from datetime import UTC, datetime

from shadow.model import Accounting, Failure, Outcome, Reply, SignOff

_ESCAPES = {"\n": r"\n", "\r": r"\r", "\t": r"\t"}

# A text with more undecodable bytes than this share is not shown as text.
_MAX_UNDECODABLE = 0.1


def visible(text: str, limit: int) -> str:
    r"""Show `text` on one line of at most `limit` characters.

    Whatever moves, hides or reverses other text (control, formatting and private characters,
    line ends) is written out: `\n`, `\x1b`, `\u202e`.
    """
    start = text[: limit + 1]
    shown = start if start.isprintable() else "".join(map(_shown, start))
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"


def visible_lines(text: str, limit: int, max_lines: int) -> str:
    """Show `text` like `visible`, but keep its lines, at most `max_lines` of them."""
    cut = text[:limit].replace("\r\n", "\n").split("\n")
    lines = [visible(line, limit) for line in cut[:max_lines]]
    if len(text) > limit or len(cut) > max_lines:
        lines.append("…")
    return "\n".join(lines)


def body_text(body: bytes) -> str:
    """Read a body as UTF-8 text, or say how large it is where it is not text."""
    text = body.decode("utf-8", "replace")
    if "\0" in text or text.count("\ufffd") > _MAX_UNDECODABLE * len(text):
        return f"({len(body):,} bytes that are not text)"
    return text


def answered(reply: Reply) -> str:
    """Say what a target did in a few words: `status 200`, `no answer (timeout)`."""
    if isinstance(reply, Failure):
        return f"no answer ({reply.kind})"
    return f"status {reply.status}"


def accounting_sum(accounting: Accounting) -> str:
    """Show that the accounting adds up, or by how much it does not."""
    parts = " + ".join(f"{accounting.total(outcome):,} {outcome}" for outcome in Outcome)
    missing = accounting.missing
    if missing > 0:
        parts += f" + {missing:,} without an outcome"
    if missing < 0:
        parts += f" - {-missing:,} more outcomes than captured"
    return f"{accounting.captured:,} captured = {parts}"


def listed_in_json(total: int, most: int | None = None) -> str:
    """Say whether the JSON report lists all of `total`; it has at most `most`, None for all."""
    if most is None or total <= most:
        return "the JSON report has all"
    return f"the JSON report has the first {most:,}"


def moment(epoch_seconds: float) -> str:
    """Write a time as people read it: `2026-01-31 12:00:00 UTC`."""
    return datetime.fromtimestamp(epoch_seconds, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def said_of_sign_off(signed: SignOff) -> str:
    """Say who signed a release off, when, whether against the verdict, and why."""
    against = f" against the verdict {signed.decision}" if signed.override else ""
    reason = f": {signed.reason}" if signed.reason else ""
    return f"signed off by {signed.by} at {moment(signed.at)}{against}{reason}"


def _shown(character: str) -> str:
    category = unicodedata.category(character)
    if not category.startswith("C") and category not in ("Zl", "Zp"):
        return character
    code = ord(character)
    if code < 0x100:
        return _ESCAPES.get(character, f"\\x{code:02x}")
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
