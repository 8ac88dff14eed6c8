"""What is told when the decision about a release has changed; pure, and bounded in size."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

VERSION = 1
"""Version of the message's shape."""

_MOST_SLACK_CHARS = 2_900
"""Slack takes 3,000 in a text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """The decision was `previous`, and is `decision`; `previous` is None for the first one.

    `reasons` are a few short lines that may be shown; `link` leads to the release, where it is
    known how this server is called. `decided_at` in epoch seconds.
    """

    release: str
    decision: str
    previous: str | None
    verdict: str
    decided_at: float
    reasons: tuple[str, ...]
    findings: int
    suspects: int
    link: str | None

    @property
    def id(self) -> str:
        """The same for the same change, however often it is sent."""
        parts = (self.release, self.previous or "", self.decision, self.verdict)
        return f"msg_{sha256('\n'.join(parts).encode()).hexdigest()[:32]}"


def generic_body(change: Change) -> bytes:
    """Write it as JSON, in the shape that docs/monitoring.md gives."""
    return _json(
        {
            "version": VERSION,
            "type": "verdict.changed",
            "id": change.id,
            "release": change.release,
            "decision": change.decision,
            "previous": change.previous,
            "verdict": change.verdict,
            "decided_at": change.decided_at,
            "reasons": list(change.reasons),
            "findings": change.findings,
            "suspects": change.suspects,
            "link": change.link,
        }
    )


def slack_body(change: Change) -> bytes:
    """Write it as Slack's incoming webhooks take it.

    Reasons may hold words that a user sent: they are plain text, in which nobody can be mentioned.
    """
    was = f" (it was {change.previous})" if change.previous else ""
    headline = f"{change.release} is {change.decision}{was}"
    lines = (*(f"• {reason}" for reason in change.reasons), *filter(None, [change.link]))
    text = "\n".join((headline, *lines))[:_MOST_SLACK_CHARS]
    shown = {"type": "plain_text", "text": text, "emoji": False}
    blocks = [{"type": "section", "text": shown}]
    return _json({"text": headline, "blocks": blocks, "unfurl_links": False})


def _json(document: Mapping[str, object]) -> bytes:
    return json.dumps(document, allow_nan=False).encode()
