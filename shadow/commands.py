"""What the commands do, between the command line and the stages."""

import asyncio
import json
import secrets
import signal
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from pydantic import SecretStr
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from shadow.errors import UnavailableError
from shadow.model import Decision, Example, Signature, Verdict
from shadow.pipeline import Batch
from shadow.queue.codec import LIVE_COUNTS
from shadow.report.json import verdict_as_json
from shadow.report.markdown import verdict_as_markdown
from shadow.report.text import verdict_as_text
from shadow.settings import Settings, settings_as_json
from shadow.store.engine import open_store
from shadow.store.reader import StoreReader
from shadow.supervisor import SETTLE_SECONDS, Plan, Supervisor
from shadow.verdict.judge import judge
from shadow.wiring.worker import writer_for

_POLL_SECONDS = 1.0
_STOP_MARGIN_SECONDS = 5.0


def proxy(settings: Settings, out: Console) -> None:
    """Run everything of one machine until SIGTERM or Ctrl-C."""
    with tempfile.TemporaryDirectory(prefix="shadow-") as folder:
        queue = settings.queue or f"ipc://{Path(folder) / 'queue'}"
        prepared = with_redact_key(settings).model_copy(update={"queue": queue})
        writer = writer_for(prepared)("supervisor")
        settings_file = Path(folder) / "settings.json"
        settings_file.touch(mode=0o600)
        settings_file.write_text(settings_as_json(prepared))
        plan = Plan(
            settings_file=settings_file,
            workers=settings.workers,
            stop_live_seconds=settings.capture.drain_seconds
            + SETTLE_SECONDS
            + _STOP_MARGIN_SECONDS,
        )

        def keep(counts: str) -> None:
            # The live process's last words; the workers may have been gone when it spoke.
            live = LIVE_COUNTS.from_builtins(json.loads(counts))
            writer.commit(Batch(live=(live,)))

        supervisor = Supervisor(plan, lambda address: _tell(settings, address, out), keep)
        asyncio.run(_until_signal(supervisor))
        out.print(f"stopped; ask [bold]shadow gate --release {escape(settings.release or '')}[/]")


def gate(
    settings: Settings, wait_seconds: float, form: str, out: Console, err: Console
) -> Decision:
    """Print the verdict, waiting for one that is conclusive as long as asked."""
    reader = StoreReader(open_store(settings.store))
    verdict = _verdict(settings, reader)
    deadline = time.monotonic() + wait_seconds
    with err.status("") as status:
        while verdict.decision is Decision.INCONCLUSIVE and time.monotonic() < deadline:
            left = deadline - time.monotonic()
            status.update(f"INCONCLUSIVE, waiting up to {left:.0f} s: {escape(verdict.reasons[0])}")
            time.sleep(min(_POLL_SECONDS, max(0.0, left)))
            verdict = _verdict(settings, reader)
    if form == "json":
        text = verdict_as_json(verdict, _examples(reader, verdict))
    else:
        text = verdict_as_text(verdict)
    out.file.write(text)
    return verdict.decision


def report(settings: Settings, form: str, output: Path, out: Console) -> None:
    """Write the verdict with an example of each finding to a folder, or to standard output."""
    reader = StoreReader(open_store(settings.store))
    verdict = _verdict(settings, reader)
    render = verdict_as_json if form == "json" else verdict_as_markdown
    text = render(verdict, _examples(reader, verdict))
    if str(output) == "-":
        out.file.write(text)
        return
    file = output / f"{verdict.release}.{'json' if form == 'json' else 'md'}"
    try:
        output.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UnavailableError(f"cannot write {file}: {error.strerror}; see --output") from None
    out.print(f"{verdict.decision.value}: {file}", markup=False, soft_wrap=True)


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


def with_redact_key(settings: Settings) -> Settings:
    """Return settings that have a key to redact with; a random one where none is set."""
    if settings.redact.key is not None:
        return settings
    redact = settings.redact.model_copy(update={"key": SecretStr(secrets.token_hex(32))})
    return settings.model_copy(update={"redact": redact})


async def _until_signal(supervisor: Supervisor) -> None:
    stop = asyncio.Event()

    def told() -> None:
        if stop.is_set():
            supervisor.hurry()
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, told)
    await supervisor.run(stop)


def _tell(settings: Settings, address: str, out: Console) -> None:
    table = Table.grid(padding=(0, 2))
    scheme = "https" if settings.tls else "http"
    rows = {
        "release": settings.release,
        "users": f"{scheme}://{address}",
        "primary": settings.primary,
        "candidate": settings.candidate,
        "secondary": settings.secondary or "none: noise is not known, only a rate is judged",
        "store": settings.store_shown,
        "workers": str(settings.workers),
        "verdict": f"shadow gate --release {settings.release} --store {settings.store_shown}",
    }
    for name, value in rows.items():
        table.add_row(f"[bold]{name}[/]", escape(value or ""))
    out.print(table)


def _verdict(settings: Settings, reader: StoreReader) -> Verdict:
    counts = reader.counts(settings.release or "")
    return judge(counts, settings.policy.to_policy(), time.time())


def _examples(reader: StoreReader, verdict: Verdict) -> Mapping[Signature, Example]:
    found = {f.signature: reader.examples(verdict.release, f.signature) for f in verdict.findings}
    return {signature: examples[0] for signature, examples in found.items() if examples}


def _when(epoch_seconds: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(epoch_seconds))
