"""What `report` does: a verdict from what is stored, in the formats that were asked for."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from rich.markup import escape

from shadow.commands.causes import with_causes
from shadow.commands.judging import examples_of, verdict_of
from shadow.errors import UnavailableError, UsageError
from shadow.model import Example, HealthSeries, Signature, Verdict
from shadow.report.html.report import verdict_as_html
from shadow.report.json import verdict_as_json
from shadow.report.junit import verdict_as_junit
from shadow.report.markdown import verdict_as_markdown
from shadow.report.sarif import verdict_as_sarif
from shadow.settings import Settings
from shadow.store.engine import open_store
from shadow.store.reader import StoreReader
from shadow.store.review import ReviewReader
from shadow.terminal import Terminal

type _Write = Callable[[Verdict, Mapping[Signature, Example]], str]


def report(settings: Settings, forms: Sequence[str], output: Path, out: Terminal) -> None:
    """Write the verdict with an example of each finding to a folder, or to standard output.

    Raises `UsageError` for several formats on standard output, `UnavailableError` where a file
    cannot be written.
    """
    chosen = tuple(dict.fromkeys(forms))
    to_standard_output = str(output) == "-"
    if to_standard_output and len(chosen) > 1:
        raise UsageError("--output - takes one --format; name a folder for several")
    store = open_store(settings.store)
    reader = StoreReader(store)
    verdict = with_causes(verdict_of(settings, reader), reader, settings.causes.traits)
    examples = examples_of(reader, verdict)
    health = ReviewReader(store).health(verdict.release)
    formats = _formats(settings.telemetry.trace_url, health)
    for form in chosen:
        ending, write = formats[form]
        text = write(verdict, examples)
        if to_standard_output:
            out.document(text)
        else:
            file = _written(text, output, f"{verdict.release}{ending}")
            out.news(f"{verdict.decision.value}: {escape(str(file))}")


def _formats(trace_url: str | None, health: HealthSeries) -> Mapping[str, tuple[str, _Write]]:
    """Each format with the ending of its file's name, and what writes it."""
    return {
        "html": (".html", partial(verdict_as_html, trace_url=trace_url, health=health)),
        "markdown": (".md", partial(verdict_as_markdown, trace_url=trace_url)),
        "junit": (".junit.xml", verdict_as_junit),
        "json": (".json", verdict_as_json),
        "sarif": (".sarif", verdict_as_sarif),
    }


def _written(text: str, folder: Path, name: str) -> Path:
    file = folder / name
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UnavailableError(f"cannot write {file}: {error.strerror}; see --output") from None
    return file
