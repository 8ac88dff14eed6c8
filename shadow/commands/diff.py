"""`shadow diff`: two answers in files, or pairs of them line by line."""

import mimetypes
import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import msgspec
from rich.markup import escape

from shadow.comparing.pair import Compared, PairComparer
from shadow.comparing.pool import ComparePairs, Pool
from shadow.diff.compare import Comparer, Limits
from shadow.diff.rules.rule import Rule
from shadow.errors import UsageError
from shadow.report.plain import visible
from shadow.settings.rule_files import load_rules, rules_from
from shadow.terminal import Terminal
from shadow.wiring.schema import protobuf_messages

EXIT_CODES = {"same": 0, "different": 1, "undecided": 3}

_LONGEST_LINE = 64 * 1024 * 1024
_LONGEST_FILE = 64 * 1024 * 1024
_MOST_SHOWN = 50
_LONGEST_VALUE = 120
_KNOWN_TYPES = {
    ".json": "application/json",
    ".ndjson": "application/x-ndjson",
    ".jsonl": "application/x-ndjson",
    ".yaml": "text/plain",
    ".md": "text/plain",
    ".sse": "text/event-stream",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class DiffOptions:
    """How files and pairs are compared; a comparison takes at most `deadline_seconds`.

    Protobuf bodies are `message`, as the `descriptor_set` tells it.
    """

    rules: Path | None = None
    content_type: str | None = None
    deadline_seconds: float = 1.0
    max_decoded_bytes: int = 16 * 1024 * 1024
    descriptor_set: Path | None = None
    message: str | None = None


def diff_files(
    primary: Path, candidate: Path, secondary: Path | None, options: DiffOptions
) -> Compared:
    """Compare two answers, with a third for noise where it is given.

    Raises UsageError for files that cannot be read.
    """
    files = {"primary": primary, "candidate": candidate, "secondary": secondary}
    given = {side: file for side, file in files.items() if file is not None}
    if [str(file) for file in given.values()].count("-") > 1:
        raise UsageError("standard input (-) can be one of the files only")
    bodies = {f"{side}_base64": _read(side, file) for side, file in given.items()}
    content_type = options.content_type or _type_of(list(given.values()))
    line = msgspec.json.encode({"content_type": content_type, **bodies})
    with _pool(options, jobs=1) as pool:
        (outcome,) = pool.compare([("the pair", line)])
    return {name: value for name, value in outcome.items() if name != "id"}


def diff_pairs(
    pairs: Path, output: Path | None, jobs: int, options: DiffOptions, err: Terminal
) -> int:
    """Compare pairs line by line, write what is said of each, and give the exit code."""
    tally = dict.fromkeys(EXIT_CODES, 0)
    if output is not None and output.exists() and pairs.exists() and output.samefile(pairs):
        raise UsageError(f"--output would overwrite the pairs in {pairs}: name another file")
    with ExitStack() as stack:
        lines = _lines(_opened(stack, pairs, "rb", sys.stdin.buffer))
        out = _opened(stack, output or Path("-"), "wb", sys.stdout.buffer)
        pool = stack.enter_context(_pool(options, jobs))
        status = stack.enter_context(err.status("")) if err.is_terminal else None
        for outcome in pool.compare(lines):
            tally[str(outcome["verdict"])] += 1
            out.write(msgspec.json.encode(outcome) + b"\n")
            out.flush()
            if status is not None:
                status.update(_tallied(tally))
    err.news(_tallied(tally))
    return next((EXIT_CODES[v] for v in ("different", "undecided") if tally[v]), 0)


def diff_as_text(outcome: Compared) -> str:
    """What is said of a pair, for people; with the console's markup."""
    noisy = {(d["location"], d["kind"]) for d in _list(outcome.get("noise"))}
    differences = _list(outcome["differences"])
    counting, noise, excused = [], [], []
    for difference in differences:
        if difference["excused_by"] is not None:
            excused.append(difference)
        elif (difference["location"], difference["kind"]) in noisy:
            noise.append(difference)
        else:
            counting.append(difference)
    colour = {"same": "green", "different": "red"}.get(str(outcome["verdict"]), "yellow")
    lines = [f"[bold {colour}]{outcome['verdict']}[/]{_counted(counting, noise, excused)}"]
    if "error" in outcome:
        lines.append(escape(visible(str(outcome["error"]), 2_000)))
    for title, some in (
        ("", counting),
        ("noise, in the secondary too", noise),
        ("excused", excused),
    ):
        lines += [f"\n{title}:"] if title and some else []
        lines += [line for difference in some[:_MOST_SHOWN] for line in _lines_of(difference)]
        if len(some) > _MOST_SHOWN:
            lines.append(f"  … and {len(some) - _MOST_SHOWN:,} more; --format json shows all")
    return "\n".join(lines)


def _counted(*groups: list[dict[str, str | None]]) -> str:
    names = ("difference", "noise", "excused")
    parts = [
        f"{len(group):,} {name}{'s' if name == 'difference' and len(group) != 1 else ''}"
        for name, group in zip(names, groups, strict=True)
        if group
    ]
    return f": {', '.join(parts)}" if parts else ""


def _lines_of(difference: dict[str, str | None]) -> Iterator[str]:
    where = visible(difference["location"] or "", _LONGEST_VALUE)
    pointer = visible(difference["pointer"] or "", _LONGEST_VALUE)
    at = f"  at {pointer}" if pointer else ""
    by = f"  by rule {visible(difference['excused_by'], 100)}" if difference["excused_by"] else ""
    yield escape(f"  {difference['kind']:<11} {where}{at}{by}")
    for side, colour in (("primary", "green"), ("candidate", "red")):
        value = difference[side]
        if value is not None:
            yield f"    {side:<9} [{colour}]{escape(visible(value, _LONGEST_VALUE))}[/]"


def _list(value: object) -> list[dict[str, str | None]]:
    return value if isinstance(value, list) else []


def _tallied(tally: dict[str, int]) -> str:
    return ", ".join(f"{number:,} {verdict}" for verdict, number in tally.items())


def _pool(options: DiffOptions, jobs: int) -> Pool:
    rules: tuple[Rule, ...] = () if options.rules is None else load_rules(options.rules)
    named = [] if options.message is None else [("*", options.message)]
    comparer = Comparer(
        limits=Limits(max_decoded_bytes=options.max_decoded_bytes),
        protobuf=protobuf_messages(options.descriptor_set, named),
    )
    work = PairComparer(comparer=comparer, read_rules=_rules_of_pair, rules=rules)
    return Pool(ComparePairs(comparer=work), jobs, options.deadline_seconds)


def _rules_of_pair(objects: list[object]) -> tuple[Rule, ...]:
    return rules_from(objects, "rules")


def _read(side: str, file: Path) -> bytes:
    try:
        if str(file) == "-":
            body = sys.stdin.buffer.read(_LONGEST_FILE + 1)
        else:
            with file.open("rb") as stream:
                body = stream.read(_LONGEST_FILE + 1)
    except OSError as error:
        raise UsageError(f"cannot read the {side}, {file}: {error.strerror}") from None
    if len(body) > _LONGEST_FILE:
        raise UsageError(f"the {side}, {file}, has more than {_LONGEST_FILE:,} bytes")
    return body


def _type_of(files: list[Path]) -> str | None:
    """The type that the names of all files say; None where they do not agree."""
    types = {
        _KNOWN_TYPES.get(file.suffix.lower()) or mimetypes.guess_type(file.name)[0]
        for file in files
    }
    return types.pop() if len(types) == 1 else None


def _opened(stack: ExitStack, file: Path, mode: str, standard: IO[bytes]) -> IO[bytes]:
    if str(file) == "-":
        return standard
    try:
        stream: IO[bytes] = stack.enter_context(file.open(mode))
    except OSError as error:
        raise UsageError(f"cannot open {file}: {error.strerror}") from None
    return stream


def _lines(stream: IO[bytes]) -> Iterator[tuple[str, bytes]]:
    """Lines with their places; one that is too long is cut, and so no pair."""
    for number, (line, is_whole) in enumerate(_bounded_lines(stream), 1):
        text = line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line
        if text.strip():
            limit = "" if is_whole else f" (more than {_LONGEST_LINE:,} bytes, so cut)"
            yield f"line {number}{limit}:", text


def _bounded_lines(stream: IO[bytes]) -> Iterable[tuple[bytes, bool]]:
    while line := stream.readline(_LONGEST_LINE):
        rest = line
        is_whole = True
        while rest and not rest.endswith(b"\n"):
            rest = stream.readline(_LONGEST_LINE)
            is_whole = is_whole and not rest
            line = line if is_whole else line[:1_000]
        yield line, is_whole
