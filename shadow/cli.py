"""The command line: reads what the operator wants, calls, and turns errors into exit codes."""

import json
import logging
import os
import sys
import tempfile
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from shadow import __version__
from shadow.errors import SettingsError, ShadowError, UsageError
from shadow.options import (
    By,
    Candidate,
    Config,
    Expires,
    FindingId,
    Listen,
    Override,
    Primary,
    Queue,
    Reason,
    Release,
    ReportFormat,
    Scratch,
    Secondary,
    Store,
    VerdictFormat,
    Withdraw,
)
from shadow.settings import Settings, load_settings, settings_from_json
from shadow.terminal import LogFormat, Terminal, debugging, place_of

OUT = Terminal(highlight=False, emoji=False)
ERR = Terminal(stderr=True, highlight=False, emoji=False)

EXIT_FAIL, EXIT_USAGE, EXIT_INCONCLUSIVE, EXIT_COULD_NOT_RUN = 1, 2, 3, 4

app = typer.Typer(
    name="shadow",
    epilog="Start with `shadow demo`, or put `shadow proxy` in front of a service of yours.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)

endpoints_app = typer.Typer(
    no_args_is_help=True, context_settings={"help_option_names": ["-h", "--help"]}
)
app.add_typer(endpoints_app, name="endpoints", help="Look at how paths become endpoints.")

rules_app = typer.Typer(
    no_args_is_help=True, context_settings={"help_option_names": ["-h", "--help"]}
)
app.add_typer(rules_app, name="rules", help="Try rules on a release, and propose some.")


def _print_version(wanted: bool) -> None:  # noqa: FBT001 - so does typer call it
    if wanted:
        OUT.news(f"shadow {__version__}")
        raise typer.Exit


def _log_more(wanted: bool) -> None:  # noqa: FBT001 - so does typer call it
    if wanted:
        logging.getLogger("shadow").setLevel(logging.DEBUG)


@app.callback()
def shadow(
    *,
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
    debug: Annotated[
        bool,
        typer.Option(
            "--debug",
            callback=_log_more,
            help="Log more, and tracebacks too; they may quote what users sent.",
        ),
    ] = False,
) -> None:
    """Verify a release against live production traffic before any user sees it.

    Live requests are copied to a pre-release, and its answers compared with production's. Users
    always get production's. What production shows against itself is noise; what is left is
    evidence, and the gate says PASS, FAIL or INCONCLUSIVE.
    """


@app.command()
def proxy(
    release: Release = None,
    primary: Primary = None,
    candidate: Candidate = None,
    secondary: Secondary = None,
    listen: Listen = None,
    store: Store = None,
    config: Config = None,
) -> None:
    """Serve users from production and shadow what they ask, with all that needs on one machine.

    Starts the live process and the workers, restarts what dies, and on SIGTERM or Ctrl-C lets
    answers under way finish, compares what is captured, and stops.
    """
    from shadow.serve import proxy as run_proxy

    settings = _settings(
        config,
        release=release,
        primary=primary,
        candidate=candidate,
        secondary=secondary,
        listen=listen,
        store=store,
    )
    settings.require("release", "primary", "candidate")
    run_proxy(settings, ("--debug",) if debugging() else (), OUT)


@app.command()
def worker(
    release: Release = None,
    primary: Primary = None,
    candidate: Candidate = None,
    secondary: Secondary = None,
    store: Store = None,
    queue: Queue = None,
    config: Config = None,
) -> None:
    """Run one worker alone, for a live process that was started otherwise (see `shadow addon`)."""
    from shadow.roles.worker import run_worker
    from shadow.serve import with_redact_key

    settings = _settings(
        config,
        release=release,
        primary=primary,
        candidate=candidate,
        secondary=secondary,
        store=store,
        queue=queue,
    )
    settings.require_to_replay()
    run_worker(with_redact_key(settings))


@app.command()
def addon() -> None:
    """Print the path of the addon for a mitmproxy of your own.

    `mitmdump -s "$(shadow addon)" --mode reverse:http://prod:8080`, with `shadow worker` beside
    it. Both read ./shadow.yaml and SHADOW_* variables.
    """
    OUT.document(f"{Path(__file__).with_name('mitmproxy_addon.py')}\n")


@app.command()
def gate(
    release: Release = None,
    wait: Annotated[
        str,
        typer.Option(
            "--wait", metavar="TIME", help="How long to wait while INCONCLUSIVE: 90s, 10m, 1h."
        ),
    ] = "0s",
    form: Annotated[VerdictFormat, typer.Option("--format", help="How to print.")] = (
        VerdictFormat.TEXT
    ),
    store: Store = None,
    config: Config = None,
) -> None:
    """Say whether the release may go on.

    Exit code 0 PASS, 1 FAIL, 3 INCONCLUSIVE, 2 usage or configuration, 4 could not run.
    """
    from shadow.commands.verdicts import gate as run_gate

    settings = _settings(config, release=release, store=store)
    settings.require("release")
    decision = run_gate(settings, _seconds(wait), form.value, OUT, ERR)
    raise typer.Exit({"PASS": 0, "FAIL": EXIT_FAIL}.get(decision.value, EXIT_INCONCLUSIVE))


@app.command()
def report(
    release: Release = None,
    form: Annotated[ReportFormat, typer.Option("--format", help="What to write.")] = (
        ReportFormat.MARKDOWN
    ),
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FOLDER",
            help="Folder, or - for standard output.  [default: reports]",
            show_default=False,
        ),
    ] = None,
    store: Store = None,
    config: Config = None,
) -> None:
    """Write the verdict with its evidence and an example of each finding."""
    from shadow.commands.verdicts import report as run_report

    settings = _settings(config, release=release, store=store)
    settings.require("release")
    run_report(settings, form.value, output or Path(settings.reports), OUT)


