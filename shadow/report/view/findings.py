"""Findings by what brings them together, each with its two answers side by side."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count

from shadow.model import (
    Cause,
    Difference,
    DifferenceKind,
    Endpoint,
    EndpointLatency,
    Example,
    Finding,
    Renaming,
    Signature,
    Verdict,
)
from shadow.report.curl import curl_line
from shadow.report.plain import moment
from shadow.report.trace import trace_id, trace_link
from shadow.report.view.answers import answer_rows
from shadow.report.view.charts import Bar, LatencyPicture, latency_picture, share_bar
from shadow.report.view.folding import SideBySide, folded
from shadow.report.view.marks import Known, known_of, marks_of
from shadow.report.view.texts import Prose, prose, shown, shown_or_none
from shadow.verdict.cause_wording import said_of_cause, shared_in
from shadow.verdict.identity import finding_id
from shadow.verdict.wording import how_often

MAX_SHOWN = 50
"""How many findings are shown in full."""

MAX_CAUSES = 5
"""How many causes are told of findings that come together in several ways."""

_MAX_PLACES = 20
_MAX_VALUES = 5
_MAX_TARGET = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """How often something differs: `57 of 442`, and as a bar."""

    said: str
    bar: Bar


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """One place of an example, with both values."""

    place: str
    primary: str
    candidate: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExampleView:
    """A pair of answers that shows a finding; `trace_id` and `trace_url` may be empty."""

    request: str
    captured_at: str
    exchange_id: str
    trace_id: str
    trace_url: str
    values: tuple[Value, ...]
    more_values: int
    answers: SideBySide


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingView:
    """A finding; `latency` is there for what is slow, which no single pair of answers shows.

    `noise` is None where nobody showed what is noise.
    """

    number: int
    id: str
    endpoint: str
    location: str
    kind: str
    often: str
    """A sentence."""
    candidate: Rate
    noise: Rate | None
    at_first_sight: bool
    also_at: tuple[str, ...]
    more_places: int
    example: ExampleView | None
    latency: LatencyPicture | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CauseView:
    """What requests that show findings share, and the smallest of them as a line for a shell."""

    said: Prose
    shared: Prose
    """The end of what is `said`: what the requests share."""
    renaming: Value | None
    more_renamed: int
    curl: str
    """Empty where no request is kept that makes a line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupView:
    """Findings that come together; without a cause, one that nothing is known of."""

    endpoint: str
    findings: tuple[FindingView, ...]
    causes: tuple[CauseView, ...]
    more_causes: int


def group_views(
    verdict: Verdict, examples: Mapping[Signature, Example], trace_url: str | None = None
) -> tuple[GroupView, ...]:
    """Show the first `MAX_SHOWN` findings, each beside those that it comes with.

    `trace_url` is where traces are shown, with `{trace_id}` in it.
    """
    known = known_of(verdict)
    latencies = {each.endpoint: each.latency for each in verdict.endpoints if each.latency}
    numbers = count(1)
    return tuple(
        GroupView(
            endpoint=shown(str(findings[0].signature.endpoint)),
            findings=tuple(
                _finding(
                    next(numbers),
                    finding,
                    _example(finding, examples.get(finding.signature), known, trace_url),
                    latencies,
                    noise_known=verdict.noise_known,
                )
                for finding in findings
            ),
            causes=tuple(_cause(cause) for cause in causes[:MAX_CAUSES]),
            more_causes=max(0, len(causes) - MAX_CAUSES),
        )
        for findings, causes in grouped(verdict.findings[:MAX_SHOWN], verdict.causes)
    )


def finding_view(
    verdict: Verdict, finding: Finding, example: Example | None, trace_url: str | None = None
) -> FindingView:
    """Show one finding of a verdict, whatever the verdict makes of it, beside one example."""
    signature = finding.signature
    latencies = {
        each.endpoint: each.latency
        for each in verdict.endpoints
        if each.latency and each.endpoint == signature.endpoint
    }
    known = {signature.endpoint: Known(marks={}), **known_of(verdict)}
    shown_example = _example(finding, example, known, trace_url)
    return _finding(1, finding, shown_example, latencies, noise_known=verdict.noise_known)


def cause_views(verdict: Verdict, finding: Finding) -> tuple[CauseView, ...]:
    """Show what requests share that show a finding, by the most frequent causes."""
    places = set(finding.places)
    causes = [cause for cause in verdict.causes if places.intersection(cause.signatures)]
    return tuple(_cause(cause) for cause in causes[:MAX_CAUSES])


def value_of(finding: Finding, example: Example) -> Value | None:
    """Show the two values of an example at the first place of a finding that it has."""
    values = _that_show(finding, example)
    return _value(values[0]) if values else None


