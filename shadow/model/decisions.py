"""What people decided about a release, and who answers for it."""

from dataclasses import dataclass
from datetime import date

from shadow.model.differences import Signature
from shadow.model.evidence import Decision, Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """A finding of one release that a person accepts as intended; `withdrawn`, no longer accepts.

    `also_at` are the further places that the finding had: each is accepted by itself.
    `at` is in epoch seconds; it holds to the end of the day `expires`, UTC, or for good.
    `verdict_id` names the stored verdict that showed the finding.
    """

    release: str
    signature: Signature
    by: str
    reason: str
    at: float
    verdict_id: str
    expires: date | None = None
    withdrawn: bool = False
    also_at: tuple[Signature, ...] = ()

    @property
    def places(self) -> tuple[Signature, ...]:
        """All signatures that it speaks of."""
        return self.signature, *self.also_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """A finding, or what would be one, with the approval that covers it."""

    finding: Finding
    approval: Approval


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptRule:
    """A rule that somebody made of what a release shows, kept in the store; `withdrawn`, no longer.

    It excuses when a release is judged, by what is counted (`shadow.diff.rules.kept`): in
    `release`, and unless it is `only_here` in each that came to the store later than that, which
    was at `since`. `name`, `endpoint`, `location` and `action` are those of any rule. Times are in
    epoch seconds; it holds to the end of the day `expires`, UTC, or for good. `verdict_id` names
    the stored verdict that it was made on.
    """

    release: str
    name: str
    endpoint: str
    location: str
    action: str
    by: str
    reason: str
    at: float
    since: float
    verdict_id: str
    expires: date | None = None
    only_here: bool = False
    withdrawn: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruled:
    """A finding, or what would be one, with the kept rule that covers it."""

    finding: Finding
    rule: KeptRule


@dataclass(frozen=True, slots=True, kw_only=True)
class SignOff:
    """A person's word that a release may go on, and the verdict it was given on.

    `at` is in epoch seconds. `captured` exchanges and `settled` outcomes were counted then: they
    only grow, so the same numbers are the same counts.
    """

    release: str
    by: str
    reason: str
    at: float
    verdict_id: str
    policy_hash: str
    decision: Decision
    captured: int
    settled: int

    @property
    def override(self) -> bool:
        """Whether it was given against the verdict."""
        return self.decision is not Decision.PASS


@dataclass(frozen=True, slots=True, kw_only=True)
class BugLink:
    """That a finding is a bug, and where that is dealt with; `withdrawn`, it is none after all.

    It changes nothing of what a verdict says. `at` is in epoch seconds.
    """

    release: str
    signature: Signature
    link: str
    by: str
    at: float
    verdict_id: str
    withdrawn: bool = False
    also_at: tuple[Signature, ...] = ()

    @property
    def places(self) -> tuple[Signature, ...]:
        """All signatures that it speaks of."""
        return self.signature, *self.also_at
