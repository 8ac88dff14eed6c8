"""What `gate` and `releases` do: verdicts from what is stored."""

import time
from collections.abc import Sequence

from rich.markup import escape
from rich.table import Table

from shadow.commands.causes import with_causes
from shadow.commands.judging import examples_of, kept, sign_offs, verdict_of
from shadow.errors import UnavailableError
from shadow.model import Approval, Decision, KeptRule, SignOff, Verdict
from shadow.report.json import verdict_as_json
from shadow.report.plain import moment, visible
from shadow.report.text import verdict_as_text
from shadow.settings import Settings
from shadow.store.engine import open_store
from shadow.store.reader import StoreReader
from shadow.store.verdicts import VerdictShelf
from shadow.terminal import Terminal
from shadow.verdict.approvals import ended_since
from shadow.verdict.kept_rules import rules_ended_since
from shadow.verdict.wording import count

_POLL_SECONDS = 1.0
_MOST_REASON = 200
_MOST_NAME = 100


def gate(
    settings: Settings, wait_seconds: float, form: str, out: Terminal, err: Terminal
) -> Decision:
    """Print the verdict, waiting for one that is conclusive as long as asked."""
    engine = open_store(settings.store)
    reader = StoreReader(engine)
    verdict = verdict_of(settings, reader)
    if wait_seconds and verdict.decision is Decision.INCONCLUSIVE:
        verdict = _conclusive(verdict, settings, reader, wait_seconds, err)
    verdict = with_causes(verdict, reader, settings.causes.traits)
    examples = examples_of(reader, verdict)
    try:
        verdict = kept(verdict, examples, VerdictShelf(engine))
    except UnavailableError as error:
        err.news(escape(f"the verdict is not stored: {error}"))
    text = verdict_as_json(verdict, examples) if form == "json" else verdict_as_text(verdict)
    out.document(text)
    return verdict.decision


def list_releases(settings: Settings) -> Table:
    """A table of the releases in the store, newest first."""
    table = Table("Release", "Captured", "Compared", "First seen", "Last seen", "Signed off")
    reader = StoreReader(open_store(settings.store))
    acts = reader.approvals()
    rules = reader.kept_rules()
    signed = sign_offs(acts)
    now = time.time()
    for row in reader.releases():
        table.add_row(
            escape(row.name),
            f"{row.captured:,}",
            f"{row.compared:,}",
            _when(row.created_at),
            _when(row.updated_at),
            escape(
                _signed(signed[row.name], row.captured, acts, now)
                + _rules_ended(signed[row.name], rules, row.created_at, now)
            )
            if row.name in signed
            else "",
        )
    return table


def _signed(signed: SignOff, captured: int, acts: Sequence[Approval | SignOff], now: float) -> str:
    against = f" against {signed.decision}" if signed.override else ""
    more = captured - signed.captured
    since = f", {more:,} more captured since" if more else ""
    ended = ended_since(signed, [act for act in acts if act.release == signed.release], now)
    said = f"; {count(ended, 'approval')} ended since: what was accepted so counts again"
    by = visible(signed.by, _MOST_NAME)
    return f"{by}, {moment(signed.at)}{against}{since}{said * bool(ended)}"


def _rules_ended(signed: SignOff, rules: Sequence[KeptRule], created_at: float, now: float) -> str:
    ended = rules_ended_since(signed, rules, created_at, now)
    said = f"; {count(ended, 'kept rule')} ended since: what was excused so counts again"
    return said * bool(ended)


def _conclusive(
    verdict: Verdict, settings: Settings, reader: StoreReader, seconds: float, err: Terminal
) -> Verdict:
    """Ask again until the verdict is conclusive or the time is over.

    A store that goes away meanwhile may come back; raises `UnavailableError` if it has not by then.
    """
    deadline = time.monotonic() + seconds
    away: UnavailableError | None = None
    if not err.is_terminal:
        err.news(f"INCONCLUSIVE, waiting up to {seconds:g} s for a verdict")
    with err.status("") as status:
        while verdict.decision is Decision.INCONCLUSIVE:
            left = deadline - time.monotonic()
            if left <= 0:
                break
            why = escape(visible(str(away) if away else verdict.reasons[0], _MOST_REASON))
            status.update(f"INCONCLUSIVE, waiting up to {left:.0f} s: {why}")
            time.sleep(min(_POLL_SECONDS, left))
            try:
                verdict = verdict_of(settings, reader)
            except UnavailableError as error:
                if away is None:
                    err.news(escape(f"{error}; trying again"))
                away = error
            else:
                away = None
    if away is not None:
        raise away
    return verdict


def _when(epoch_seconds: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(epoch_seconds))
