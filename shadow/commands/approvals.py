"""What `approve` and `audit` do: people's decisions, written down with name and reason."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from difflib import SequenceMatcher

from shadow.commands.judging import examples_of, kept, verdict_of
from shadow.errors import UnavailableError, UsageError
from shadow.model import OTHER, Approval, Decision, Signature, SignOff, Verdict
from shadow.report.plain import moment, said_of_sign_off, visible
from shadow.report.record import read_record
from shadow.settings import Settings
from shadow.store.audit import AuditEntry, AuditLog
from shadow.store.engine import open_store
from shadow.store.limits import OTHER_ENDPOINT
from shadow.store.reader import StoreReader
from shadow.store.verdicts import VerdictShelf
from shadow.terminal import Terminal
from shadow.verdict.approvals import standing
from shadow.verdict.identity import finding_id
from shadow.verdict.wording import and_places

MAX_NAME_CHARS = 200
MAX_REASON_CHARS = 2_000

_BROKEN = (
    "WARNING: entry {} of the audit log was changed, added or removed. What was decided is written "
    "behind it, but from there on the log proves nothing, nor does what counts as accepted. See "
    "`shadow audit`, and find out who may write to the store"
)
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


def accept(
    settings: Settings,
    wanted: str,
    signer: Signer,
    expires: date | None,
    out: Terminal,
    err: Terminal,
) -> None:
    """Accept a finding of the current verdict as intended; `expires` is its last day, UTC."""
    if expires is not None and expires < datetime.now(UTC).date():
        raise UsageError(f"--expires {expires} is over already (UTC); name today or a later day")
    _needs_reason(signer, "accepting a finding")

    def chosen(verdict: Verdict, _reader: StoreReader) -> Places:
        accepted = (each.finding for each in verdict.accepted)
        found = (*verdict.findings, *verdict.suspects, *accepted)
        places = _named(wanted, [each.places for each in found], "finding")
        return tuple(_stands_for_one(place) for place in places)

    _decide_on_finding(settings, signer, chosen, expires, out, err)


def withdraw(settings: Settings, wanted: str, signer: Signer, out: Terminal, err: Terminal) -> None:
    """Take back the approval of a finding, expired or not."""
    _needs_reason(signer, "withdrawing an approval")

    def chosen(verdict: Verdict, reader: StoreReader) -> Places:
        acts = [each for each in reader.approvals(verdict.release) if isinstance(each, Approval)]
        return _named(wanted, standing(acts).values(), "approval")

    _decide_on_finding(settings, signer, chosen, None, out, err, withdrawn=True)


def sign_off(
    settings: Settings, signer: Signer, out: Terminal, err: Terminal, *, override: bool
) -> None:
    """Sign the release off on PASS, or with `override` and a reason whatever the verdict is."""
    if override:
        _needs_reason(signer, "--override")
    engine = open_store(settings.store)
    reader = StoreReader(engine)
    verdict = verdict_of(settings, reader)
    if verdict.decision is not Decision.PASS and not override:
        raise UsageError(_why_not(verdict))
    verdict = kept(verdict, examples_of(reader, verdict), VerdictShelf(engine))
    act = SignOff(
        release=verdict.release,
        by=signer.by,
        reason=signer.reason,
        at=time.time(),
        verdict_id=verdict.id,
        policy_hash=verdict.policy_hash,
        decision=verdict.decision,
        captured=verdict.accounting.captured,
        settled=sum(verdict.accounting.outcomes.values()),
    )
    _write_down(act, AuditLog(engine), out, err)


def audit(settings: Settings, out: Terminal) -> bool:
    """Print what was decided about the release; return whether the log is as it was written."""
    engine = open_store(settings.store)
    log = AuditLog(engine)
    release = settings.release or ""
    broken = log.broken_at()
    entries = log.entries(release, before=broken)
    if not entries and broken is None:
        StoreReader(engine).counts(release)
    out.document("".join(_line(entry) for entry in entries))
    out.document(_state_of(broken, len(entries), release))
    return broken is None


def _state_of(broken: int | None, entries: int, release: str) -> str:
    if broken is not None:
        return f"entry {broken} was changed, added or removed: from there on nothing is certain\n"
    return f"entries about {release}: {entries:,}; the log is as it was written\n"


def print_stored(settings: Settings, verdict_id: str, out: Terminal) -> None:
    """Print a stored verdict as the gate printed it, as JSON."""
    content = VerdictShelf(open_store(settings.store)).content(verdict_id)
    try:
        out.document(read_record(content, verdict_id))
    except ValueError as error:
        problem = f"the stored verdict {verdict_id} {error}"
        raise UnavailableError(f"{problem}; restore the store from a copy") from None


def _decide_on_finding(
    settings: Settings,
    signer: Signer,
    choose: Callable[[Verdict, StoreReader], Places],
    expires: date | None,
    out: Terminal,
    err: Terminal,
    *,
    withdrawn: bool = False,
) -> None:
    engine = open_store(settings.store)
    reader = StoreReader(engine)
    verdict = verdict_of(settings, reader)
    signature, *also_at = choose(verdict, reader)
    verdict = kept(verdict, examples_of(reader, verdict), VerdictShelf(engine))
    act = Approval(
        release=verdict.release,
        signature=signature,
        by=signer.by,
        reason=signer.reason,
        at=time.time(),
        verdict_id=verdict.id,
        expires=expires,
        withdrawn=withdrawn,
        also_at=tuple(also_at),
    )
    _write_down(act, AuditLog(engine), out, err)


def _write_down(act: Approval | SignOff, log: AuditLog, out: Terminal, err: Terminal) -> None:
    """Add to the log, whole or not, and say loudly where it is not."""
    broken = log.broken_at()
    out.document(_line(log.append(act)))
    if broken is not None:
        err.print(_BROKEN.format(broken), style="bold red", markup=False, soft_wrap=True)


def _named(wanted: str, every: Iterable[Places], what: str) -> Places:
    """Pick what has a place with an id; raises UsageError, which names the nearest.

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
        raise UsageError(f"{len(found)} differences share the id {wanted}; excuse one by a rule")
    raise UsageError(f"there is no {what} {visible(wanted, 50)!r}; {_there_are(by_id, wanted)}")


