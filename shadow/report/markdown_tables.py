"""The tables of a Markdown report."""

from collections.abc import Iterable, Sequence

from shadow.model import (
    Accepted,
    Accounting,
    Decision,
    EndpointSummary,
    Finding,
    KeptRule,
    RuleNotice,
    StatusCoverage,
    Verdict,
)
from shadow.report.escape import code, sentence
from shadow.report.latency import HEADER, latency_rows
from shadow.report.markdown_room import Room, more
from shadow.report.plain import accounting_sum
from shadow.verdict.identity import finding_id
from shadow.verdict.wording import and_places, how_often

_ORDER = (Decision.FAIL, Decision.INCONCLUSIVE, Decision.PASS)


def sections(verdict: Verdict, room: Room) -> tuple[str, ...]:
    """Write all tables of a verdict, each with its heading; empty ones are left out."""
    written = (
        _suspects(verdict, room),
        _accepted(verdict.accepted, room),
        _excused(verdict, room),
        _rule_notices(verdict.rule_notices, room),
        _noise(verdict, room),
        _endpoints(verdict.endpoints, room),
        _coverage(verdict.coverage, room),
        _latency(verdict.endpoints, room),
        _accounting(verdict.accounting, room),
    )
    return tuple(section for section in written if section)


def location(finding: Finding) -> str:
    """Write where a finding is, and in how many more places."""
    return code(finding.signature.location) + and_places(len(finding.also_at))


def table(
    header: Sequence[str], rows: Sequence[Sequence[str]], room: Room, total: int = 0
) -> tuple[str, ...]:
    """Write the first rows of `total`, and how many more there are; nothing without rows."""
    if not rows:
        return ()
    lines = (header, ("---",) * len(header), *rows[: room.rows])
    rest = more(max(total, len(rows)) - room.rows)
    return ("\n".join(_row(cells) for cells in lines), *rest)


def _suspects(verdict: Verdict, room: Room) -> str:
    known = verdict.noise_known
    rows = [
        (code(finding_id(each.signature)), *_place(each), how_often(each, noise_known=known))
        for each in verdict.suspects[: room.rows]
    ]
    header = ("Id", "Endpoint", "Location", "Kind", "How often")
    return _section("Suspicious", header, rows, len(verdict.suspects), room)


def _accepted(accepted: Sequence[Accepted], room: Room) -> str:
    rows = [
        (
            code(finding_id(each.finding.signature)),
            *_place(each.finding),
            f"{each.finding.differing:,}",
            f"{each.finding.compared:,}",
            sentence(each.approval.by),
            sentence(each.approval.reason),
            str(each.approval.expires or "never"),
        )
        for each in accepted[: room.rows]
    ]
    header = (
        "Id",
        "Endpoint",
        "Location",
        "Kind",
        "Differing",
        "Compared",
        "Accepted by",
        "Why",
        "Expires",
    )
    return _section("Accepted as intended", header, rows, len(accepted), room)


def _excused(verdict: Verdict, room: Room) -> str:
    rows = [
        *(
            _excused_row(each.finding, each.rule.name, _answers_for(each.rule))
            for each in verdict.ruled[: room.rows]
        ),
        *(
            _excused_row(each, each.signature.excused_by, "")
            for each in verdict.excused[: room.rows]
        ),
    ]
    header = ("Endpoint", "Location", "Kind", "Rule", "Differing", "Compared", "Kept by")
    width = len(header) if verdict.ruled else len(header) - 1
    total = len(verdict.ruled) + len(verdict.excused)
    cells = [row[:width] for row in rows[: room.rows]]
    return _section("Excused by rules", header[:width], cells, total, room)


def _excused_row(finding: Finding, rule: str, answers_for: str) -> tuple[str, ...]:
    many = f"{finding.differing:,}", f"{finding.compared:,}"
    return (*_place(finding), code(rule), *many, answers_for)


def _answers_for(rule: KeptRule) -> str:
    until = f", until {rule.expires}" if rule.expires else ""
    return f"{sentence(rule.by)}{until}: {sentence(rule.reason)}"


def _rule_notices(notices: Sequence[RuleNotice], room: Room) -> str:
    if not notices:
        return ""
    shown = (f"- {code(notice.rule)} {sentence(notice.problem)}" for notice in notices[: room.rows])
    rest = more(len(notices) - room.rows)
    return "\n\n".join(("## Rules that excuse nothing", "\n".join(shown), *rest))


def _noise(verdict: Verdict, room: Room) -> str:
    rows = [
        (*_place(each), f"{each.differing:,}", f"{each.noise:,}", f"{each.compared:,}")
        for each in verdict.noise[: room.rows]
    ]
    header = ("Endpoint", "Location", "Kind", "In the candidate", "In the secondary", "Compared")
    return _section("Noise learned", header, rows, len(verdict.noise), room)


def _endpoints(endpoints: Sequence[EndpointSummary], room: Room) -> str:
    ranked = sorted(endpoints, key=lambda each: (_ORDER.index(each.decision), each.endpoint))
    rows = [
        (
            code(str(each.endpoint)),
            str(each.decision),
            sentence(each.reason),
            f"{each.counts.compared:,}",
            f"{each.counts.paired:,}",
            f"{each.counts.uninformative:,}",
            f"{each.counts.dropped:,}",
        )
        for each in ranked[: room.rows]
    ]
    header = (
        "Endpoint",
        "Decision",
        "Why",
        "Compared",
        "With secondary",
        "Uninformative",
        "Dropped",
    )
    return _section("Endpoints", header, rows, len(ranked), room)


def _coverage(coverage: Sequence[StatusCoverage], room: Room) -> str:
    ranked = sorted(
        coverage, key=lambda each: (each.is_enough, -each.seen, each.endpoint, each.status_class)
    )
    rows = [
        (
            code(str(each.endpoint)),
            each.status_class,
            f"{each.seen:,}",
            f"{each.compared:,}",
            "enough" if each.is_enough else f"**too little**: needs {each.needed:,}",
        )
        for each in ranked[: room.rows]
    ]
    header = ("Endpoint", "Status", "Seen in production", "Compared", "Enough?")
    return _section("Coverage", header, rows, len(ranked), room)


def _accounting(accounting: Accounting, room: Room) -> str:
    rows = [
        (str(key.outcome), code(key.reason) if key.reason else "", f"{many:,}")
        for key, many in sorted(accounting.outcomes.items())
    ]
    lines = table(("Outcome", "Reason", "Exchanges"), rows, room)
    return "\n\n".join(("## Accounting", f"{accounting_sum(accounting)}.", *lines))


def _place(finding: Finding) -> tuple[str, str, str]:
    signature = finding.signature
    return code(str(signature.endpoint)), location(finding), str(signature.kind)


def _latency(summaries: tuple[EndpointSummary, ...], room: Room) -> str:
    rows = latency_rows(summaries)
    return _section("Latency", HEADER, rows, len(rows), room)


def _section(
    title: str, header: Sequence[str], rows: Sequence[Sequence[str]], total: int, room: Room
) -> str:
    """A headed table of the first rows of `total`."""
    heading = f"## {title} ({total:,})"
    return "\n\n".join((heading, *table(header, rows, room, total))) if rows else ""


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
