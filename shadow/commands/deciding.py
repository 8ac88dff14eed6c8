"""What people may decide about a verdict, as the entry that the audit log gets."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from difflib import SequenceMatcher
from urllib.parse import urlsplit

from shadow.commands.judging import examples_of, kept, verdict_of
from shadow.errors import ConflictError, NotFoundError, UsageError
from shadow.model import (
    OTHER,
    Approval,
    BugLink,
    Decision,
    KeptRule,
    Signature,
    SignOff,
    Verdict,
)
from shadow.report.plain import visible
from shadow.settings import Settings
from shadow.store.audit import AuditEntry, AuditLog
from shadow.store.engine import Store
from shadow.store.limits import OTHER_ENDPOINT
from shadow.store.reader import StoreReader
from shadow.store.verdicts import VerdictShelf
from shadow.verdict.approvals import standing
from shadow.verdict.identity import finding_id

MAX_NAME_CHARS = 200
MAX_REASON_CHARS = 2_000
MAX_LINK_CHARS = 500

_MOST_NAMED = 10
_MOST_REASONS = 3
_MAX_LINE = 5_000

type Places = tuple[Signature, ...]
"""What is decided on together; it is called by the first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """Who decides, and why; raises UsageError for texts that a log can't show as they are."""

    by: str
    reason: str

    def __post_init__(self) -> None:
        if not self.by:
            raise UsageError("say who decides: --by NAME")
        _check("--by", self.by, MAX_NAME_CHARS)
        if self.reason:
            _check("--reason", self.reason, MAX_REASON_CHARS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """An entry that was written; `broken_at` is the first that is not as it was written before."""

    entry: AuditEntry
    broken_at: int | None


def acceptance(
    verdict: Verdict, wanted: str, signer: Signer, now: float, expires: date | None = None
) -> Approval:
    """Accept the finding with the id `wanted` as intended; `expires` is its last day, UTC.

    Raises `NotFoundError` for no such finding, `UsageError` for what can't be accepted so.
    """
    if expires is not None and expires < datetime.fromtimestamp(now, UTC).date():
        raise UsageError(f"--expires {expires} is over already (UTC); name today or a later day")
    needs_reason(signer, "accepting a finding")
    accepted = (each.finding for each in verdict.accepted)
    found = (*verdict.findings, *verdict.suspects, *accepted)
    places = named(wanted, [each.places for each in found], "finding")
    for place in places:
        _stands_for_one(place)
    return _approval(verdict, places, signer, now, expires=expires)


def withdrawal(
    verdict: Verdict,
    acts: Iterable[Approval | SignOff],
    wanted: str,
    signer: Signer,
    now: float,
) -> Approval:
    """Take back the approval of a finding, expired or not; `acts` are all of the release.

    Raises `NotFoundError` for no such approval.
    """
    needs_reason(signer, "withdrawing an approval")
    approvals = [each for each in acts if isinstance(each, Approval)]
    places = named(wanted, standing(approvals).values(), "approval")
    return _approval(verdict, places, signer, now, withdrawn=True)


def signing_off(verdict: Verdict, signer: Signer, now: float, *, override: bool) -> SignOff:
    """Sign the release off on PASS, or with `override` and a reason whatever the verdict is.

    Raises `ConflictError` where the verdict stands against it.
    """
    if override:
        needs_reason(signer, "--override")
    if verdict.decision is not Decision.PASS and not override:
        raise ConflictError(_why_not(verdict))
    return SignOff(
        release=verdict.release,
        by=signer.by,
        reason=signer.reason,
        at=now,
        verdict_id=verdict.id,
        policy_hash=verdict.policy_hash,
        decision=verdict.decision,
        captured=verdict.accounting.captured,
        settled=sum(verdict.accounting.outcomes.values()),
    )


def bug_link(
    verdict: Verdict, wanted: str, link: str, signer: Signer, now: float, *, withdrawn: bool = False
) -> BugLink:
    """Call the finding with the id `wanted` a bug that is dealt with at `link`, or take that back.

    Raises `NotFoundError` for no such finding, `UsageError` for what is no link.
    """
    if not withdrawn:
        _check_link(link)
    accepted = (each.finding for each in verdict.accepted)
    found = (*verdict.findings, *verdict.suspects, *accepted)
    signature, *also_at = named(wanted, [each.places for each in found], "finding")
    return BugLink(
        release=verdict.release,
        signature=signature,
        link=link,
        by=signer.by,
        at=now,
        verdict_id=verdict.id,
        withdrawn=withdrawn,
        also_at=tuple(also_at),
    )


type Decide = Callable[[Verdict, StoreReader], Approval | KeptRule | SignOff | BugLink]
"""What somebody decides, once the verdict is known."""


def decided(settings: Settings, store: Store, decide: Decide) -> Decided:
    """Decide on the verdict as of now, store that, and write the decision down, whole or not.

    Raises what `decide` does, and `UnavailableError` when the store can't be used.
    """
    reader, log = StoreReader(store), AuditLog(store)
    verdict = verdict_of(settings, reader)
    act = decide(verdict, reader)
    verdict = kept(verdict, examples_of(reader, verdict), VerdictShelf(store))
    broken_at = log.broken_at()
    return Decided(entry=log.append(replace(act, verdict_id=verdict.id)), broken_at=broken_at)


def place_of(signature: Signature) -> str:
    """Where a signature is, on one line."""
    text = f"{signature.endpoint} {signature.location} {signature.kind}"
    return visible(text, MAX_NAME_CHARS)


def named(wanted: str, every: Iterable[Places], what: str) -> Places:
    """Pick what has a place with an id; raises NotFoundError, which names the nearest.

    Which place a finding is called by may change with the counts, so each stands for all of them.
    """
    by_id: dict[str, list[Signature]] = {}
    of_place: dict[Signature, Places] = {}
    for places in every:
        for place in places:
            by_id.setdefault(finding_id(place), []).append(place)
            of_place[place] = places
    found = by_id.get(wanted.strip().lower(), [])
    if len(found) == 1:
        return of_place[found[0]]
    if found:
        raise ConflictError(f"{len(found)} differences share the id {wanted}; excuse one by a rule")
    raise NotFoundError(f"there is no {what} {visible(wanted, 50)!r}; {_there_are(by_id, wanted)}")


def needs_reason(signer: Signer, what: str) -> None:
    """Raise `UsageError` where nobody says why."""
    if not signer.reason:
        raise UsageError(f"{what} needs --reason TEXT: whoever reads the log wants to know why")


def _approval(
    verdict: Verdict,
    places: Places,
    signer: Signer,
    now: float,
    *,
    expires: date | None = None,
    withdrawn: bool = False,
) -> Approval:
    signature, *also_at = places
    return Approval(
        release=verdict.release,
        signature=signature,
        by=signer.by,
        reason=signer.reason,
        at=now,
        verdict_id=verdict.id,
        expires=expires,
        withdrawn=withdrawn,
        also_at=tuple(also_at),
    )


def _there_are(by_id: dict[str, list[Signature]], wanted: str) -> str:
    if not by_id:
        return "there is none in this release"
    nearest = sorted(by_id, key=lambda key: (-_likeness(key, wanted), key))
    named = ", ".join(f"{key} ({place_of(by_id[key][0])})" for key in nearest[:_MOST_NAMED])
    more = len(nearest) - _MOST_NAMED
    return f"there are {named}" + (f" and {more:,} more" if more > 0 else "")


def _likeness(key: str, wanted: str) -> float:
    return SequenceMatcher(None, key, wanted[:50]).ratio()


def _stands_for_one(signature: Signature) -> None:
    if signature.location == OTHER or signature.endpoint == OTHER_ENDPOINT:
        raise UsageError(
            f"{place_of(signature)} stands for all that the store had no room for: what comes "
            "there later would be accepted unseen; make room with rules or endpoint templates"
        )


def _why_not(verdict: Verdict) -> str:
    reasons = " ".join(f"{each.rstrip('.')}." for each in verdict.reasons[:_MOST_REASONS])
    return visible(
        f"release {verdict.release} is {verdict.decision}, and only PASS is signed off: {reasons} "
        "Accept what is intended with --finding ID, or sign off against the verdict with "
        "--override --reason TEXT",
        _MAX_LINE,
    )


def _check_link(link: str) -> None:
    problem = f"is no link of at most {MAX_LINK_CHARS:,} characters; write https://…"
    try:
        parts = urlsplit(link)
    except ValueError:
        raise UsageError(f"this {problem}") from None
    is_plain = link.isascii() and link.isprintable() and " " not in link
    if parts.scheme not in {"http", "https"} or not parts.hostname or not is_plain:
        raise UsageError(f"this {problem}")
    if len(link) > MAX_LINK_CHARS or "@" in parts.netloc:
        raise UsageError(f"this {problem}, without a user name")


def _check(option: str, text: str, most: int) -> None:
    if not text.strip() or visible(text, most) != text:
        problem = f"write 1 to {most:,} characters on one line, without control characters"
        raise UsageError(f"{option}: {problem}")
