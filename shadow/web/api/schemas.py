"""What the API answers, as OpenAPI tells it. docs/verdict.md explains what the numbers mean."""

from typing import Any

from shadow.model import Decision, Health, Outcome
from shadow.web.problems import MEDIA_TYPE

type Schema = dict[str, Any]

_TEXT: Schema = {"type": "string"}
_COUNT: Schema = {"type": "integer"}
_NUMBER: Schema = {"type": "number"}
_TIME: Schema = {"type": "number", "description": "Seconds since 1970, UTC."}
_DECISION: Schema = {"type": "string", "enum": [each.value for each in Decision]}


def _or_null(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


def _list(of: Schema) -> Schema:
    return {"type": "array", "items": of}


def object_of(description: str = "", /, **fields: Schema) -> Schema:
    """Describe an object that has these fields, and may get more."""
    said = {"description": description} if description else {}
    return {"type": "object", "properties": fields, "required": [*fields], **said}


PROBLEM = object_of(
    "What could not be done (RFC 9457).",
    type=_TEXT,
    title=_TEXT,
    status=_COUNT,
    detail={"type": "string", "description": "What was wrong, and what to do."},
)
FINDING = object_of(
    "A difference at one place of one endpoint.",
    id={"type": "string", "description": "12 digits: the same in every release."},
    endpoint=_TEXT,
    location=_TEXT,
    kind=_TEXT,
    excused_by=_or_null(_TEXT),
    differing=_COUNT,
    compared=_COUNT,
    noise=_COUNT,
    paired=_or_null(_COUNT),
    evidence={"type": "number", "description": "e-value against `no worse than noise`."},
    at_first_sight={"type": "boolean"},
    also_at=_list({"type": "object"}),
    renamed=_or_null(_COUNT),
    example={"description": "One redacted pair of answers that shows it, if there is one."},
)
ENDPOINT = object_of(
    "What is known of an endpoint.",
    endpoint=_TEXT,
    decision=_DECISION,
    reason=_TEXT,
    compared=_COUNT,
    paired=_COUNT,
    uninformative=_COUNT,
    dropped=_COUNT,
    statuses={"type": "object", "additionalProperties": _COUNT},
    latency={"description": "Quantiles in milliseconds with their intervals, or null."},
)
ACCOUNTING = object_of(
    "Where every captured exchange went: captured is the sum of the outcomes and of `missing`.",
    captured=_COUNT,
    **{outcome.value: _COUNT for outcome in Outcome},
    missing=_COUNT,
    reasons={"type": "object"},
)
_HOW_OFTEN = object_of(
    "How it stood, and how often; all zero where it was not there.",
    **{kind.value: _COUNT for kind in Health},
)
_TIMES = _or_null(
    object_of("In milliseconds, to within 10 %.", answers=_COUNT, p50=_NUMBER, p90=_NUMBER)
)
HEALTH = object_of(
    "How candidate and secondary stood in a period.",
    start=_TIME,
    seconds=_COUNT,
    asked={"type": "integer", "description": "Exchanges that the candidate was to be asked."},
    failed={"type": "integer", "description": "Those of them that it did not answer well."},
    compared=_COUNT,
    differing={"type": "integer", "description": "Those that differ in the candidate alone."},
    candidate=_HOW_OFTEN,
    secondary=_HOW_OFTEN,
    latency=object_of(candidate=_TIMES, secondary=_TIMES),
)
KEPT_RULE = object_of(
    "A rule that the store keeps, who made it and why.",
    name=_TEXT,
    endpoint=_TEXT,
    location=_TEXT,
    action=_TEXT,
    by=_TEXT,
    reason=_TEXT,
    at=_TIME,
    release={"type": "string", "description": "The release that it was made in."},
    only_here={"type": "boolean", "description": "It holds in no later release."},
    expires={**_or_null(_TEXT), "description": "The last day that it holds, UTC."},
)
VERDICT = object_of(
    "The frozen record of a verdict, as `shadow gate --format json` prints and stores it.",
    version=_COUNT,
    id={**_or_null(_TEXT), "description": "Null where the store could not be written."},
    policy_hash=_TEXT,
    release=_TEXT,
    decision=_DECISION,
    decided_at=_TIME,
    reasons=_list(_TEXT),
    noise_known={"type": "boolean"},
    noise_from=_TEXT,
    accounting=ACCOUNTING,
    sign_off=_or_null({"type": "object"}),
    totals={"type": "object", "additionalProperties": _COUNT},
    findings=_list(FINDING),
    suspects=_list(FINDING),
    accepted=_list(FINDING),
    noise=_list(FINDING),
    excused=_list(FINDING),
    causes=_list({"type": "object"}),
    kept_rules=_list(KEPT_RULE),
    rule_notices=_list({"type": "object"}),
    endpoints=_list(ENDPOINT),
    coverage=_list({"type": "object"}),
)
_ACTS = [
    *("accepted", "withdrawn", "signed-off", "bug", "no-bug"),
    *("rule-kept", "rule-withdrawn"),
]
RELEASE = object_of(
    name=_TEXT, created_at=_TIME, updated_at=_TIME, captured=_COUNT, compared=_COUNT
)
ENTRY = object_of(
    "An entry of the audit log.",
    number=_COUNT,
    what={"type": "string", "enum": _ACTS},
    at=_TIME,
    by=_TEXT,
    reason=_TEXT,
    verdict_id=_TEXT,
    digest=_TEXT,
)
TOKEN = object_of(
    "A token, without its secret.",
    id=_TEXT,
    name=_TEXT,
    role=_TEXT,
    created_at=_TIME,
    expires_at=_or_null(_TIME),
    revoked_at=_or_null(_TIME),
    used_at={**_or_null(_TIME), "description": "Exact to the hour."},
)
GATE = object_of("Yes.", release=_TEXT, decision=_DECISION, hook=_TEXT, verdict=_TEXT, said=_TEXT)
REFUSAL = object_of(
    kind=_TEXT,
    who=_TEXT,
    many=_COUNT,
    first_at=_TIME,
    last_at=_TIME,
    address=_TEXT,
    route=_TEXT,
)


def page_schema(of: Schema, **more: Schema) -> Schema:
    """Describe a page of a list."""
    return object_of(items=_list(of), total=_COUNT, **more)


OF_VERDICT: dict[str, Schema] = {"verdict": _TEXT, "decided_at": _TIME}
"""What stands beside a list that is a part of a verdict."""

type Responses = dict[int | str, dict[str, Any]]

_SAID = {
    401: "Nobody has signed in, or the token does not hold.",
    403: "The role is too low, or a page of another site sent the request.",
    404: "There is no such release or finding.",
    409: "The verdict stands against it.",
    413: "The body is too large.",
    421: "This server does not go by the name in Host.",
    422: "A parameter or a field is wrong or not known.",
    429: "Too many tries.",
    503: "The store is away, or too many wait.",
}


def responses(schema: Schema, *problems: int, status: int = 200, **more: Schema) -> Responses:
    """Describe the answer, and the problems beside those that every route may have."""
    ok = {"description": "Done.", "content": {"application/json": {"schema": schema}}, **more}
    failed: Responses = {
        code: {"description": _SAID[code], "content": {MEDIA_TYPE: {"schema": PROBLEM}}}
        for code in sorted({401, 403, 413, 421, 422, 503, *problems})
    }
    return {status: ok, **failed}
