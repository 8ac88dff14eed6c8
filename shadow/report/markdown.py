"""A verdict for people: what was decided and why, then what stands behind it."""

from collections.abc import Iterable, Mapping, Sequence

from shadow.model import (
    Accepted,
    Accounting,
    Decision,
    Difference,
    DifferenceKind,
    EndpointSummary,
    Example,
    Failure,
    Finding,
    Reply,
    RuleNotice,
    Signature,
    StatusCoverage,
    Verdict,
)
from shadow.report.causes import causes_as_markdown
from shadow.report.escape import block, code, optional_code, sentence
from shadow.report.latency import HEADER, latency_rows
from shadow.report.plain import (
    accounting_sum,
    answered,
    body_text,
    moment,
    said_of_sign_off,
)
from shadow.verdict.approvals import changed_since_sign_off
from shadow.verdict.identity import finding_id
from shadow.verdict.wording import and_places, how_often

MAX_FINDINGS = 50
"""How many findings are shown in full."""

MAX_ROWS = 100
"""How many rows a table shows."""

_MAX_DIFFERENCES = 5
_MAX_PLACES = 20
_MAX_SIGN_OFF = 3_000

_ORDER = (Decision.FAIL, Decision.INCONCLUSIVE, Decision.PASS)


def verdict_as_markdown(verdict: Verdict, examples: Mapping[Signature, Example]) -> str:
    """Write a verdict as one Markdown document (CommonMark with GitHub's tables).

    `examples` holds redacted pairs of replies by the signature they show. Every text from
    traffic is escaped and cut, lists and tables are cut at `MAX_FINDINGS` and `MAX_ROWS`.
    """
    sections = (
        _head(verdict),
        _findings(verdict, examples),
        causes_as_markdown(verdict.causes),
        _suspects(verdict),
        _accepted(verdict.accepted),
        _excused(verdict.excused),
        _rule_notices(verdict.rule_notices),
        _noise(verdict),
        _endpoints(verdict.endpoints),
        _coverage(verdict.coverage),
        _latency(verdict.endpoints),
        _accounting(verdict.accounting),
    )
    return "\n\n".join(section for section in sections if section) + "\n"


def _head(verdict: Verdict) -> str:
    reasons = "\n".join(f"- {sentence(reason)}" for reason in verdict.reasons)
    policy = f" Policy {code(verdict.policy_hash)}." if verdict.policy_hash else ""
    parts = (
        f"# {verdict.decision}: release {code(verdict.release)}",
        f"Decided {moment(verdict.decided_at)}.{policy}",
        *_sign_off(verdict),
        reasons,
    )
    return "\n\n".join(parts)


def _sign_off(verdict: Verdict) -> tuple[str, ...]:
    if verdict.sign_off is None:
        return ()
    changes = "; ".join(changed_since_sign_off(verdict))
    since = f" Since then: {sentence(changes)}." if changes else ""
    return (f"{sentence(said_of_sign_off(verdict.sign_off), _MAX_SIGN_OFF)}.{since}",)


def _findings(verdict: Verdict, examples: Mapping[Signature, Example]) -> str:
    if not verdict.findings:
        return ""
    shown = (
        _finding(number, finding, examples.get(finding.signature), verdict)
        for number, finding in enumerate(verdict.findings[:MAX_FINDINGS], start=1)
    )
    more = _more(len(verdict.findings) - MAX_FINDINGS)
    return "\n\n".join((f"## Findings ({len(verdict.findings):,})", *shown, *more))


def _finding(number: int, finding: Finding, example: Example | None, verdict: Verdict) -> str:
    signature = finding.signature
    title = f"### {number}. {code(str(signature.endpoint))} {_location(finding)}"
    often = how_often(finding, noise_known=verdict.noise_known)
    said = f"Kind **{signature.kind}**: {often}.\n\nId {code(finding_id(signature))}."
    parts = (title, said, *_also_at(finding), _shown(example, finding))
    return "\n\n".join(parts)


def _also_at(finding: Finding) -> tuple[str, ...]:
    if not finding.also_at:
        return ()
    items = [f"- {code(each.location)}" for each in finding.also_at[:_MAX_PLACES]]
    more = _more(len(finding.also_at) - _MAX_PLACES)
    return ("The same values changed in the same way at:", "\n".join(items), *more)


def _shown(example: Example | None, finding: Finding) -> str:
    if finding.signature.kind is DifferenceKind.SLOW:
        return "No single pair of replies shows it: see the times under Latency."
    return _example(example, finding.places) if example else "No example was kept."


