"""The answer about a release."""

from dataclasses import dataclass

from shadow.model.counts import Accounting
from shadow.model.decisions import Accepted, KeptRule, Ruled, SignOff
from shadow.model.evidence import (
    Cause,
    Decision,
    EndpointSummary,
    Finding,
    RuleNotice,
    StatusCoverage,
)
from shadow.model.traffic import NoiseSource


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The answer about a release, with all that it rests on.

    `decided_at` is in epoch seconds; `reasons` are sentences for people; `noise_from` says
    who stood beside the candidate; `excused` are differences that rules cover; `rule_notices` are
    of rules that cover nothing. `suspects` may yet become findings or noise; `accepted` are
    covered by an approval, `ruled` by one of the `kept_rules` that it was made with. `policy_hash`
    names the policy and the rules it was asked with; `id` is empty unless it is stored; `sign_off`
    is the release's last one. `coverage` is of all endpoints that the policy does not ignore;
    `causes` group the findings.
    """

    release: str
    decision: Decision
    decided_at: float
    reasons: tuple[str, ...]
    findings: tuple[Finding, ...]
    noise: tuple[Finding, ...]
    excused: tuple[Finding, ...]
    endpoints: tuple[EndpointSummary, ...]
    accounting: Accounting
    noise_from: NoiseSource
    rule_notices: tuple[RuleNotice, ...] = ()
    suspects: tuple[Finding, ...] = ()
    accepted: tuple[Accepted, ...] = ()
    ruled: tuple[Ruled, ...] = ()
    kept_rules: tuple[KeptRule, ...] = ()
    policy_hash: str = ""
    id: str = ""
    sign_off: SignOff | None = None
    coverage: tuple[StatusCoverage, ...] = ()
    causes: tuple[Cause, ...] = ()

    @property
    def noise_known(self) -> bool:
        """Whether anybody has shown noise."""
        return self.noise_from is not NoiseSource.NONE
