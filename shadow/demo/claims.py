"""What the demo claims, and whether a run bears it out. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from shadow.demo.planted import Planted
from shadow.demo.traffic import Delivered
from shadow.model import Decision, Signature

EXIT_CODES: Mapping[Decision, int] = {
    Decision.PASS: 0,
    Decision.FAIL: 1,
    Decision.INCONCLUSIVE: 3,
}
"""What `shadow gate` promises to exit with."""


class Found(BaseModel):
    """A finding, or noise, as `shadow gate --format json` says it."""

    model_config = ConfigDict(frozen=True)

    endpoint: str
    location: str
    kind: str
    differing: int
    compared: int
    noise: int

    def __str__(self) -> str:
        return f"{self.endpoint} {self.location} {self.kind}"


class Place(BaseModel):
    """Where a cause shows."""

    model_config = ConfigDict(frozen=True)

    location: str
    kind: str


class Trait(BaseModel):
    """What the requests of a cause share; `absent` says that they share its absence."""

    model_config = ConfigDict(frozen=True)

    trait: str
    absent: bool


class CauseSaid(BaseModel):
    """Findings that come together, and what their requests share."""

    model_config = ConfigDict(frozen=True)

    endpoint: str
    places: tuple[Place, ...]
    shared: tuple[Trait, ...]

    def is_of(self, found: Found) -> bool:
        """Whether a finding is among them."""
        place = Place(location=found.location, kind=found.kind)
        return self.endpoint == found.endpoint and place in self.places


class Accounted(BaseModel):
    """What became of all that was captured; `reasons` are counts by outcome and reason."""

    model_config = ConfigDict(frozen=True)

    captured: int
    compared: int
    uninformative: int
    skipped: int
    dropped: int
    missing: int
    reasons: Mapping[str, Mapping[str, int]]

    def __str__(self) -> str:
        outcomes = (
            self._outcome("compared", self.compared),
            self._outcome("uninformative", self.uninformative),
            self._outcome("skipped", self.skipped),
            self._outcome("dropped", self.dropped),
        )
        return f"{self.captured:,} captured = {' + '.join(outcomes)}"

    def _outcome(self, name: str, count: int) -> str:
        reasons = self.reasons.get(name, {})
        counted = ", ".join(f"{reason} {times:,}" for reason, times in reasons.items())
        return f"{count:,} {name}" + (f" ({counted})" if counted else "")


class Said(BaseModel):
    """What `shadow gate --format json` says, as far as the demo reads it."""

    model_config = ConfigDict(frozen=True)

    decision: Decision
    reasons: tuple[str, ...]
    findings: tuple[Found, ...]
    noise: tuple[Found, ...]
    accounting: Accounted
    causes: tuple[CauseSaid, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """One release shadowed from start to end.

    `writes_repeated` is how many of the `writes` users sent reached the candidate too; `leaked`
    how many of the users' credentials stand in the reports.
    """

    release: str
    decision: Decision
    planted: tuple[Planted, ...]
    requests: int
    delivered: Delivered
    writes: int
    writes_repeated: int
    leaked: int
    exit_code: int
    said: Said
    report: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One thing that must hold, whether it did, and in what measure; `place` is where to look."""

    text: str
    held: bool
    measure: str
    place: str = ""


def claims(done: Round) -> tuple[Claim, ...]:
    """All that must hold of one round, the users first."""
    return (
        _users_got_production(done),
        _writes_stayed(done),
        _nothing_leaked(done),
        _gate_decided(done),
        *(_regression_found(planted, done.said) for planted in done.planted),
        *(_cause_told(planted, done.said) for planted in done.planted if planted.trait),
        _nothing_else_found(done),
        _noise_cancelled(done.said),
        _all_accounted_for(done.said),
    )


def _users_got_production(done: Round) -> Claim:
    delivered = done.delivered
    examples = f"; for example request {delivered.examples[0]}" if delivered.examples else ""
    return Claim(
        text="users got production's answers, byte for byte",
        held=delivered.identical == done.requests,
        measure=f"{delivered.identical:,} of {done.requests:,}{examples}",
    )


def _writes_stayed(done: Round) -> Claim:
    return Claim(
        text="users' writes reached production alone",
        held=done.writes_repeated == 0,
        measure=f"{done.writes - done.writes_repeated:,} of {done.writes:,}",
    )


def _nothing_leaked(done: Round) -> Claim:
    return Claim(
        text="no user's credentials stand in the reports",
        held=done.leaked == 0,
        measure=f"{done.leaked:,} found",
    )


def _gate_decided(done: Round) -> Claim:
    said, wanted = done.said, EXIT_CODES[done.decision]
    held = said.decision is done.decision and done.exit_code == wanted
    measure = f"{said.decision}, exit code {done.exit_code}"
    return Claim(
        text=f"the gate's verdict is {done.decision}",
        held=held,
        measure=measure if held else "; ".join((measure, *said.reasons)),
    )


def _regression_found(planted: Planted, said: Said) -> Claim:
    place = _name(planted.signature)
    found = next((found for found in said.findings if str(found) == place), None)
    return Claim(
        text=f"found: {planted.description}",
        held=found is not None,
        measure=f"{found.differing:,} of {found.compared:,}" if found else "not found",
        place=place,
    )


def _cause_told(planted: Planted, said: Said) -> Claim:
    place = _name(planted.signature)
    found = next((found for found in said.findings if str(found) == place), None)
    shared = {
        trait.trait
        for cause in said.causes
        if found is not None and cause.is_of(found)
        for trait in cause.shared
        if not trait.absent
    }
    return Claim(
        text=f"told: what the requests of {planted.signature.location} share",
        held=planted.trait in shared,
        measure=planted.trait if planted.trait in shared else ", ".join(shared) or "nothing told",
    )


def _nothing_else_found(done: Round) -> Claim:
    names = {_name(planted.signature) for planted in done.planted}
    surplus = [str(found) for found in done.said.findings if str(found) not in names]
    return Claim(
        text="no false alarm",
        held=not surplus,
        measure="; ".join((f"{len(surplus)} others found", *surplus)),
    )


def _noise_cancelled(said: Said) -> Claim:
    return Claim(
        text="noise was seen and told from regressions",
        held=len(said.noise) > 0,
        measure=f"{len(said.noise)} places",
    )


def _all_accounted_for(said: Said) -> Claim:
    missing = said.accounting.missing
    return Claim(
        text="every captured exchange is accounted for",
        held=missing == 0,
        measure=f"{missing:,} missing",
    )


def _name(signature: Signature) -> str:
    return f"{signature.endpoint} {signature.location} {signature.kind}"
