"""What `approve` and `audit` do: people's decisions, written down with name and reason."""

import time
from datetime import date

from shadow.commands.deciding import (
    MAX_NAME_CHARS,
    Decide,
    Places,
    Signer,
    acceptance,
    decided,
    place_of,
    signing_off,
    withdrawal,
)
from shadow.errors import UnavailableError
from shadow.model import Approval, BugLink, KeptRule, SignOff, TokenChange, Verdict
from shadow.report.plain import moment, said_of_sign_off, visible
from shadow.report.record import read_record
from shadow.settings import Settings
from shadow.store.audit import Act, AuditEntry, AuditLog
from shadow.store.engine import open_store
from shadow.store.reader import StoreReader
from shadow.store.verdicts import VerdictShelf
from shadow.terminal import Terminal
from shadow.verdict.identity import finding_id
from shadow.verdict.wording import and_places

__all__ = [
    "MAX_NAME_CHARS",
    "Signer",
    "accept",
    "audit",
    "decide_and_say",
    "print_stored",
    "sign_off",
    "withdraw",
]

_BROKEN = (
    "WARNING: entry {} of the audit log was changed, added or removed. What was decided is written "
    "behind it, but from there on the log proves nothing, nor does what counts as accepted. See "
    "`shadow audit`, and find out who may write to the store"
)
_MOST_NAMED = 10
_MAX_LINE = 5_000


def accept(
    settings: Settings,
    wanted: str,
    signer: Signer,
    expires: date | None,
    out: Terminal,
    err: Terminal,
) -> None:
    """Accept a finding of the current verdict as intended; `expires` is its last day, UTC."""

    def decide(verdict: Verdict, _reader: StoreReader) -> Approval:
        return acceptance(verdict, wanted, signer, time.time(), expires)

    decide_and_say(settings, decide, out, err)


def withdraw(settings: Settings, wanted: str, signer: Signer, out: Terminal, err: Terminal) -> None:
    """Take back the approval of a finding, expired or not."""

    def decide(verdict: Verdict, reader: StoreReader) -> Approval:
        acts = reader.approvals(verdict.release)
        return withdrawal(verdict, acts, wanted, signer, time.time())

    decide_and_say(settings, decide, out, err)


def sign_off(
    settings: Settings, signer: Signer, out: Terminal, err: Terminal, *, override: bool
) -> None:
    """Sign the release off on PASS, or with `override` and a reason whatever the verdict is."""

    def decide(verdict: Verdict, _reader: StoreReader) -> SignOff:
        return signing_off(verdict, signer, time.time(), override=override)

    decide_and_say(settings, decide, out, err)


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


def decide_and_say(settings: Settings, decide: Decide, out: Terminal, err: Terminal) -> None:
    """Write down what is decided, and say loudly where the log is not as it was written."""
    done = decided(settings, open_store(settings.store), decide)
    out.document(_line(done.entry))
    if done.broken_at is not None:
        said = _BROKEN.format(done.broken_at)
        err.print(said, style="bold red", markup=False, soft_wrap=True)


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


def _line(entry: AuditEntry) -> str:
    """Write an entry on one line: number, time, what, and the digest that a person may keep."""
    act = entry.act
    text = f"{entry.number}  {moment(act.at)}  {_said_of(act)}  [verdict {act.verdict_id}]"
    return f"{visible(text, _MAX_LINE)}  [digest {entry.digest}]\n"


def _said_of(act: Act) -> str:
    match act:
        case SignOff():
            return said_of_sign_off(act)
        case BugLink():
            verb = "is no bug after all" if act.withdrawn else f"is a bug, see {act.link}"
            return f"{_places(act.places)} {verb}, says {act.by}"
        case TokenChange():
            return f"token {act.name} {'revoked' if act.revoked else 'made'}"
        case KeptRule():
            verb = "withdrawn" if act.withdrawn else "kept"
            reach = " for this release alone" if act.only_here and not act.withdrawn else ""
            until = f", until {act.expires}" if act.expires else ""
            return f"rule {said_of_rule(act)} {verb}{reach} by {act.by}{until}: {act.reason}"
        case Approval():
            verb = "withdrawn" if act.withdrawn else "accepted"
            until = f", until {act.expires}" if act.expires else ""
            return f"{verb} {_places(act.places)} by {act.by}{until}: {act.reason}"


def said_of_rule(rule: KeptRule) -> str:
    """Name a kept rule and what it excuses, on one line."""
    where = f"{rule.endpoint} {rule.location}"
    return f"{rule.name} ({rule.action} at {visible(where, MAX_NAME_CHARS)})"


def _places(places: Places) -> str:
    named = [f"{finding_id(each)} ({place_of(each)})" for each in places[:_MOST_NAMED]]
    return " and ".join(named) + and_places(len(places) - _MOST_NAMED)