@app.command()
def releases(store: Store = None, config: Config = None) -> None:
    """List the releases that the store knows."""
    from shadow.commands.verdicts import list_releases

    OUT.print(list_releases(_settings(config, store=store)))


@app.command()
def approve(
    *,
    by: By = "",
    release: Release = None,
    finding: FindingId = None,
    reason: Reason = "",
    expires: Expires = None,
    withdraw: Withdraw = False,
    override: Override = False,
    store: Store = None,
    config: Config = None,
) -> None:
    """Accept a finding as intended, or sign the release off on PASS.

    With --finding, the finding counts no longer in this release's verdict. Without, the release is
    signed off. Both are written to the audit log, for good.
    """
    from shadow.commands import approvals

    settings = _settings(config, release=release, store=store)
    settings.require("release")
    signer = approvals.Signer(by=by, reason=reason)
    if finding is None:
        if withdraw or expires is not None:
            raise UsageError("--expires and --withdraw go with --finding ID")
        approvals.sign_off(settings, signer, OUT, override=override)
        return
    if override:
        raise UsageError("--override signs a release off: give it without --finding")
    if not withdraw:
        approvals.accept(settings, finding, signer, expires.date() if expires else None, OUT)
        return
    if expires is not None:
        raise UsageError("--withdraw holds from now on: give it without --expires")
    approvals.withdraw(settings, finding, signer, OUT)


@app.command()
def audit(
    release: Release = None,
    verdict: Annotated[
        str | None,
        typer.Option(
            "--verdict",
            metavar="ID",
            help="Print this stored verdict as JSON instead.",
            show_default=False,
        ),
    ] = None,
    store: Store = None,
    config: Config = None,
) -> None:
    """Print who approved what and why, and say whether the log is as it was written.

    Exit code 0 if it is, 4 if an entry was changed, added or removed since.
    """
    from shadow.commands import approvals

    settings = _settings(config, release=release, store=store)
    if verdict is not None:
        approvals.print_stored(settings, verdict, OUT)
        return
    settings.require("release")
    if not approvals.audit(settings, OUT):
        raise typer.Exit(EXIT_COULD_NOT_RUN)


@app.command()
def check(
    release: Release = None,
    primary: Primary = None,
    candidate: Candidate = None,
    secondary: Secondary = None,
    listen: Listen = None,
    store: Store = None,
    config: Config = None,
) -> None:
    """Try settings, targets, store and address before anything is started.

    Sends one `HEAD /` to each target, and makes the store if it is not there. Exit code 0 if all is
    well, else 4.
    """
    from shadow.check import check as run_check

    settings = _settings(
        config,
        release=release,
        primary=primary,
        candidate=candidate,
        secondary=secondary,
        listen=listen,
        store=store,
    )
    settings.require("release", "primary", "candidate")
    if not run_check(settings, OUT):
        raise typer.Exit(EXIT_COULD_NOT_RUN)