def rates_of(finding: Finding, *, noise_known: bool) -> tuple[Rate, Rate | None]:
    """Show how often the candidate differs so, and how often the secondary; None: not known."""
    candidate = _rate(finding.differing, finding.compared)
    return candidate, _noise(finding) if noise_known and finding.paired != 0 else None


def grouped(
    findings: Sequence[Finding], causes: Sequence[Cause]
) -> Iterator[tuple[list[Finding], list[Cause]]]:
    """Put each finding to the one before it that its most frequent cause brings it together with.

    The order is that of each group's first finding, so the worst comes first.
    """
    causes_at: dict[Signature, list[Cause]] = {}
    for cause in causes:
        for signature in cause.signatures:
            causes_at.setdefault(signature, []).append(cause)
    groups: dict[int, list[Finding]] = {}
    for finding in findings:
        own = _causes_of(finding, causes_at)
        groups.setdefault(id(own[0] if own else finding), []).append(finding)
    for together in groups.values():
        every = {id(cause): cause for each in together for cause in _causes_of(each, causes_at)}
        yield together, list(every.values())


def _causes_of(finding: Finding, causes_at: Mapping[Signature, list[Cause]]) -> list[Cause]:
    found = {id(c): c for place in finding.places for c in causes_at.get(place, ())}
    return sorted(found.values(), key=lambda cause: -cause.requests)


def _finding(
    number: int,
    finding: Finding,
    example: ExampleView | None,
    latencies: Mapping[Endpoint, EndpointLatency],
    *,
    noise_known: bool,
) -> FindingView:
    signature = finding.signature
    is_slow = signature.kind is DifferenceKind.SLOW
    latency = latencies.get(signature.endpoint) if is_slow else None
    candidate, noise = rates_of(finding, noise_known=noise_known)
    return FindingView(
        number=number,
        id=finding_id(signature),
        endpoint=shown(str(signature.endpoint)),
        location=shown(signature.location),
        kind=str(signature.kind),
        often=_often(finding, noise_known=noise_known),
        candidate=candidate,
        noise=noise,
        at_first_sight=finding.at_first_sight,
        also_at=tuple(shown(each.location) for each in finding.also_at[:_MAX_PLACES]),
        more_places=max(0, len(finding.also_at) - _MAX_PLACES),
        example=example,
        latency=latency_picture(latency) if latency else None,
    )


def _often(finding: Finding, *, noise_known: bool) -> str:
    said = how_often(finding, noise_known=noise_known)
    # What is said of times has a subject of its own.
    return f"T{said[1:]}." if finding.max_slowdown is not None else f"It {said}."


def _noise(finding: Finding) -> Rate:
    return _rate(finding.noise, finding.compared if finding.paired is None else finding.paired)


def _rate(part: int, whole: int) -> Rate:
    return Rate(said=f"{part:,} of {whole:,}", bar=share_bar(part, whole))


def _example(
    finding: Finding,
    example: Example | None,
    known: Mapping[Endpoint, Known],
    trace_url: str | None,
) -> ExampleView | None:
    if example is None or finding.signature.kind is DifferenceKind.SLOW:
        return None
    marks = marks_of(example, finding, known[finding.signature.endpoint])
    values = _that_show(finding, example)
    trace = trace_id(example.request.headers)
    return ExampleView(
        request=shown(f"{example.request.method} {example.request.target}", _MAX_TARGET),
        captured_at=moment(example.captured_at),
        exchange_id=shown(example.exchange_id),
        trace_id=trace or "",
        trace_url=trace_link(trace_url, trace),
        values=tuple(_value(each) for each in values[:_MAX_VALUES]),
        more_values=max(0, len(values) - _MAX_VALUES),
        answers=folded(answer_rows(example.primary, example.candidate, marks)),
    )


def _that_show(finding: Finding, example: Example) -> Sequence[Difference]:
    wanted = {(place.location, place.kind) for place in finding.places}
    return [each for each in example.differences if (each.location, each.kind) in wanted]


def _value(difference: Difference) -> Value:
    return Value(
        place=shown(difference.pointer or difference.location),
        primary=shown_or_none(difference.primary),
        candidate=shown_or_none(difference.candidate),
    )


def _cause(cause: Cause) -> CauseView:
    line = curl_line(cause.example.request) if cause.example else None
    return CauseView(
        said=prose(f"{said_of_cause(cause)}.", 2_000),
        shared=prose(f"{shared_in(cause)}.", 2_000),
        renaming=_renaming(cause.renaming),
        more_renamed=cause.renaming.pairs - 1 if cause.renaming else 0,
        curl=line or "",
    )


def _renaming(renaming: Renaming | None) -> Value | None:
    if renaming is None:
        return None
    return Value(
        place=f"{renaming.places:,} places of the example",
        primary=shown(renaming.primary),
        candidate=shown(renaming.candidate),
    )
