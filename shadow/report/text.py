"""A verdict in a few plain lines, for a terminal or a build log."""

from collections import Counter
from collections.abc import Iterator, Sequence

from shadow.model import Decision, Finding, Verdict
from shadow.report.causes import MAX_LISTED as MAX_CAUSES_LISTED
from shadow.report.json import MAX_LISTED
from shadow.report.plain import accounting_sum, listed_in_json, said_of_sign_off, visible
from shadow.verdict.approvals import changed_since_sign_off
from shadow.verdict.cause_wording import said_of_cause
from shadow.verdict.identity import finding_id
from shadow.verdict.wording import name

_MAX_LINE = 1_000
_MAX_NAMED = 50
_MOST_CAUSES = 5
_MAX_PLACES = 5


def verdict_as_text(verdict: Verdict) -> str:
    """Write decision, reasons, causes, sums, idle rules and what can be approved, one a line.

    Plain text, without control characters but \\n. Square brackets are left as they are: print it
    without markup.
    """
    decisions = Counter(each.decision for each in verdict.endpoints)
    endpoints = ", ".join(f"{decisions[each]:,} {each}" for each in Decision)
    lines = (
        f"{verdict.decision} release {verdict.release}",
        *(f"  {reason}" for reason in verdict.reasons),
        *(f"  cause: {said_of_cause(cause)}." for cause in verdict.causes[:_MOST_CAUSES]),
        *_more_causes(len(verdict.causes)),
        f"findings: {len(verdict.findings):,}, noise: {len(verdict.noise):,}, "
        f"excused: {len(verdict.ruled) + len(verdict.excused):,}",
        f"endpoints: {endpoints}",
        f"exchanges: {accounting_sum(verdict.accounting)}",
        *(f"rule {notice.rule}: {notice.problem}" for notice in verdict.rule_notices),
        *_named("finding", verdict.findings, MAX_LISTED),
        *_named("suspect", verdict.suspects, MAX_LISTED),
        *_named("accepted", [each.finding for each in verdict.accepted]),
        *_sign_off(verdict),
        *_names(verdict),
    )
    return "\n".join(visible(line, _MAX_LINE) for line in lines) + "\n"


def _more_causes(total: int) -> Iterator[str]:
    if total > _MOST_CAUSES:
        rest = listed_in_json(total, MAX_CAUSES_LISTED)
        yield f"  and {total - _MOST_CAUSES:,} more causes; {rest}"


def _named(what: str, findings: Sequence[Finding], listed: int | None = None) -> Iterator[str]:
    """Name findings as `shadow approve` takes them; of these the JSON report lists `listed`."""
    for finding in findings[:_MAX_NAMED]:
        signature = finding.signature
        place = f"{name(str(signature.endpoint))} `{name(signature.location)}` {signature.kind}"
        yield f"{what} {finding_id(signature)}: {place}{_also_at(finding)}"
    if len(findings) > _MAX_NAMED:
        rest = listed_in_json(len(findings), listed)
        yield f"{what}: and {len(findings) - _MAX_NAMED:,} more; {rest}"


def _also_at(finding: Finding) -> str:
    named = [f"`{name(each.location)}`" for each in finding.also_at[:_MAX_PLACES]]
    more = len(finding.also_at) - _MAX_PLACES
    rest = [f"{more:,} more"] if more > 0 else []
    return f", and at {', '.join((*named, *rest))}" if named else ""


def _sign_off(verdict: Verdict) -> Iterator[str]:
    if verdict.sign_off is not None:
        yield said_of_sign_off(verdict.sign_off)
        yield from (f"since then: {change}" for change in changed_since_sign_off(verdict))


def _names(verdict: Verdict) -> Iterator[str]:
    stored = (f"verdict {verdict.id}",) if verdict.id else ()
    policy = (f"policy {verdict.policy_hash}",) if verdict.policy_hash else ()
    if stored or policy:
        yield ", ".join((*stored, *policy))