def _there_are(by_id: dict[str, list[Signature]], wanted: str) -> str:
    if not by_id:
        return "there is none in this release"
    nearest = sorted(by_id, key=lambda key: (-_likeness(key, wanted), key))
    named = ", ".join(f"{key} ({_place(by_id[key][0])})" for key in nearest[:_MOST_NAMED])
    more = len(nearest) - _MOST_NAMED
    return f"there are {named}" + (f" and {more:,} more" if more > 0 else "")


def _likeness(key: str, wanted: str) -> float:
    return SequenceMatcher(None, key, wanted[:50]).ratio()


def _stands_for_one(signature: Signature) -> Signature:
    if signature.location == OTHER or signature.endpoint == OTHER_ENDPOINT:
        raise UsageError(
            f"{_place(signature)} stands for all that the store had no room for: what comes there "
            "later would be accepted unseen; make room with rules or endpoint templates"
        )
    return signature


def _why_not(verdict: Verdict) -> str:
    reasons = " ".join(f"{each.rstrip('.')}." for each in verdict.reasons[:_MOST_REASONS])
    return visible(
        f"release {verdict.release} is {verdict.decision}, and only PASS is signed off: {reasons} "
        "Accept what is intended with --finding ID, or sign off against the verdict with "
        "--override --reason TEXT",
        _MAX_LINE,
    )


def _line(entry: AuditEntry) -> str:
    """Write an entry on one line: number, time, what, and the digest that a person may keep."""
    act = entry.act
    said = said_of_sign_off(act) if isinstance(act, SignOff) else _said_of(act)
    text = f"{entry.number}  {moment(act.at)}  {said}  [verdict {act.verdict_id}]"
    return f"{visible(text, _MAX_LINE)}  [digest {entry.digest}]\n"


def _said_of(act: Approval) -> str:
    verb = "withdrawn" if act.withdrawn else "accepted"
    until = f", until {act.expires}" if act.expires else ""
    return f"{verb} {_places(act.places)} by {act.by}{until}: {act.reason}"


def _places(places: Places) -> str:
    named = [f"{finding_id(each)} ({_place(each)})" for each in places[:_MOST_NAMED]]
    return " and ".join(named) + and_places(len(places) - _MOST_NAMED)


def _place(signature: Signature) -> str:
    text = f"{signature.endpoint} {signature.location} {signature.kind}"
    return visible(text, MAX_NAME_CHARS)


def _needs_reason(signer: Signer, what: str) -> None:
    if not signer.reason:
        raise UsageError(f"{what} needs --reason TEXT: whoever reads the log wants to know why")


def _check(option: str, text: str, most: int) -> None:
    if not text.strip() or visible(text, most) != text:
        problem = f"write 1 to {most:,} characters on one line, without control characters"
        raise UsageError(f"{option}: {problem}")
