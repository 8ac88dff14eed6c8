"""The findings of a Markdown report, each with an example of it."""

from collections.abc import Mapping, Sequence

from shadow.model import (
    Difference,
    DifferenceKind,
    Example,
    Failure,
    Finding,
    Reply,
    Signature,
    Verdict,
)
from shadow.report.escape import block, code, optional_code
from shadow.report.markdown_room import Room, more
from shadow.report.markdown_tables import location, table
from shadow.report.plain import answered, body_text, moment
from shadow.report.trace import trace_id, trace_link
from shadow.verdict.identity import finding_id
from shadow.verdict.wording import how_often


def findings_section(
    verdict: Verdict, examples: Mapping[Signature, Example], trace_url: str | None, room: Room
) -> str:
    """Write the first findings in full; empty where there are none."""
    if not verdict.findings:
        return ""
    shown = (
        part
        for number, finding in enumerate(verdict.findings[: room.findings], start=1)
        for part in (
            _finding(number, finding, verdict, room),
            _shown(examples.get(finding.signature), finding, trace_url, room),
        )
    )
    rest = more(len(verdict.findings) - room.findings)
    return "\n\n".join((f"## Findings ({len(verdict.findings):,})", *shown, *rest))


def _finding(number: int, finding: Finding, verdict: Verdict, room: Room) -> str:
    signature = finding.signature
    title = f"### {number}. {code(str(signature.endpoint))} {location(finding)}"
    often = how_often(finding, noise_known=verdict.noise_known)
    said = f"Kind **{signature.kind}**: {often}.\n\nId {code(finding_id(signature))}."
    return "\n\n".join((title, said, *_also_at(finding, room)))


def _also_at(finding: Finding, room: Room) -> tuple[str, ...]:
    if not finding.also_at:
        return ()
    items = [f"- {code(each.location)}" for each in finding.also_at[: room.places]]
    rest = more(len(finding.also_at) - room.places)
    return ("The same values changed in the same way at:", "\n".join(items), *rest)


def _shown(example: Example | None, finding: Finding, trace_url: str | None, room: Room) -> str:
    if finding.signature.kind is DifferenceKind.SLOW:
        return "No single pair of replies shows it: see the times under Latency."
    if example is None:
        return "No example was kept."
    return _example(example, finding.places, trace_url, room)


def _example(
    example: Example, places: Sequence[Signature], trace_url: str | None, room: Room
) -> str:
    request = code(f"{example.request.method} {example.request.target}", 500)
    differences = [
        (code(each.pointer or each.location), *_values(each))
        for each in _that_show(places, example)[: room.values]
    ]
    return "\n\n".join(
        (
            f"For example {request} at {moment(example.captured_at)}, "
            f"exchange {code(example.exchange_id)}{_trace(example, trace_url)}:",
            *table(("Where", "Primary", "Candidate"), differences, room),
            _reply("Primary", example.primary, room),
            _reply("Candidate", example.candidate, room),
        )
    )


def _trace(example: Example, trace_url: str | None) -> str:
    trace = trace_id(example.request.headers)
    if trace is None:
        return ""
    link = trace_link(trace_url, trace)
    return f", trace [{code(trace)}](<{link}>)" if link else f", trace {code(trace)}"


def _that_show(places: Sequence[Signature], example: Example) -> Sequence[Difference]:
    wanted = {(place.location, place.kind) for place in places}
    same = [each for each in example.differences if (each.location, each.kind) in wanted]
    return same or example.differences


def _values(difference: Difference) -> tuple[str, str]:
    return optional_code(difference.primary), optional_code(difference.candidate)


def _reply(who: str, reply: Reply, room: Room) -> str:
    text = reply.detail if isinstance(reply, Failure) else body_text(reply.body)
    said = f"{who}: {answered(reply)}"
    if not text:
        return f"{said}, empty"
    return f"{said}\n\n{block(text, room.body_chars)}" if room.body_chars else said
