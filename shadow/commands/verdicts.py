"""What `gate`, `report` and `releases` do: verdicts from what is stored."""

import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from rich.markup import escape
from rich.table import Table

from shadow.diff.rules.notices import rule_notices
from shadow.errors import UnavailableError
from shadow.model import Decision, Example, Signature, Verdict
from shadow.report.json import verdict_as_json
from shadow.report.markdown import verdict_as_markdown
from shadow.report.plain import visible
from shadow.report.text import verdict_as_text
from shadow.settings import Settings
from shadow.store.engine import open_store
from shadow.store.reader import StoreReader
from shadow.terminal import Terminal
from shadow.verdict.judge import judge

_POLL_SECONDS = 1.0
_MOST_REASON = 200


def gate(
    settings: Settings, wait_seconds: float, form: str, out: Terminal, err: Terminal
) -> Decision:
    """Print the verdict, waiting for one that is conclusive as long as asked."""
    reader = StoreReader(open_store(settings.store))
    verdict = _verdict(settings, reader)
    if wait_seconds and verdict.decision is Decision.INCONCLUSIVE:
        verdict = _conclusive(verdict, settings, reader, wait_seconds, err)
    if form == "json":
        text = verdict_as_json(verdict, _examples(reader, verdict))
    else:
        text = verdict_as_text(verdict)
    out.document(text)
    return verdict.decision


def report(settings: Settings, form: str, output: Path, out: Terminal) -> None:
    """Write the verdict with an example of each finding to a folder, or to standard output."""
    reader = StoreReader(open_store(settings.store))
    verdict = _verdict(settings, reader)
    render = verdict_as_json if form == "json" else verdict_as_markdown
    text = render(verdict, _examples(reader, verdict))
    if str(output) == "-":
        out.document(text)
        return
    file = output / f"{verdict.release}.{'json' if form == 'json' else 'md'}"
    try:
        output.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UnavailableError(f"cannot write {file}: {error.strerror}; see --output") from None
    out.news(f"{verdict.decision.value}: {escape(str(file))}")


def list_releases(settings: Settings) -> Table:
    """A table of the releases in the store, newest first."""
    table = Table("Release", "Captured", "Compared", "First seen", "Last seen")
    for row in StoreReader(open_store(settings.store)).releases():
        table.add_row(
            escape(row.name),
            f"{row.captured:,}",
            f"{row.compared:,}",
            _when(row.created_at),
            _when(row.updated_at),
        )
    return table


def _conclusive(
    verdict: Verdict, settings: Settings, reader: StoreReader, seconds: float, err: Terminal
) -> Verdict:
    """Ask again until the verdict is conclusive or the time is over."""
    deadline = time.monotonic() + seconds
    if not err.is_terminal:
        err.news(f"INCONCLUSIVE, waiting up to {seconds:g} s for a verdict")
    with err.status("") as status:
        while verdict.decision is Decision.INCONCLUSIVE:
            left = deadline - time.monotonic()
            if left <= 0:
                break
            why = escape(visible(verdict.reasons[0], _MOST_REASON))
            status.update(f"INCONCLUSIVE, waiting up to {left:.0f} s: {why}")
            time.sleep(min(_POLL_SECONDS, left))
            verdict = _verdict(settings, reader)
    return verdict


def _verdict(settings: Settings, reader: StoreReader) -> Verdict:
    counts = reader.counts(settings.release or "")
    verdict = judge(counts, settings.policy.to_policy(), time.time())
    rules = tuple(rule.to_rule() for rule in settings.rules)
    today = datetime.now(UTC).date()
    return replace(verdict, rule_notices=rule_notices(rules, today, counts))


def _examples(reader: StoreReader, verdict: Verdict) -> Mapping[Signature, Example]:
    found = {f.signature: reader.examples(verdict.release, f.signature) for f in verdict.findings}
    return {signature: examples[0] for signature, examples in found.items() if examples}


def _when(epoch_seconds: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(epoch_seconds))
