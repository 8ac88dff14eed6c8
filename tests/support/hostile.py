"""What strangers may put into any text that Shadow shows, and a release that has it everywhere.

Reports and pages are held against it: nothing of it may become markup, a link, a mention or code.
"""

from datetime import date

from msgspec import structs

from shadow.model import (
    Accepted,
    Accounting,
    Approval,
    Cause,
    Decision,
    Difference,
    DifferenceKind,
    Endpoint,
    EndpointCounts,
    EndpointLatency,
    EndpointSummary,
    Estimate,
    Example,
    Failure,
    FailureKind,
    Finding,
    NoiseSource,
    Outcome,
    OutcomeKey,
    Renaming,
    Reply,
    Request,
    Response,
    RuleNotice,
    SharedTrait,
    Signature,
    SignOff,
    StatusCoverage,
    TargetLatency,
    Trait,
    Verdict,
)

MARKDOWN = (
    "`",
    "``` ",
    "a`b``c```d",
    "|",
    "\\|",
    "\\",
    "a | b | c",
    "<!-- ",
    "</details>",
    "![x](http://evil.example/x.png)",
    "[x](javascript:alert(1))",
    "\n\n# owned\n\n| a |\n|---|\n",
    "\r\r- owned",
    "~~~\n```\n<b>",
    "&lt;b&gt;",
    "**x** __y__ ~~z~~ $x$",
    "@everyone #1 www.evil.example https://evil.example a@b.example",
    "1. x",
    "- x",
    "    code",
    "> quote",
)
"""What Markdown could take for markup, links or mentions."""

CHARACTERS = (
    "\x1b[2J\x00\x07\u202e\u2066\u200b\ufeff",
    "\x1b]8;;http://evil.example\x07link\x1b]8;;\x07",
    "\ud800",
    "\ufffe\uffff\U000e0041",
    "\u2028\u2029\x85\x0b\x0c",
    "",
    " ",
    "x" * 1_500,
)
"""What moves, hides or reverses other text, is no character, or is too much."""

SCRIPTS = (
    "<script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "<ScRiPt/src=//evil.example></ScRiPt>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<svg><script href=data:,alert(1) /></svg>",
    "<svg><style><img/src=x onerror=alert(1)></style></svg>",
    "<math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "<iframe srcdoc='&lt;script&gt;alert(1)&lt;/script&gt;'></iframe>",
    "<a href=javascript:alert(1)>x</a>",
    "<a href='java\tscript:alert(1)'>x</a>",
    "<base href=//evil.example/>",
    "<meta http-equiv=refresh content='0;url=javascript:alert(1)'>",
    "<link rel=stylesheet href=//evil.example/x.css>",
    "<form action=//evil.example><input name=q autofocus onfocus=alert(1)>",
    "<details open ontoggle=alert(1)>",
    "<body onload=alert(1)>",
    "<template><script>alert(1)</script></template>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<!--><img src=x onerror=alert(1)>-->",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<?xml version='1.0'?><!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><x>&e;</x>",
    "]]><script>alert(1)</script>",
    '" onmouseover="alert(1)',
    "' onmouseover='alert(1)",
    '" autofocus onfocus=alert(1) x="',
    "` onmouseover=alert(1)",
    '"><script>alert(1)</script>',
    "'><img src=x onerror=alert(1)>",
    "javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "</style><script>alert(1)</script>",
    "</title><script>alert(1)</script>",
    "</textarea><script>alert(1)</script>",
    "</code></td></tr></table><script>alert(1)</script>",
    "\\u003cscript\\u003ealert(1)\\u003c/script\\u003e",
    "&#60;script&#62;alert(1)&#60;/script&#62;",
    "%3Cscript%3Ealert(1)%3C/script%3E",
    "\uff1cscript\uff1ealert(1)\uff1c/script\uff1e",
    "<\x00script>alert(1)</script>",
    "<a\x0bhref=javascript:alert(1)>x</a>",
    "{{ 7 * 7 }}{% for x in y %}${7*7}<%= 7*7 %>",
    "{{ self.__init__.__globals__ }}",
    "{0} {{1}} [x](1) [x](javascript:alert(1))",
    "::set-output name=x::y",
    "::error file=x::owned",
    "##vso[task.setvariable variable=x]y",
    "=cmd|' /C calc'!A0",
    "';alert(1)//",
    "$(touch /tmp/owned)`touch /tmp/owned`",
)
"""What a browser, an XML reader, a template, a CI log or a shell could take for code."""

HOSTILE = (*MARKDOWN, *SCRIPTS, *CHARACTERS)
"""All of it."""

_AT = 1_800_000_000.0


def hostile_release(text: str) -> tuple[Verdict, dict[Signature, Example]]:
    """A release with `text` wherever traffic, targets, rules or people can put one."""
    place = Endpoint(method=text, template=text)
    findings = tuple(
        _finding(Signature(endpoint=place, location=f"{text}{name}", kind=kind))
        for name, kind in (
            ("", DifferenceKind.VALUE),
            (" json", DifferenceKind.MISSING),
            (" text", DifferenceKind.SHAPE),
            (" failure", DifferenceKind.FAILURE),
        )
    )
    slow = structs.replace(
        _finding(Signature(endpoint=place, location="latency", kind=DifferenceKind.SLOW)),
        max_slowdown=1.25,
    )
    excused = Signature(
        endpoint=place, location=text, kind=DifferenceKind.VALUE, excused_by=text or "rule"
    )
    replies = (_json(text), _json(f"{text}!"), _answer(f"{text}\nother\n{text}"), _failure(text))
    examples = {
        finding.signature: _example(text, finding.signature, reply)
        for finding, reply in zip(findings, replies, strict=True)
    }
    return _verdict(text, place, (*findings, slow), _finding(excused), examples), examples


