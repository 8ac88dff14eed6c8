"""What compares answers in files, without a store or a release."""

import json
from pathlib import Path
from typing import Annotated

import typer

from shadow.cli.terminals import ERR, OUT
from shadow.errors import UsageError
from shadow.options import VerdictFormat

commands = typer.Typer()


@commands.command()
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
