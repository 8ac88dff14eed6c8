"""A verdict as JUnit XML, which GitLab, Jenkins and GitHub's actions show as tests.

The verdict is one test case, and each endpoint another; their names are the same in every release,
so that systems which compare runs see what became worse. FAIL is a failure. INCONCLUSIVE is an
error, as nothing was shown; an endpoint that the policy ignores is skipped.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from shadow.model import Decision, Endpoint, EndpointSummary, Example, Finding, Signature, Verdict
from shadow.report.plain import accounting_sum, visible
from shadow.verdict.identity import finding_id
from shadow.verdict.wording import and_places, how_often

MAX_CASES = 5_000
"""How many endpoints are test cases; those that fail come first."""

MAX_NAMED = 20
"""How many findings of an endpoint are told."""

_IGNORED = "is ignored by the policy"
_MAX_NAME = 500
_MAX_MESSAGE = 1_000
_MAX_REASONS = 50
_ORDER = (Decision.FAIL, Decision.INCONCLUSIVE, Decision.PASS)
_ELEMENTS: Mapping[Decision, str] = {Decision.FAIL: "failure", Decision.INCONCLUSIVE: "error"}


def verdict_as_junit(verdict: Verdict, examples: Mapping[Signature, Example]) -> str:
    """Write a verdict as one JUnit document. Times are the medians of the candidate's answers."""
    ranked = sorted(
        verdict.endpoints, key=lambda each: (_ORDER.index(each.decision), each.endpoint)
    )
    cases = [_of_verdict(verdict), *_of_endpoints(ranked[:MAX_CASES], verdict, examples)]
    counts = {
        "tests": len(cases),
        "failures": _holding(cases, "failure"),
        "errors": _holding(cases, "error"),
        "skipped": _holding(cases, "skipped"),
    }
    totals = {name: str(many) for name, many in counts.items()}
    totals["time"] = f"{sum(float(case.attrib['time']) for case in cases):.3f}"
    root = Element("testsuites", {"name": "shadow", **totals})
    name = f"shadow {visible(verdict.release, _MAX_NAME)}"
    at = datetime.fromtimestamp(verdict.decided_at, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    more = {"timestamp": at, "hostname": "shadow"}
    suite = SubElement(root, "testsuite", {"name": name, **totals, **more})
    suite.append(_properties(verdict))
    suite.extend(cases)
    indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{tostring(root, encoding="unicode")}\n'


def _holding(cases: Sequence[Element], name: str) -> int:
    return sum(case.find(name) is not None for case in cases)


def _properties(verdict: Verdict) -> Element:
    properties = Element("properties")
    for name, value in (
        ("release", visible(verdict.release, _MAX_NAME)),
        ("decision", str(verdict.decision)),
        ("policy_hash", verdict.policy_hash),
        ("verdict_id", verdict.id),
        ("noise_from", str(verdict.noise_from)),
        ("exchanges", accounting_sum(verdict.accounting)),
    ):
        if value:
            SubElement(properties, "property", name=name, value=value)
    return properties


def _of_verdict(verdict: Verdict) -> Element:
    case = Element("testcase", classname="shadow.release", name="verdict", time="0.000")
    left_out = len(verdict.endpoints) - MAX_CASES
    more = (f"And {left_out:,} more endpoints; the JSON report has all.",) if left_out > 0 else ()
    reasons = (*verdict.reasons[:_MAX_REASONS], *more)
    _decide(case, verdict.decision, reasons[0] if reasons else "", reasons)
    return case


def _of_endpoints(
    summaries: Sequence[EndpointSummary], verdict: Verdict, examples: Mapping[Signature, Example]
) -> Iterator[Element]:
    findings = _by_endpoint(verdict.findings)
    suspects = _by_endpoint(verdict.suspects)
    names: Counter[str] = Counter()
    for summary in summaries:
        name = visible(str(summary.endpoint), _MAX_NAME)
        names[name] += 1
        case = Element(
            "testcase",
            classname="shadow.endpoints",
            # Of two test cases with one name some systems show the first alone.
            name=name if names[name] == 1 else f"{name} ({names[name]})",
            time=f"{_seconds(summary):.3f}",
        )
        if summary.reason == _IGNORED:
            SubElement(case, "skipped", message=_IGNORED)
        else:
            own = findings[summary.endpoint] or suspects[summary.endpoint]
            said = _said(own, verdict, examples)
            _decide(case, summary.decision, summary.reason, (summary.reason, *said))
        yield case


def _by_endpoint(findings: Sequence[Finding]) -> defaultdict[Endpoint, list[Finding]]:
    found: defaultdict[Endpoint, list[Finding]] = defaultdict(list)
    for finding in findings:
        found[finding.signature.endpoint].append(finding)
    return found


def _seconds(summary: EndpointSummary) -> float:
    timed = summary.latency.candidate if summary.latency else None
    return timed.p50.value if timed else 0.0


def _said(
    findings: Sequence[Finding], verdict: Verdict, examples: Mapping[Signature, Example]
) -> Iterator[str]:
    for finding in findings[:MAX_NAMED]:
        signature = finding.signature
        places = f"{signature.location}{and_places(len(finding.also_at))}"
        often = how_often(finding, noise_known=verdict.noise_known)
        yield f"{finding_id(signature)} {places} ({signature.kind}): {often}"
        example = examples.get(signature)
        if example is not None:
            yield f"    for example {example.request.method} {example.request.target}"
            yield from _values(finding, example)
    if len(findings) > MAX_NAMED:
        yield f"And {len(findings) - MAX_NAMED:,} more; the JSON report has more."


def _values(finding: Finding, example: Example) -> Iterator[str]:
    wanted = {(place.location, place.kind) for place in finding.places}
    for each in example.differences:
        if (each.location, each.kind) in wanted:
            primary, candidate = (
                "(none)" if value is None else value for value in (each.primary, each.candidate)
            )
            yield f"    {each.pointer or each.location}: {primary} became {candidate}"
            return


def _decide(case: Element, decision: Decision, message: str, lines: Sequence[str]) -> None:
    if decision not in _ELEMENTS:
        return
    told = visible(message, _MAX_MESSAGE)
    element = SubElement(case, _ELEMENTS[decision], message=told, type=str(decision))
    element.text = "\n".join(visible(line, _MAX_MESSAGE) for line in lines)
