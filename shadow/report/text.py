"""A verdict in a few plain lines, for a terminal or a build log."""

from collections import Counter

from shadow.model import Decision, Verdict
from shadow.report.plain import accounting_sum, visible

_MAX_LINE = 1_000


def verdict_as_text(verdict: Verdict) -> str:
    """Write decision, reasons, sums and rules that do nothing, one a line.

    Plain text, without control characters but \\n. Square brackets are left as they are: print it
    without markup.
    """
    decisions = Counter(each.decision for each in verdict.endpoints)
    endpoints = ", ".join(f"{decisions[each]:,} {each}" for each in Decision)
    lines = (
        f"{verdict.decision} release {verdict.release}",
        *(f"  {reason}" for reason in verdict.reasons),
        f"findings: {len(verdict.findings):,}, noise: {len(verdict.noise):,}, "
        f"excused: {len(verdict.excused):,}",
        f"endpoints: {endpoints}",
        f"exchanges: {accounting_sum(verdict.accounting)}",
        *(f"rule {notice.rule}: {notice.problem}" for notice in verdict.rule_notices),
    )
    return "\n".join(visible(line, _MAX_LINE) for line in lines) + "\n"
