"""A verdict for people: what was decided and why, then what stands behind it.

It is short enough for a comment on a pull request: GitHub takes 65,536 characters.
"""

from collections.abc import Mapping

from shadow.model import Example, Signature, Verdict
from shadow.report.causes import causes_as_markdown
from shadow.report.escape import code, sentence
from shadow.report.markdown_findings import findings_section
from shadow.report.markdown_room import ROOMS, Room, more
from shadow.report.markdown_tables import sections
from shadow.report.plain import moment, said_of_sign_off
from shadow.verdict.approvals import changed_since_sign_off

MAX_BYTES = 60_000
"""Largest document, as UTF-8."""

_SHORTENED = (
    "Shortened to fit into a comment: `shadow report --format html` shows more, with both answers "
    "side by side, and `--format json` has more still."
)


def verdict_as_markdown(
    verdict: Verdict, examples: Mapping[Signature, Example], trace_url: str | None = None
) -> str:
    """Write a verdict as one Markdown document (CommonMark with GitHub's tables).

    `examples` holds redacted pairs of replies by the signature they show. `trace_url` is where
    traces are shown, with `{trace_id}` in it. Every text from
    traffic is escaped and cut. What does not fit into `MAX_BYTES` is left out, the least important
    first, and the document says so.
    """
    for room in ROOMS:
        parts = _parts(verdict, examples, trace_url, room)
        if _size(parts) <= MAX_BYTES:
            break
    else:
        parts = _as_many_as_fit(parts)
    return "\n\n".join(parts) + "\n"


def _parts(
    verdict: Verdict, examples: Mapping[Signature, Example], trace_url: str | None, room: Room
) -> tuple[str, ...]:
    shortened = () if room is ROOMS[0] else (_SHORTENED,)
    found = findings_section(verdict, examples, trace_url, room)
    body = (*shortened, found, causes_as_markdown(verdict.causes, room))
    written = (_head(verdict, room), *body, *sections(verdict, room))
    return tuple(part for part in written if part)


def _as_many_as_fit(parts: tuple[str, ...]) -> tuple[str, ...]:
    kept = list(parts)
    while len(kept) > 2 and _size((*kept, _left_out(parts, kept))) > MAX_BYTES:
        kept.pop()
    return (*kept, _left_out(parts, kept))


def _left_out(parts: tuple[str, ...], kept: list[str]) -> str:
    titles = [part.partition("\n")[0].lstrip("# ") for part in parts[len(kept) :]]
    return f"Left out: {'; '.join(titles)}."


def _size(parts: tuple[str, ...]) -> int:
    return sum(len(part.encode()) + 2 for part in parts)


def _head(verdict: Verdict, room: Room) -> str:
    shown = verdict.reasons[: room.reasons]
    reasons = "\n".join(f"- {sentence(reason, room.reason_chars)}" for reason in shown)
    policy = f" Policy {code(verdict.policy_hash)}." if verdict.policy_hash else ""
    parts = (
        f"# {verdict.decision}: release {code(verdict.release)}",
        f"Decided {moment(verdict.decided_at)}.{policy}",
        *_sign_off(verdict, room),
        reasons,
        *more(len(verdict.reasons) - room.reasons),
    )
    return "\n\n".join(parts)


def _sign_off(verdict: Verdict, room: Room) -> tuple[str, ...]:
    if verdict.sign_off is None:
        return ()
    changes = "; ".join(changed_since_sign_off(verdict))
    since = f" Since then: {sentence(changes)}." if changes else ""
    return (f"{sentence(said_of_sign_off(verdict.sign_off), 3 * room.reason_chars)}.{since}",)
