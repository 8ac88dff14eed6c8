"""A store in which strangers have written their worst into every field that takes text."""

import json
import time
from dataclasses import replace
from datetime import date

from shadow.model import (
    Approval,
    BugLink,
    Decision,
    Difference,
    DifferenceKind,
    Endpoint,
    Example,
    Failure,
    FailureKind,
    KeptRule,
    Observation,
    Outcome,
    Request,
    Response,
    Signature,
    SignOff,
    Trait,
)
from shadow.store.audit import AuditLog
from shadow.store.engine import migrate, open_store
from tests.support.hostile import SCRIPTS
from tests.support.reviewed import fill

_ENOUGH = 40


def fill_hostile(url: str, release: str) -> None:
    """Fill a release with endpoints, differences, examples, traits and acts of hostile text."""
    fill(url, [each for text in SCRIPTS for each in _observations(text)], release)
    engine = open_store(url)
    migrate(engine)
    log = AuditLog(engine)
    for text in SCRIPTS:
        for act in _acts(text, release):
            log.append(act)
    log.append(_rule_that_covers(SCRIPTS[0], release))
    engine.dispose()


def settings_of_rules() -> str:
    """Settings with a rule for each text, which is its name, reason and owner."""
    rules = [
        {
            "name": f"{number} {text}"[:100],
            "endpoint": "*",
            "location": "$.never",
            "action": "ignore",
            "reason": text,
            "owner": text,
        }
        for number, text in enumerate(each for each in SCRIPTS if each.isprintable())
    ]
    return json.dumps({"rules": rules})


def _observations(text: str) -> list[Observation]:
    endpoint = Endpoint(method="GET", template=f"/{text}")
    found = Difference(
        location=f"$.{text}",
        kind=DifferenceKind.VALUE,
        pointer=f"/{text}",
        primary=text,
        candidate=f"{text}!",
    )
    noise = replace(found, location=f"$.noise.{text}")
    excused = replace(found, location=f"$.excused.{text}", excused_by=text)
    return [
        Observation(
            exchange_id=f"{number} {text}",
            endpoint=endpoint,
            status=200,
            outcome=Outcome.COMPARED,
            paired=True,
            differences=(found, noise, excused),
            noise=(noise,),
            example=_example(f"{number} {text}", text, (found, noise, excused), number),
            traits=(Trait(f"header:{text}", text), Trait(f"query:{number % 2}{text}", text)),
        )
        for number in range(_ENOUGH)
    ]


def _example(name: str, text: str, differences: tuple[Difference, ...], number: int) -> Example:
    raw = text.encode("utf-8", "replace")
    bodies = (json.dumps({text: [text, {text: text}]}).encode(), raw, b"<p>%s</p>" % raw)
    body = bodies[number % len(bodies)]
    headers = ((raw, raw), (b"content-type", raw))
    primary = Response(status=200, headers=headers, body=body, seconds=0.1)
    other = Response(status=200, headers=headers, body=body + b" ", seconds=0.1)
    failed = Failure(kind=FailureKind.MALFORMED, detail=text, seconds=0.1)
    return Example(
        exchange_id=name,
        captured_at=time.time(),
        request=Request(
            method=text,
            target=text.encode("utf-8", "replace").decode("latin-1"),
            headers=((raw, raw),),
            body=raw,
        ),
        primary=primary,
        candidate=failed if number % 4 == 3 else other,
        differences=differences,
    )


def _rule_that_covers(text: str, release: str) -> KeptRule:
    return KeptRule(
        release=release,
        name=f"{text} covers"[-100:],
        endpoint="*",
        location="$.*.*",
        action="same_shape",
        by=text,
        reason=text,
        at=time.time(),
        since=time.time(),
        verdict_id="0a",
    )


def _acts(text: str, release: str) -> list[Approval | KeptRule | SignOff | BugLink]:
    signature = Signature(
        endpoint=Endpoint(method="GET", template=f"/{text}"),
        location=f"$.{text}",
        kind=DifferenceKind.VALUE,
    )
    now = time.time()
    kept = {"release": release, "by": text, "at": now, "verdict_id": "0a"}
    accepted = Approval(signature=signature, reason=text, expires=date(2099, 1, 31), **kept)
    return [
        accepted,
        *([] if len(text) % 2 else [replace(accepted, withdrawn=True)]),
        KeptRule(
            name=text[:100],
            endpoint=text,
            location=text,
            action="ignore",
            reason=text,
            since=now,
            **kept,
        ),
        BugLink(signature=signature, link="https://tracker.example/1", **kept),
        SignOff(
            reason=text,
            policy_hash="0b",
            decision=Decision.FAIL,
            captured=1,
            settled=1,
            **kept,
        ),
    ]