@app.command()
def diff(
    primary: Annotated[
        Path | None, typer.Argument(help="What the known good version answered; - is stdin.")
    ] = None,
    candidate: Annotated[
        Path | None, typer.Argument(help="What the pre-release answered; - is stdin.")
    ] = None,
    secondary: Annotated[
        Path | None,
        typer.Option(
            "--secondary",
            metavar="FILE",
            help="A second answer of the known good version: what differs there too is noise.",
        ),
    ] = None,
    pairs: Annotated[
        Path | None,
        typer.Option(
            "--pairs", metavar="IN.jsonl", help="Compare many pairs, one a line; - is stdin."
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            metavar="OUT.jsonl",
            help="Where what is said of each pair goes.  [default: standard output]",
        ),
    ] = None,
    jobs: Annotated[
        int, typer.Option("--jobs", min=1, max=64, help="Processes that compare pairs.")
    ] = 1,
    rules: Annotated[
        Path | None, typer.Option("--rules", metavar="FILE", help="Rules: see docs/rules.md.")
    ] = None,
    content_type: Annotated[
        str | None,
        typer.Option(
            "--content-type", metavar="T", help="What the files are.  [default: by name, content]"
        ),
    ] = None,
    descriptor_set: Annotated[
        Path | None,
        typer.Option(
            "--descriptor-set",
            metavar="FILE",
            help="Protobuf schema, as protoc --descriptor_set_out writes it.",
        ),
    ] = None,
    message: Annotated[
        str | None,
        typer.Option("--message", metavar="NAME", help="The protobuf message that bodies are."),
    ] = None,
    deadline: Annotated[
        float, typer.Option("--deadline", min=0.01, max=60, help="Seconds for one comparison.")
    ] = 1.0,
    form: Annotated[
        VerdictFormat, typer.Option("--format", help="How two files are reported.")
    ] = VerdictFormat.TEXT,
) -> None:
    """Compare two answers in files, or many pairs of answers.

    Exit code 0 if they are the same, 1 if different, 3 if undecided: a comparison that reached a
    limit. With --pairs, 1 if any pair is different, else 3 if any is undecided.
    """
    from shadow.commands.diff import EXIT_CODES, DiffOptions, diff_as_text, diff_files, diff_pairs

    if message is not None and descriptor_set is None:
        raise UsageError("--message needs --descriptor-set, which tells what it is")
    options = DiffOptions(
        rules=rules,
        content_type=content_type,
        deadline_seconds=deadline,
        descriptor_set=descriptor_set,
        message=message,
    )
    if pairs is not None:
        if primary is not None or secondary is not None:
            raise UsageError("give two files or --pairs, not both")
        if content_type is not None:
            raise UsageError("with --pairs, each pair has a content_type of its own")
        raise typer.Exit(diff_pairs(pairs, output, jobs, options, ERR))
    if primary is None or candidate is None:
        raise UsageError("give two files, PRIMARY and CANDIDATE, or --pairs IN.jsonl")
    if output is not None:
        raise UsageError("--output goes with --pairs; of two files, redirect what is printed")
    outcome = diff_files(primary, candidate, secondary, options)
    if form is VerdictFormat.JSON:
        OUT.document(json.dumps(outcome, indent=2, ensure_ascii=False) + "\n")
    else:
        OUT.print(diff_as_text(outcome), soft_wrap=True)
    raise typer.Exit(EXIT_CODES[str(outcome["verdict"])])


@rules_app.command("test")
def try_rules(
    file: Annotated[Path, typer.Argument(metavar="RULES", help="A file of rules.")],
    release: Release = None,
    store: Store = None,
    config: Config = None,
) -> None:
    """Show what the rules of a file would have excused among a release's stored examples."""
    from shadow.commands.rules import try_rules as run_trial

    settings = _settings(config, release=release, store=store)
    run_trial(settings.require("release"), file, OUT)


