"""The command line: reads what the operator wants, calls, and turns errors into exit codes.

A module for each group of commands. Every command imports what it needs when it runs: the gate
must not pay for the proxy.
"""

import logging
import sys
from enum import StrEnum
from io import TextIOWrapper
from typing import Annotated, NoReturn

import typer

from shadow.cli import (
    about,
    approvals,
    check,
    compare,
    endpoints,
    live,
    replay,
    rules,
    tap,
    tokens,
    verdicts,
    web,
)
from shadow.cli.exits import EXIT_COULD_NOT_RUN, EXIT_FAIL, EXIT_INCONCLUSIVE, EXIT_USAGE
from shadow.cli.terminals import ERR
from shadow.errors import SettingsError, ShadowError, UsageError
from shadow.terminal import LogFormat, logs_text, on_one_line, place_of

__all__ = [
    "EXIT_COULD_NOT_RUN",
    "EXIT_FAIL",
    "EXIT_INCONCLUSIVE",
    "EXIT_USAGE",
    "app",
    "main",
]

app = typer.Typer(
    name="shadow",
    epilog="Start with `shadow demo`, or put `shadow proxy` in front of a service of yours.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)

# In this order help lists them.
for _group in (live, tap, replay, verdicts, approvals, web, check, compare, about):
    app.add_typer(_group.commands)
app.add_typer(endpoints.commands, name="endpoints", help="Look at how paths become endpoints.")
app.add_typer(tokens.commands, name="token", help="Make, list and revoke tokens for the web.")
app.add_typer(
    rules.commands,
    name="rules",
    help="Try rules on a release, propose some, and keep them in the store.",
)


def _print_version(wanted: bool) -> None:  # noqa: FBT001 - so does typer call it
    if wanted:
        about.print_version()
        raise typer.Exit


def _log_more(wanted: bool) -> None:  # noqa: FBT001 - so does typer call it
    if wanted:
        logging.getLogger("shadow").setLevel(logging.DEBUG)


class LogForm(StrEnum):
    """How log lines are written."""

    TEXT = "text"
    JSON = "json"


def _log_so(form: LogForm) -> None:
    if form is LogForm.JSON:
        from shadow.json_logs import log_as_json

        log_as_json()


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
    log_format: Annotated[
        LogForm,
        typer.Option(
            "--log-format", callback=_log_so, help="How to write log lines and the last error."
        ),
    ] = LogForm.TEXT,
) -> None:
    """Verify a release against live production traffic before any user sees it.

    Live requests are copied to a pre-release, and its answers compared with production's. Users
    always get production's. What production shows against itself is noise; what is left is
    evidence, and the gate says PASS, FAIL or INCONCLUSIVE.
    """


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
    if not logs_text():
        logging.getLogger("shadow").error("%s", message)
        sys.exit(code)
    shown = "\n".join(map(on_one_line, f"shadow: {message}".split("\n")))
    ERR.print(shown, style="red", markup=False, soft_wrap=True)
    sys.exit(code)