def _verdict(
    text: str,
    place: Endpoint,
    findings: tuple[Finding, ...],
    excused: Finding,
    examples: dict[Signature, Example],
) -> Verdict:
    found = findings[0]
    approval = Approval(
        release=text,
        signature=found.signature,
        by=text,
        reason=text,
        at=_AT,
        verdict_id="0a",
        expires=date(2027, 1, 31),
    )
    return Verdict(
        release=text,
        decision=Decision.FAIL,
        decided_at=_AT,
        reasons=(f"{text}: `{text}` changed", f"x {text}"),
        findings=findings,
        suspects=(found,),
        accepted=(Accepted(finding=found, approval=approval),),
        noise=(found,),
        excused=(excused,),
        endpoints=(_summary(text, place),),
        accounting=Accounting(
            captured=100,
            outcomes={
                OutcomeKey(outcome=Outcome.COMPARED): 90,
                OutcomeKey(outcome=Outcome.DROPPED, reason=text or "x"): 8,
            },
        ),
        noise_from=NoiseSource.SECONDARY,
        rule_notices=(RuleNotice(rule=text, problem=text),),
        coverage=(
            StatusCoverage(endpoint=place, status_class="2xx", seen=100, compared=100, needed=100),
            StatusCoverage(endpoint=place, status_class="4xx", seen=12, compared=7, needed=100),
        ),
        causes=(_cause(text, examples[found.signature], found.signature),),
        sign_off=_sign_off(text),
        policy_hash="9aae7ca85793e296",
        id="0a1b2c3d",
    )


def _finding(signature: Signature) -> Finding:
    also_at = tuple(
        structs.replace(signature, location=f"{signature.location}{number}") for number in range(30)
    )
    return Finding(
        signature=signature,
        compared=100,
        differing=14,
        noise=2,
        evidence=2184.5,
        also_at=also_at,
        renamed=3,
    )


def _example(text: str, signature: Signature, candidate: Reply) -> Example:
    values = {"primary": text, "candidate": text, "pointer": text}
    header = text.encode("utf-8", "replace")
    return Example(
        exchange_id=text,
        captured_at=_AT,
        request=Request(method=text, target=text, headers=((header or b"x", header),)),
        primary=_answer(text) if not isinstance(candidate, Response) else candidate,
        candidate=candidate,
        differences=(
            Difference(location=signature.location, kind=signature.kind, **values),
            Difference(location=text, kind=DifferenceKind.EXTRA, excused_by=text, **values),
            Difference(location=f"header:{text}", kind=DifferenceKind.HEADER, **values),
        ),
    )


def _answer(text: str) -> Response:
    body = text.encode("utf-8", "replace") or b"{}"
    return Response(status=200, headers=((body, body),), body=body, seconds=0.1)


def _json(text: str) -> Response:
    quoted = text.encode("utf-8", "replace").replace(b"\\", b"\\\\").replace(b'"', b'\\"')
    body = b'{"%b": ["%b", {"x": "%b"}]}' % (quoted, quoted, quoted)
    return Response(status=200, headers=((b"x-a", quoted),), body=body, seconds=0.1)


def _failure(text: str) -> Failure:
    return Failure(kind=FailureKind.MALFORMED, detail=text or "-", seconds=0.1)


def _cause(text: str, example: Example, signature: Signature) -> Cause:
    trait = SharedTrait(
        trait=Trait(f"query:{text}", text),
        absent=False,
        requests=14,
        share=1.0,
        rest_share=0.1,
        lift=10.0,
        p_value=1e-9,
    )
    return Cause(
        signatures=(signature,),
        requests=14,
        compared=100,
        shared=(trait,),
        example=example,
        renaming=Renaming(primary=text, candidate=text, pairs=2, places=5),
    )


def _summary(text: str, place: Endpoint) -> EndpointSummary:
    times = TargetLatency(
        answers=100,
        p50=Estimate(low=0.01, value=0.02, high=0.03),
        p90=Estimate(low=0.05, value=0.06, high=0.07),
        p99=Estimate(low=0.08, value=0.09, high=None),
    )
    return EndpointSummary(
        endpoint=place,
        decision=Decision.FAIL,
        counts=EndpointCounts(compared=100, paired=100, statuses={}),
        reason=f"`{text}` {text}",
        latency=EndpointLatency(
            primary=times,
            candidate=times,
            secondary=times,
            slowdown=Estimate(low=1.0, value=1.1, high=1.2),
            pairs=100,
            slower=20,
        ),
    )


def _sign_off(text: str) -> SignOff:
    return SignOff(
        release=text,
        by=text,
        reason=text,
        at=_AT,
        verdict_id="0a",
        policy_hash="0b",
        decision=Decision.INCONCLUSIVE,
        captured=90,
        settled=90,
    )