@rules_app.command("suggest")
def suggest_rules(release: Release = None, store: Store = None, config: Config = None) -> None:
    """Propose rules for a release's noise: a file of rules, with the evidence in comments."""
    from shadow.commands.rules import suggest_rules as run_suggest

    settings = _settings(config, release=release, store=store)
    run_suggest(settings.require("release"), OUT)


@endpoints_app.command()
def infer(
    file: Annotated[
        Path, typer.Argument(help="Lines of METHOD path [status [shape]]; - is stdin.")
    ],
    openapi: Annotated[
        Path | None,
        typer.Option("--openapi", metavar="SPEC", help="An OpenAPI document, whose routes win."),
    ] = None,
    form: Annotated[
        VerdictFormat, typer.Option("--format", help="A table, or a JSON object for each line.")
    ] = VerdictFormat.TEXT,
) -> None:
    """Find the endpoints behind the paths of a log, and propose templates for the settings."""
    from shadow.commands.endpoints import infer as run_infer

    run_infer(file, openapi, form.value, OUT, ERR)


@app.command()
def demo(
    requests: Annotated[
        int,
        typer.Option(
            "--requests",
            min=4500,
            help="Live requests per release; fewer would be too little evidence.",
        ),
    ] = 5000,
    reports: Annotated[Path, typer.Option("--reports", help="Where the reports go.")] = Path(
        "reports"
    ),
) -> None:
    """Watch Shadow find planted regressions in a small shop, and pass the release without them."""
    from shadow.demo.run import run_demo

    raise typer.Exit(run_demo(OUT, requests=requests, reports=reports))


@app.command("live-role", hidden=True)
def live_role(scratch: Scratch) -> None:
    """Be the live process of a supervisor, which writes its settings to standard input."""
    from shadow.roles.live import run_live

    tempfile.tempdir = str(scratch)
    run_live(settings_from_json(sys.stdin.readline()))


@app.command("worker-role", hidden=True)
def worker_role(scratch: Scratch) -> None:
    """Be a worker of a supervisor, which writes its settings to standard input."""
    from shadow.roles.worker import run_worker

    tempfile.tempdir = str(scratch)
    run_worker(settings_from_json(sys.stdin.readline()), supervisor=sys.stdin.fileno())


@app.command()
def version() -> None:
    """Print the version."""
    _print_version(wanted=True)


def main() -> None:
    """Run the command line; errors become exit codes 2 and 4."""
    _prepare_streams()
    try:
        app()
    except UsageError as error:
        _fail(_listed(error), EXIT_USAGE)
    except ShadowError as error:
        _fail(str(error), EXIT_COULD_NOT_RUN)
    except Exception as error:  # whatever it is, exit code 1 would say FAIL
        logging.getLogger("shadow").debug("unexpected", exc_info=True)
        hint = "if that does not help you, report what the same command with `shadow --debug` shows"
        _fail(f"unexpected {place_of(error)}; {hint}", EXIT_COULD_NOT_RUN)


def _prepare_streams() -> None:
    """Log to standard error, and print what the terminal has no characters for as escapes."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    handler = logging.StreamHandler()
    handler.setFormatter(LogFormat())
    logging.basicConfig(level=logging.WARNING, handlers=[handler])


def _listed(error: UsageError) -> str:
    if isinstance(error, SettingsError) and len(error.mistakes) > 1:
        lines = (f"\n  {mistake}" for mistake in error.mistakes)
        return f"{len(error.mistakes)} settings are wrong or missing:{''.join(lines)}"
    return str(error)


def _fail(message: str, code: int) -> NoReturn:
    ERR.print(f"shadow: {message}", style="red", markup=False, soft_wrap=True)
    sys.exit(code)


def _settings(config: Path | None, **flags: str | None) -> Settings:
    given = {name: value for name, value in flags.items() if value is not None}
    return load_settings(file=config, environment=os.environ, flags=given)


def _seconds(text: str) -> float:
    units = {"s": 1.0, "m": 60.0, "h": 3600.0}
    number, unit = (text[:-1], text[-1:]) if text[-1:] in units else (text, "s")
    try:
        seconds = float(number) * units[unit]
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds < 7 * 24 * 3600:
        raise UsageError(f"--wait {text}: write a time such as 90s, 10m or 1h")
    return seconds
