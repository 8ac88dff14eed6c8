"""Findings as SARIF 2.1.0 (OASIS), the format of static analysis, for systems that show alerts.

A kind of difference is a rule, a finding a result. A finding is an error, a suspicion a warning;
one that is accepted is a suppressed result. Where it is, is a logical location. GitHub takes no
result without a file, so each names one that no repository has: `shadow/GET/orders/{id}`.
"""

import json
from collections.abc import Mapping, Sequence
from urllib.parse import quote

from shadow import __version__
from shadow.model import Accepted, DifferenceKind, Example, Finding, Signature, Verdict
from shadow.report.json import Json
from shadow.report.plain import moment, visible
from shadow.verdict.identity import finding_id
from shadow.verdict.wording import and_places, how_often

MAX_RESULTS = 5_000
"""How many findings, suspicions and accepted findings are results, each; GitHub shows as many."""

_MAX_NAME = 500
_MAX_TEXT = 1_000
_MAX_RELATED = 20

_RULES: Mapping[DifferenceKind, str] = {
    DifferenceKind.STATUS: "The status differs from production's",
    DifferenceKind.STATUS_5XX: "The status is 5xx where production's is not",
    DifferenceKind.HEADER: "A header differs from production's",
    DifferenceKind.MISSING: "Something that production answers is missing",
    DifferenceKind.EXTRA: "Something is there that production does not answer",
    DifferenceKind.NULL: "A value is null on one side",
    DifferenceKind.TYPE: "A value has another type than production's",
    DifferenceKind.SHAPE: "A value has another form than production's",
    DifferenceKind.VALUE: "A value differs from production's",
    DifferenceKind.OUTSIDE: "A value lies outside of its noise",
    DifferenceKind.ORDER: "A list is in another order than production's",
    DifferenceKind.SIZE: "A size differs from production's",
    DifferenceKind.FAILURE: "The candidate gives no complete answer",
    DifferenceKind.UNDECODABLE: "An answer cannot be decoded",
    DifferenceKind.UNDECIDED: "An answer could not be compared to the end",
    DifferenceKind.SLOW: "The candidate takes longer than is tolerated",
}


def verdict_as_sarif(verdict: Verdict, examples: Mapping[Signature, Example]) -> str:
    """Write a verdict's findings as one SARIF document; it is ASCII, as `shadow.report.json` is."""
    results: list[Json] = [
        *(_result(each, "error", verdict, examples) for each in verdict.findings[:MAX_RESULTS]),
        *(_result(each, "warning", verdict, examples) for each in verdict.suspects[:MAX_RESULTS]),
        *(_accepted(each, verdict, examples) for each in verdict.accepted[:MAX_RESULTS]),
    ]
    rules: list[Json] = [_rule(kind) for kind in DifferenceKind]
    document: Json = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": {"name": "Shadow", "version": __version__, "rules": rules}},
                "automationDetails": {"id": f"shadow/{visible(verdict.release, _MAX_NAME)}"},
                "columnKind": "unicodeCodePoints",
                "results": results,
                "properties": _properties(verdict),
            }
        ],
    }
    return json.dumps(document, indent=2, allow_nan=False) + "\n"


def _rule(kind: DifferenceKind) -> Json:
    return {
        "id": str(kind),
        "name": "".join(word.capitalize() for word in str(kind).split("_")),
        "shortDescription": {"text": f"{_RULES[kind]}."},
        "defaultConfiguration": {"level": "error"},
    }


def _properties(verdict: Verdict) -> Json:
    return {
        "release": visible(verdict.release, _MAX_NAME),
        "decision": str(verdict.decision),
        "policyHash": verdict.policy_hash,
        "verdictId": verdict.id,
        "decidedAt": moment(verdict.decided_at),
        "reasons": [visible(reason, _MAX_TEXT) for reason in verdict.reasons[:50]],
        "totals": {
            "findings": len(verdict.findings),
            "suspects": len(verdict.suspects),
            "accepted": len(verdict.accepted),
        },
    }


def _result(
    finding: Finding, level: str, verdict: Verdict, examples: Mapping[Signature, Example]
) -> dict[str, Json]:
    signature = finding.signature
    key = finding_id(signature)
    others: list[Json] = [_location(each) for each in finding.also_at[:_MAX_RELATED]]
    return {
        "ruleId": str(signature.kind),
        "ruleIndex": tuple(DifferenceKind).index(signature.kind),
        "level": level,
        "message": {"text": _message(finding, verdict, examples)},
        "locations": [_location(signature)],
        **({"relatedLocations": others} if others else {}),
        "occurrenceCount": max(finding.differing, 1),
        "fingerprints": {"shadowFinding/v1": key},
        # GitHub makes this one from the line of a file where it is not given.
        "partialFingerprints": {"primaryLocationLineHash": f"{key}:1"},
        "properties": {
            "differing": finding.differing,
            "compared": finding.compared,
            "noise": finding.noise,
            "evidence": finding.evidence,
        },
    }


def _accepted(
    accepted: Accepted, verdict: Verdict, examples: Mapping[Signature, Example]
) -> dict[str, Json]:
    approval = accepted.approval
    said = f"accepted by {approval.by} until {approval.expires or 'further notice'}"
    return {
        **_result(accepted.finding, "note", verdict, examples),
        "suppressions": [
            {
                "kind": "external",
                "status": "accepted",
                "justification": _plain(f"{said}: {approval.reason}"),
            }
        ],
    }


def _message(finding: Finding, verdict: Verdict, examples: Mapping[Signature, Example]) -> str:
    signature = finding.signature
    place = f"{signature.endpoint}: {signature.location}{and_places(len(finding.also_at))}"
    often = how_often(finding, noise_known=verdict.noise_known)
    example = examples.get(signature)
    request = f" For example {example.request.method} {example.request.target}" if example else ""
    return _plain(f"{place} {often}.{request}")


def _plain(text: str) -> str:
    """Write text so that a reader finds neither placeholders (3.11.5) nor links (3.11.6) in it."""
    shown = visible(text, _MAX_TEXT).replace("](", "] (")
    return shown.replace("{", "{{").replace("}", "}}")


def _location(signature: Signature) -> Json:
    endpoint = visible(str(signature.endpoint), _MAX_NAME)
    location = visible(signature.location, _MAX_NAME)
    return {
        "physicalLocation": {
            "artifactLocation": {"uri": _uri(signature)},
            "region": {"startLine": 1},
        },
        "logicalLocations": [
            {"name": location, "fullyQualifiedName": f"{endpoint} {location}", "kind": "value"}
        ],
    }


def _uri(signature: Signature) -> str:
    endpoint = signature.endpoint
    steps = f"{endpoint.method}/{endpoint.template}"[:_MAX_NAME].split("/")
    kept: Sequence[str] = [step for step in steps if step not in {"", ".", ".."}]
    return "/".join(("shadow", *(quote(step, safe="", errors="replace") for step in kept)))