def _example(example: Example, places: Sequence[Signature]) -> str:
    request = code(f"{example.request.method} {example.request.target}", 500)
    differences = [
        (code(each.pointer or each.location), *_values(each))
        for each in _that_show(places, example)[:_MAX_DIFFERENCES]
    ]
    return "\n\n".join(
        (
            f"For example {request} at {moment(example.captured_at)}, "
            f"exchange {code(example.exchange_id)}:",
            *_table(("Where", "Primary", "Candidate"), differences),
            _reply("Primary", example.primary),
            _reply("Candidate", example.candidate),
        )
    )


def _that_show(places: Sequence[Signature], example: Example) -> Sequence[Difference]:
    wanted = {(place.location, place.kind) for place in places}
    same = [each for each in example.differences if (each.location, each.kind) in wanted]
    return same or example.differences


def _values(difference: Difference) -> tuple[str, str]:
    return optional_code(difference.primary), optional_code(difference.candidate)


def _reply(who: str, reply: Reply) -> str:
    text = reply.detail if isinstance(reply, Failure) else body_text(reply.body)
    said = f"{who}: {answered(reply)}"
    return f"{said}\n\n{block(text)}" if text else f"{said}, empty"


def _suspects(verdict: Verdict) -> str:
    known = verdict.noise_known
    rows = [
        (code(finding_id(each.signature)), *_place(each), how_often(each, noise_known=known))
        for each in verdict.suspects[:MAX_ROWS]
    ]
    header = ("Id", "Endpoint", "Location", "Kind", "How often")
    return _section("Suspicious", header, rows, len(verdict.suspects))


def _accepted(accepted: Sequence[Accepted]) -> str:
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
        for each in accepted[:MAX_ROWS]
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
    return _section("Accepted as intended", header, rows, len(accepted))


def _excused(excused: Sequence[Finding]) -> str:
    rows = [
        (
            *_place(each),
            code(each.signature.excused_by),
            f"{each.differing:,}",
            f"{each.compared:,}",
        )
        for each in excused[:MAX_ROWS]
    ]
    header = ("Endpoint", "Location", "Kind", "Rule", "Differing", "Compared")
    return _section("Excused by rules", header, rows, len(excused))


def _rule_notices(notices: Sequence[RuleNotice]) -> str:
    if not notices:
        return ""
    shown = (f"- {code(notice.rule)} {sentence(notice.problem)}" for notice in notices[:MAX_ROWS])
    more = _more(len(notices) - MAX_ROWS)
    return "\n\n".join(("## Rules that excuse nothing", "\n".join(shown), *more))


def _noise(verdict: Verdict) -> str:
    rows = [
        (*_place(each), f"{each.differing:,}", f"{each.noise:,}", f"{each.compared:,}")
        for each in verdict.noise[:MAX_ROWS]
    ]
    header = ("Endpoint", "Location", "Kind", "In the candidate", "In the secondary", "Compared")
    return _section("Noise learned", header, rows, len(verdict.noise))


def _endpoints(endpoints: Sequence[EndpointSummary]) -> str:
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
        for each in ranked[:MAX_ROWS]
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
    return _section("Endpoints", header, rows, len(ranked))


def _coverage(coverage: Sequence[StatusCoverage]) -> str:
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
        for each in ranked[:MAX_ROWS]
    ]
    header = ("Endpoint", "Status", "Seen in production", "Compared", "Enough?")
    return _section("Coverage", header, rows, len(ranked))


def _accounting(accounting: Accounting) -> str:
    rows = [
        (str(key.outcome), code(key.reason) if key.reason else "", f"{many:,}")
        for key, many in sorted(accounting.outcomes.items())
    ]
    table = _table(("Outcome", "Reason", "Exchanges"), rows)
    return "\n\n".join(("## Accounting", f"{accounting_sum(accounting)}.", *table))


def _place(finding: Finding) -> tuple[str, str, str]:
    signature = finding.signature
    return code(str(signature.endpoint)), _location(finding), str(signature.kind)


def _location(finding: Finding) -> str:
    return code(finding.signature.location) + and_places(len(finding.also_at))


def _latency(summaries: tuple[EndpointSummary, ...]) -> str:
    rows = latency_rows(summaries)
    return _section("Latency", HEADER, rows, len(rows))


def _section(title: str, header: Sequence[str], rows: Sequence[Sequence[str]], total: int) -> str:
    """A headed table of the first rows of `total`."""
    heading = f"## {title} ({total:,})"
    return "\n\n".join((heading, *_table(header, rows, total))) if rows else ""


def _table(header: Sequence[str], rows: Sequence[Sequence[str]], total: int = 0) -> tuple[str, ...]:
    if not rows:
        return ()
    lines = (header, ("---",) * len(header), *rows[:MAX_ROWS])
    return ("\n".join(_row(cells) for cells in lines), *_more(max(total, len(rows)) - MAX_ROWS))


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _more(many: int) -> tuple[str, ...]:
    return (f"And {many:,} more; the JSON report has more.",) if many > 0 else ()
