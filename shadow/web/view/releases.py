"""The list of releases: what is said of each on one line."""

from dataclasses import dataclass

from shadow.model import Decision, Outcome
from shadow.report.view.texts import Prose, prose, shown
from shadow.store.reader import ReleaseRow
from shadow.verdict.policy import Policy
from shadow.web.judging import Judged
from shadow.web.view.ages import Age, age
from shadow.web.view.progress import Progress, progress_of


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseView:
    """A release on one line; what depends on a verdict is empty until there is one."""

    name: str
    decision: str
    why: Prose
    findings: int
    accepted: int
    captured: str
    compared: str
    lost: str
    """How many were dropped; empty for none."""
    progress: Progress | None
    first: Age
    last: Age
    signed_off_by: str


def release_view(row: ReleaseRow, judged: Judged | None, policy: Policy, now: float) -> ReleaseView:
    """Show a release with its verdict, if it is judged."""
    verdict = judged.verdict if judged else None
    seconds = row.updated_at - row.created_at
    dropped = verdict.accounting.total(Outcome.DROPPED) if verdict else 0
    is_open = verdict is not None and verdict.decision is Decision.INCONCLUSIVE
    return ReleaseView(
        name=row.name,
        decision=str(verdict.decision) if verdict else "",
        why=prose(verdict.reasons[0], 240) if verdict and verdict.reasons else (),
        findings=judged.totals.findings if judged else 0,
        accepted=len(verdict.accepted) if verdict else 0,
        captured=f"{row.captured:,}",
        compared=f"{row.compared:,}",
        lost=f"{dropped:,}" if dropped else "",
        progress=progress_of(verdict, policy, seconds) if verdict and is_open else None,
        first=age(row.created_at, now),
        last=age(row.updated_at, now),
        signed_off_by=shown(verdict.sign_off.by) if verdict and verdict.sign_off else "",
    )
