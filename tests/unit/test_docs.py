"""README and docs say only what Shadow has, and name all that a user meets.

Commands are held against the command line, settings are loaded, links are followed, and what the
tables say of differences and endpoints is tried; for evidence there is test_docs_figures.py.
"""

import json
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import replace
from enum import StrEnum
from pathlib import Path

import pytest
import typer.main
import yaml

from shadow import cli
from shadow.diff.compare import DEFAULT_IGNORED_HEADERS, Comparer, Limits
from shadow.diff.endpoints.router import EndpointRouter
from shadow.diff.rules.rule import ACTION_NAMES
from shadow.model import (
    Accounting,
    Cause,
    Decision,
    Difference,
    DifferenceKind,
    Drop,
    Endpoint,
    EndpointCounts,
    Example,
    FailureKind,
    KeptRule,
    LatencyCounts,
    Outcome,
    OutcomeKey,
    ReleaseCounts,
    Renaming,
    Request,
    Response,
    SharedTrait,
    Signature,
    SignatureCounts,
    Skip,
    Trait,
    Uninformative,
)
from shadow.report.json import verdict_as_json
from shadow.settings import Settings, load_settings
from shadow.verdict.judge import judge
from shadow.verdict.policy import Policy
from tests.support.docs import PAGES, tables
from tests.support.processes import ROOT

COMPARE = PAGES["docs/compare.md"]
VERDICT = PAGES["docs/verdict.md"]

GROUP = typer.main.get_group(cli.app)
COMMANDS = GROUP.commands
OPTIONS = frozenset(option for parameter in GROUP.params for option in parameter.opts)
EXIT_CODES = (0, cli.EXIT_FAIL, cli.EXIT_USAGE, cli.EXIT_INCONCLUSIVE, cli.EXIT_COULD_NOT_RUN)

_LINK = re.compile(r"\[[^\]]+\]\((?!\w+:)([^)#\s]*)(?:#([^)\s]+))?\)")
_FENCED = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_INDENTED = re.compile(r"(?:^ {4}.*\n(?:\n(?= {4}))?)+", re.MULTILINE)
_INLINE = re.compile(r"`([^`\n]+)`")
_COMMAND = re.compile(r"^(?:[A-Z_]+=\S+ |ExecStart=|\S+/)*shadow (?=[a-z-])")
_INSIDE = re.compile(r"\$\((shadow [^)]*)\)")


def blocks(page: str) -> Iterator[str]:
    """The code blocks of a page, fenced and indented."""
    yield from (found[2] for found in _FENCED.finditer(page))
    for found in _INDENTED.finditer(_FENCED.sub("", page)):
        yield "\n".join(line[4:] for line in found[0].splitlines())


def code(cell: str) -> str:
    """What a cell holds as code, before any words; empty where it begins with none."""
    found = re.match(r"`([^`]*)`", cell)
    return found[1] if found else ""


def anchors(page: str) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", _FENCED.sub("", page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def named_in_a_table(page: str, name: str) -> bool:
    """Whether a row of a table is about `name`: it stands as code in the first cell."""
    return any(f"`{name}`" in row[0] for rows in tables(page) for row in rows)


@pytest.mark.parametrize("name", [*PAGES])
def test_each_link_leads_somewhere(name: str) -> None:
    for target, anchor in _LINK.findall(PAGES[name]):
        file = ((ROOT / name).parent / target).resolve() if target else ROOT / name
        assert file.exists(), target
        if anchor:
            assert anchor in anchors(file.read_text()), f"{target}#{anchor}"


def test_each_page_can_be_reached_from_the_readme() -> None:
    linked = {target for target, _ in _LINK.findall(PAGES["README.md"])}
    assert {name for name in PAGES if name.startswith("docs/")} <= linked


def commands(page: str) -> Iterator[str]:
    lines = (line for block in blocks(page) for line in block.replace("\\\n", " ").splitlines())
    for text in (*lines, *_INLINE.findall(page)):
        yield from _INSIDE.findall(text)
        if found := _COMMAND.match(text.strip()):
            yield text.strip()[found.end() - len("shadow ") :]


