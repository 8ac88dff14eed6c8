"""How much a Markdown report may hold: less and less, until it fits."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """The most of everything that a report shows.

    `places` and `values` are those of a finding, `body_chars` those of each answer, `curl_chars`
    those of a request; 0 is none at all.
    """

    findings: int = 50
    places: int = 20
    values: int = 5
    rows: int = 100
    causes: int = 20
    reasons: int = 50
    reason_chars: int = 1_000
    body_chars: int = 600
    curl_chars: int = 8_000


ROOMS = (
    Room(),
    Room(findings=25, places=10, rows=50, causes=10, reasons=30, curl_chars=2_000),
    Room(findings=15, places=5, rows=25, causes=10, reasons=20, body_chars=300, curl_chars=1_000),
    Room(findings=10, places=5, rows=10, causes=5, reasons=10, body_chars=0, curl_chars=500),
    Room(
        findings=3,
        places=2,
        values=2,
        rows=5,
        causes=3,
        reasons=5,
        reason_chars=300,
        body_chars=0,
        curl_chars=0,
    ),
)
"""From the widest to the narrowest."""


def more(many: int) -> tuple[str, ...]:
    """Say how many more there are; nothing where there are none."""
    return (f"And {many:,} more; the JSON report has more.",) if many > 0 else ()
