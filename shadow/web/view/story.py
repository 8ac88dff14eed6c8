"""How a release, or one finding of it, came to be what it is: as its stored verdicts saw it."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from shadow.report.moments import Moment, Sighting
from shadow.report.view.charts import Bar, share_bar
from shadow.web.view.ages import Age, age

_NOT_SEEN = Sighting(state="", differing=0, compared=0, noise=0)
_SAID = {
    "findings": "finding",
    "suspects": "suspicious",
    "accepted": "accepted",
    "noise": "noise",
    "excused": "excused",
    "": "not seen",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class MomentRow:
    """A release at one moment; `away` are exchanges since the moment before that the candidate
    did not answer, or was spared from."""

    when: Age
    decision: str
    compared: str
    more: str
    dropped: str
    away: str
    away_bar: Bar
    findings: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SightingRow:
    """One finding at one moment."""

    when: Age
    decision: str
    state: str
    said: str
    noise: str
    bar: Bar


def story_of(moments: Sequence[Moment], now: float) -> tuple[MomentRow, ...]:
    """Tell of a release; `moments` are the latest first, and so are the rows."""
    if not moments:
        return ()
    befores: list[Moment | None] = [*moments[1:], None]
    return tuple(_moment(each, before, now) for each, before in zip(moments, befores, strict=True))


def story_of_finding(
    moments: Sequence[Moment], finding_id: str, now: float
) -> tuple[SightingRow, ...]:
    """Tell of one finding; moments at which it stood as in the one before are left out."""
    seen = [(each, each.sightings.get(finding_id, _NOT_SEEN)) for each in moments]
    changed = [newer for newer, older in pairwise(seen) if newer[1] != older[1]]
    return tuple(_sighting(*each, now) for each in (*changed, *seen[-1:]))


def _moment(moment: Moment, before: Moment | None, now: float) -> MomentRow:
    since = _asked(moment) - (_asked(before) if before else 0)
    away = moment.candidate_away - (before.candidate_away if before else 0)
    more = moment.compared - (before.compared if before else 0)
    return MomentRow(
        when=age(moment.decided_at, now),
        decision=moment.decision,
        compared=f"{moment.compared:,}",
        more=f"+{more:,}" if before and more >= 0 else "",
        dropped=f"{moment.dropped:,}",
        away=f"{max(away, 0):,} of {max(since, 0):,}",
        away_bar=share_bar(max(away, 0), max(since, 0)),
        findings=f"{moment.findings:,}",
    )


def _asked(moment: Moment) -> int:
    """How many exchanges came as far as to be asked of the candidate, or not to be."""
    return moment.compared + moment.uninformative + moment.dropped


def _sighting(moment: Moment, sighting: Sighting, now: float) -> SightingRow:
    return SightingRow(
        when=age(moment.decided_at, now),
        decision=moment.decision,
        state=_SAID[sighting.state],
        said=f"{sighting.differing:,} of {sighting.compared:,}" if sighting.state else "",
        noise=f"{sighting.noise:,}" if sighting.state else "",
        bar=share_bar(sighting.differing, sighting.compared),
    )