@pytest.mark.parametrize("name", [*PAGES])
def test_each_command_is_one_that_shadow_takes(name: str) -> None:
    for line in commands(PAGES[name]):
        _, *words = shlex.split(line.partition(" > ")[0], comments=True)
        command, *arguments = (word for word in words if word not in OPTIONS)
        assert command in COMMANDS, line
        taker = COMMANDS[command]
        if hasattr(taker, "commands"):
            command, *arguments = arguments
            taker = taker.commands[command]
        assert taker.make_context(command, arguments).args == [], line


@pytest.mark.parametrize("name", [name for name, command in COMMANDS.items() if not command.hidden])
def test_each_command_is_in_the_docs(name: str) -> None:
    assert any(line.split()[1] == name for page in PAGES.values() for line in commands(page))


def yaml_blocks() -> Iterator[tuple[str, str]]:
    for name, page in PAGES.items():
        for block in blocks(page):
            key, colon, _ = block.partition("\n")[0].partition(":")
            if colon and key in Settings.model_fields:
                yield name, block


@pytest.mark.parametrize(("name", "block"), [*yaml_blocks()])
def test_settings_in_the_docs_are_settings_that_load(
    name: str, block: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "shadow.yaml"
    file.write_text(block)
    loaded = load_settings(file=file, environment={}, flags={})
    assert set(yaml.safe_load(block)) <= loaded.model_fields_set, name


@pytest.mark.parametrize(
    ("page", "words"),
    [
        ("docs/compare.md", DifferenceKind),
        ("docs/compare.md", Uninformative),
        ("docs/replay.md", FailureKind),
        ("docs/verdict.md", Skip),
        ("docs/verdict.md", Drop),
        ("docs/verdict.md", Uninformative),
        ("docs/verdict.md", Decision),
        ("docs/verdict.md", Outcome),
    ],
)
def test_each_word_of_the_model_is_explained(page: str, words: type[StrEnum]) -> None:
    said = set(re.findall(r"[A-Za-z0-9_]+", PAGES[page]))
    assert {word.value for word in words} <= said


def test_each_action_of_a_rule_is_explained_with_an_example() -> None:
    assert set(re.findall(r"action: (\w+)", PAGES["docs/rules.md"])) >= ACTION_NAMES
    assert set(re.findall(r"^\| `(\w+)`", PAGES["docs/rules.md"], re.MULTILINE)) >= ACTION_NAMES


@pytest.mark.parametrize("word", [*Skip, *Drop])
def test_each_reason_has_a_row_that_says_what_to_do(word: StrEnum) -> None:
    assert named_in_a_table(VERDICT, word)


@pytest.mark.parametrize(
    "word", [*DifferenceKind, *Uninformative, *sorted(DEFAULT_IGNORED_HEADERS)]
)
def test_each_kind_and_each_header_that_is_ignored_has_a_row(word: str) -> None:
    assert named_in_a_table(COMPARE, word)


@pytest.mark.parametrize("exit_code", EXIT_CODES)
def test_each_exit_code_has_a_row(exit_code: int) -> None:
    assert any(row[0] == str(exit_code) for rows in tables(VERDICT) for row in rows)


@pytest.mark.parametrize("name", Policy.__slots__)
def test_each_demand_of_the_policy_has_a_row(name: str) -> None:
    assert named_in_a_table(VERDICT, name)


def examples() -> Iterator[tuple[str, str, list[tuple[str, str]]]]:
    """Rows with two JSON bodies: the bodies, and the kinds with their locations where said."""
    for head, *rows in tables(COMPARE):
        if "primary" not in head or "candidate" not in head:
            continue
        for row in rows:
            cells = dict(zip(head, row, strict=True))
            bodies = code(cells["primary"]), code(cells["candidate"])
            if all(body.startswith(("{", "[")) for body in bodies):
                yield *bodies, list(_said(cells))


def _said(cells: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    if several := cells.get("differences"):
        yield from re.findall(r"`(\w+)` at `([^`]+)`", several)
    else:
        yield code(cells["kind"]), code(cells.get("location", ""))


@pytest.mark.parametrize(("primary", "candidate", "said"), [*examples()])
def test_differences_are_found_as_the_tables_say(
    primary: str, candidate: str, said: list[tuple[str, str]]
) -> None:
    found = Comparer().compare("GET", _response(primary), _response(candidate)).differences()
    located = {(d.kind.value, d.location) for d in found}
    assert {(kind, place or found[0].location) for kind, place in said} == located


def test_the_limits_are_those_of_the_differ() -> None:
    limits = Limits()
    for most in (limits.max_differences, limits.max_nodes, limits.max_alike):
        assert re.search(rf"^\| {most:,} ", COMPARE, re.MULTILINE)
    for most in (limits.max_decoded_bytes, limits.max_distances, limits.max_excerpt_chars):
        assert re.search(rf"^\| {most:,} ", COMPARE, re.MULTILINE)


def paths() -> Iterator[tuple[str, str]]:
    for head, *rows in tables(PAGES["docs/endpoints.md"]):
        if head == ["path", "template"]:
            yield from ((code(path), code(template)) for path, template in rows)


@pytest.mark.parametrize(("path", "template"), [*paths()])
def test_endpoints_are_named_as_the_table_says(path: str, template: str) -> None:
    request = Request(method="GET", target=path, headers=())
    assert EndpointRouter().route(request, 200) == Endpoint(method="GET", template=template)


def test_there_is_something_to_try_in_the_docs() -> None:
    settings = {name for name, _ in yaml_blocks()}
    assert settings >= {"docs/compare.md", "docs/settings.md", "docs/verdict.md"}
    asked = {name for name, page in PAGES.items() if [*commands(page)]}
    assert asked >= {"README.md", "docs/operations.md", "docs/verdict.md"}
    assert [*examples()]
    assert [*paths()]


def test_the_json_of_a_verdict_has_the_keys_that_are_shown() -> None:
    shown = next(found[2] for found in _FENCED.finditer(VERDICT) if found[1] == "json")
    assert _keys(json.loads(shown)) == _keys(json.loads(_failing_verdict()))


def _response(body: str, status: int = 200) -> Response:
    headers = ((b"content-type", b"application/json"),)
    return Response(status=status, headers=headers, body=body.encode(), seconds=0.0)


def _keys(value: object) -> object:
    """The names in a document, whatever their values; a list is what its first element is."""
    if isinstance(value, dict):
        return {name: _keys(member) for name, member in value.items() if name != "statuses"}
    if isinstance(value, list):
        return [_keys(element) for element in value[:1]]
    return None


def _failing_verdict() -> str:
    endpoint = Endpoint(method="GET", template="/search")
    signature = Signature(endpoint=endpoint, location="status", kind=DifferenceKind.STATUS_5XX)
    buckets = {0: 300}
    timed = LatencyCounts(primary=buckets, candidate=buckets, secondary=buckets, slowdown=buckets)
    counts = ReleaseCounts(
        release="2.4.0",
        accounting=Accounting(captured=300, outcomes={OutcomeKey(outcome=Outcome.COMPARED): 300}),
        endpoints={endpoint: EndpointCounts(compared=300, paired=300, statuses={"2xx": 300})},
        signatures={signature: SignatureCounts(only_candidate=300)},
        latency={endpoint: timed},
    )
    example = Example(
        exchange_id="1",
        captured_at=0.0,
        request=Request(method="GET", target="/search", headers=()),
        primary=_response("{}"),
        candidate=_response("{}", status=500),
        differences=(Difference(location="status", kind=DifferenceKind.STATUS),),
    )
    shared = SharedTrait(
        trait=Trait("query:sort", "price"),
        absent=False,
        requests=300,
        share=1.0,
        rest_share=0.05,
        lift=20.0,
        p_value=2.1e-79,
    )
    cause = Cause(
        signatures=(signature,),
        requests=300,
        compared=400,
        shared=(shared,),
        example=example,
        renaming=Renaming(primary="7", candidate="8", pairs=1, places=2),
    )
    rule = KeptRule(
        release="2.4.0",
        name="cents",
        endpoint="GET /items/{id}",
        location="$.price",
        action="same_shape",
        by="Ann",
        reason="prices are in cents",
        at=0.0,
        since=0.0,
        verdict_id="",
    )
    verdict = replace(judge(counts, Policy(), 0.0), causes=(cause,), kept_rules=(rule,))
    return verdict_as_json(verdict, {signature: example})
