"""A release's findings, a line each, by what brings them together."""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass

from shadow.model import (
    Cause,
    DifferenceKind,
    EndpointLatency,
    Example,
    Finding,
    Signature,
    Verdict,
)
from shadow.report.view.charts import latency_picture
from shadow.report.view.findings import Rate, Value, grouped, rates_of, value_of
from shadow.report.view.texts import Prose, prose, shown
from shadow.verdict.cause_wording import shared_in
from shadow.verdict.identity import finding_id
from shadow.verdict.wording import and_places, how_often

MOST_GROUPS_LISTED = 1_000
"""Of so many findings it is looked at what brings them together; the others stand alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief:
    """A finding on one line; `slowdown` instead of a value where it is about times."""

    number: int
    id: str
    endpoint: str
    location: str
    more_places: str
    kind: str
    candidate: Rate
    noise: Rate | None
    value: Value | None
    slowdown: str
    often: str
    is_bug: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BriefGroup:
    """Findings of one cause; what their requests `shared` is empty where nothing is known."""

    endpoint: str
    shared: Prose
    briefs: tuple[Brief, ...]


type Groups = tuple[tuple[tuple[Finding, ...], Prose], ...]
"""Findings that stand together, and what is said of the requests that show them."""


def groups_of(verdict: Verdict) -> Groups:
    """Put findings together by their causes, the worst first."""
    ahead = verdict.findings[:MOST_GROUPS_LISTED]
    found = tuple(
        (tuple(findings), _shared(causes)) for findings, causes in grouped(ahead, verdict.causes)
    )
    return (*found, *(((each,), ()) for each in verdict.findings[MOST_GROUPS_LISTED:]))


def _shared(causes: Sequence[Cause]) -> Prose:
    """What the requests of the most frequent cause share, if that says anything."""
    known = causes and (causes[0].shared or causes[0].requests >= causes[0].compared)
    if not known:
        return ()
    said = shared_in(causes[0])
    return prose(f"{said[:1].upper()}{said[1:]}.", 500)


def brief_groups(
    groups: Groups,
    first: int,
    verdict: Verdict,
    examples: Mapping[Signature, Example],
    bugs: Container[Signature] = (),
) -> tuple[BriefGroup, ...]:
    """Show groups; their findings are numbered from `first`, and `bugs` are marked."""
    latencies = {each.endpoint: each.latency for each in verdict.endpoints if each.latency}
    shown_groups: list[BriefGroup] = []
    for findings, shared in groups:
        briefs = tuple(
            _brief(
                number,
                each,
                examples.get(each.signature),
                latencies.get(each.signature.endpoint),
                noise_known=verdict.noise_known,
                is_bug=each.signature in bugs,
            )
            for number, each in enumerate(findings, first)
        )
        first += len(briefs)
        endpoint = shown(str(findings[0].signature.endpoint))
        shown_groups.append(BriefGroup(endpoint=endpoint, shared=shared, briefs=briefs))
    return tuple(shown_groups)


def briefs_of(
    findings: tuple[Finding, ...], verdict: Verdict, examples: Mapping[Signature, Example]
) -> tuple[Brief, ...]:
    """Show findings in the order they are in."""
    known = verdict.noise_known
    return tuple(
        _brief(number, each, examples.get(each.signature), None, noise_known=known)
        for number, each in enumerate(findings, 1)
    )


def _brief(
    number: int,
    finding: Finding,
    example: Example | None,
    latency: EndpointLatency | None,
    *,
    noise_known: bool,
    is_bug: bool = False,
) -> Brief:
    signature = finding.signature
    is_slow = signature.kind is DifferenceKind.SLOW
    candidate, noise = rates_of(finding, noise_known=noise_known)
    return Brief(
        number=number,
        id=finding_id(signature),
        endpoint=shown(str(signature.endpoint)),
        location=shown(signature.location),
        more_places=and_places(len(finding.also_at)),
        kind=str(signature.kind),
        candidate=candidate,
        noise=noise,
        value=value_of(finding, example) if example and not is_slow else None,
        slowdown=latency_picture(latency).slowdown if latency and is_slow else "",
        often=how_often(finding, noise_known=noise_known),
        is_bug=is_bug,
    )
