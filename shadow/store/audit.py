"""The audit log: every approval, rule, sign-off and token, in the order they were given, for good.

What is accepted, and which rules are kept, is read from here and kept nowhere else, so the log
cannot say one thing and a verdict another. Entries are numbered from 1 over all releases and
chained: the digest of each is the SHA-256 of the digest before it, a line end, and the entry's
text. A changed, inserted or removed entry breaks the chain; only cut-off last entries do not, and
whoever kept a later digest sees that.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256

import msgspec
from sqlalchemy import Connection, Engine, Row, func, select

from shadow.errors import UnavailableError
from shadow.model import Approval, BugLink, KeptRule, Signature, SignOff, TokenChange
from shadow.store.tables import audit_log
from shadow.store.transactions import reading, writing

_BEFORE_THE_FIRST = "0" * 64
_LARGEST_NUMBER = 2**63 - 1
_ADVISORY_LOCK = 0x5AD1
"""An arbitrary number that only those lock who add to the log."""


type Act = Approval | KeptRule | SignOff | BugLink | TokenChange
"""What can be decided; that about a token is about no release."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One entry of the log; `digest` has 64 hexadecimal digits."""

    number: int
    act: Act
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    """An entry with its act in one field for each type."""

    number: int
    approval: Approval | None = None
    sign_off: SignOff | None = None
    token: TokenChange | None = None
    bug: BugLink | None = None
    rule: KeptRule | None = None


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(_Entry)


class AuditLog:
    """Adds to the log of a store and looks it through.

    All raise `UnavailableError` when the store can't be used.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def append(self, act: Act) -> AuditEntry:
        """Write down what was decided; raises as `append` of this module does."""
        with writing(self._engine) as connection:
            return append(connection, act)

    def entries(self, release: str, before: int | None = None) -> tuple[AuditEntry, ...]:
        """Return what was decided about a release, in that order, before number `before`."""
        with reading(self._engine) as connection:
            return tuple(read(connection, release, before))

    def broken_at(self) -> int | None:
        """Return the number of the first entry that is not as it was written; None if all are."""
        before = _BEFORE_THE_FIRST
        with reading(self._engine) as connection:
            rows = connection.execute(select(audit_log).order_by(audit_log.c.number))
            for number, row in enumerate(rows, start=1):
                if not _follows(row, number, before):
                    return number
                before = row.digest
        return None


def append(connection: Connection, act: Act) -> AuditEntry:
    """Write down what was decided, behind all that was before, changed or not.

    Raises `UnavailableError` where somebody left no number for it.
    """
    _take_turn(connection)
    number, before = _last(connection)
    if number >= _LARGEST_NUMBER:
        raise _full(number)
    text = _text(number + 1, act)
    digest = _digest(before, text)
    row = {
        "number": number + 1,
        "release": act.release,
        "verdict_id": act.verdict_id,
        "rule": _rule(act),
        "entry": text,
        "digest": digest,
    }
    connection.execute(audit_log.insert(), row)
    return AuditEntry(number=number + 1, act=act, digest=digest)


def read(
    connection: Connection, release: str | None = None, before: int | None = None
) -> Iterator[AuditEntry]:
    """Yield the entries about one release, or about all, in the order they were written.

    `before` leaves out those from this number on. Raises `UnavailableError` for one that is no
    entry.
    """
    query = select(audit_log).order_by(audit_log.c.number)
    if release is not None:
        query = query.where(audit_log.c.release == release)
    if before is not None:
        query = query.where(audit_log.c.number < before)
    for row in connection.execute(query):
        yield AuditEntry(number=row.number, act=_act(row), digest=row.digest)


def latest(
    connection: Connection, most: int, before: int | None = None, release: str | None = None
) -> Iterator[AuditEntry]:
    """Yield the last entries, the last one first: at most `most`, before number `before`."""
    query = select(audit_log).order_by(audit_log.c.number.desc()).limit(most)
    if before is not None:
        query = query.where(audit_log.c.number < before)
    if release is not None:
        query = query.where(audit_log.c.release == release)
    for row in connection.execute(query):
        yield AuditEntry(number=row.number, act=_act(row), digest=row.digest)


def bugs(connection: Connection, release: str) -> dict[Signature, BugLink]:
    """Return the link that each signature of a release has now, by the last word on it."""
    acts = (entry.act for entry in read(connection, release))
    last = {place: act for act in acts if isinstance(act, BugLink) for place in act.places}
    return {place: act for place, act in last.items() if not act.withdrawn}


def kept_rules(connection: Connection) -> Iterator[KeptRule]:
    """Yield what was decided about rules that are kept, in that order."""
    about = audit_log.c.rule.is_not(None)
    for row in connection.execute(select(audit_log).where(about).order_by(audit_log.c.number)):
        act = _act(row)
        if isinstance(act, KeptRule):
            yield act


def _take_turn(connection: Connection) -> None:
    """Let one at a time add to the log; on SQLite the transaction itself is the lock."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_ADVISORY_LOCK})")


def _last(connection: Connection) -> tuple[int, str]:
    """Return number and digest of the last entry."""
    last = select(func.max(audit_log.c.number)).scalar_subquery()
    query = select(audit_log.c.number, audit_log.c.digest).where(audit_log.c.number == last)
    row = connection.execute(query).one_or_none()
    return (row.number, row.digest) if row else (0, _BEFORE_THE_FIRST)


def _text(number: int, act: Act) -> str:
    return _encoder.encode(_entry(number, act)).decode()


def _entry(number: int, act: Act) -> _Entry:
    match act:
        case Approval():
            return _Entry(number=number, approval=act)
        case SignOff():
            return _Entry(number=number, sign_off=act)
        case TokenChange():
            return _Entry(number=number, token=act)
        case BugLink():
            return _Entry(number=number, bug=act)
        case KeptRule():
            return _Entry(number=number, rule=act)


def _rule(act: Act) -> str | None:
    """The name of the rule that an act is about."""
    return act.name if isinstance(act, KeptRule) else None


def _digest(before: str, text: str) -> str:
    return sha256(f"{before}\n{text}".encode()).hexdigest()


def _follows(row: Row[tuple[object, ...]], number: int, before: str) -> bool:
    if (row.number, row.digest) != (number, _digest(before, row.entry)):
        return False
    act = _act(row)
    columns = (row.release, row.verdict_id, row.rule)
    return columns == (act.release, act.verdict_id, _rule(act))


def _act(row: Row[tuple[object, ...]]) -> Act:
    try:
        entry = _decoder.decode(row.entry)
    except msgspec.DecodeError as error:
        raise _unreadable(row.number, str(error)) from error
    act = entry.approval or entry.sign_off or entry.token or entry.bug or entry.rule
    if act is None:
        raise _unreadable(row.number, "nothing in it")
    return act


def _full(number: int) -> UnavailableError:
    problem = f"the audit log was changed: it has an entry {number}, and so no room behind it"
    return UnavailableError(f"{problem}; restore the store from a copy that was not changed")


def _unreadable(number: int, why: str) -> UnavailableError:
    problem = f"entry {number} of the audit log cannot be read ({why})"
    return UnavailableError(f"{problem}; restore the store from a copy that was not changed")
