"""README and docs say only what Shadow has, and name all that a user meets.

Commands are held against the command line, settings are loaded, links are followed, and what the
tables say of differences, endpoints and evidence is tried.
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
from shadow.store.limits import StoreLimits
from shadow.store.tally import MOST_IN_A_GROUP
from shadow.verdict.evidence import within_tolerance, worse_than_noise
from shadow.verdict.judge import judge
from shadow.verdict.policy import Policy
from shadow.verdict.two_samples import worse_than_sampled_noise

ROOT = Path(__file__).resolve().parents[2]
PAGES = {
    str(path.relative_to(ROOT)): path.read_text()
    for path in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
}
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


def tables(page: str) -> Iterator[tuple[list[str], ...]]:
    """The rows of each table, as their cells; the line below the head is left out."""
    for found in re.finditer(r"(?:^\|.*\|\n)+", page, re.MULTILINE):
        rows = [re.split(r"(?<!\\) *\| *", line.strip("| ")) for line in found[0].splitlines()]
        yield (rows[0], *rows[2:])


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


def rows_of(*head: str) -> list[list[str]]:
    return [row for first, *rows in tables(VERDICT) if first == list(head) for row in rows]


@pytest.mark.parametrize(("rate", "said"), rows_of("`max_excess_rate`", "comparisons"))
def test_a_clean_endpoint_takes_as_many_comparisons_as_the_table_says(rate: str, said: str) -> None:
    _takes(_number(said), share=0.0, rate=_number(rate) / 100)


@pytest.mark.parametrize(("share", "said"), rows_of("share each", "comparisons"))
def test_noise_costs_as_many_comparisons_as_the_table_says(share: str, said: str) -> None:
    _takes(_number(said), share=_number(share) / 100, rate=Policy().max_excess_rate)


@pytest.mark.parametrize("row", rows_of("c", "1 signature", "10", "50", "200"))
def test_a_finding_takes_as_much_as_the_table_says(row: list[str]) -> None:
    only_secondary, *least = (int(cell) for cell in row)
    for b, signatures in zip(least, (1, 10, 50, 200), strict=True):
        enough = signatures / Policy().alpha
        assert worse_than_noise(b - 1, only_secondary) < enough
        assert worse_than_noise(b, only_secondary) >= enough


@pytest.mark.parametrize("row", rows_of("slower in", "1 endpoint", "20 endpoints", "200 endpoints"))
def test_a_slow_endpoint_takes_as_many_pairs_as_the_table_says(row: list[str]) -> None:
    share, *said = (int(_number(cell)) for cell in row)
    for pairs, endpoints in zip(said, (1, 20, 200), strict=True):
        enough = [
            worse_than_noise(n * share // 100, n - n * share // 100) * Policy().alpha >= endpoints
            for n in range(Policy().min_exchanges, pairs + 1)
        ]
        assert enough.index(True) == len(enough) - 1


@pytest.mark.parametrize(
    ("noise", "rate", "said"), rows_of("production differs in", "the candidate in", "exchanges")
)
def test_a_finding_takes_as_many_exchanges_as_the_table_of_self_says(
    noise: str, rate: str, said: str
) -> None:
    enough = 20 / Policy().alpha
    for total, holds in ((_number(said) - 20, False), (_number(said), True)):
        e_value = _against_a_share(int(total), _number(noise) / 100, _number(rate) / 100)
        assert (e_value >= enough) is holds


def test_traits_are_counted_as_the_docs_say() -> None:
    limits = StoreLimits()
    room = f"room for {limits.max_trait_names} names, each with {limits.max_trait_values} values"
    assert room in VERDICT
    assert f"room for {limits.max_first_trait_values} values" in VERDICT
    assert f"room for {limits.max_groups_per_endpoint} sets" in VERDICT
    assert f"more than {MOST_IN_A_GROUP} places" in VERDICT


def test_evidence_is_as_the_table_says() -> None:
    (b, *columns), e_values = next(rows for rows in tables(VERDICT) if rows[0][0] == "b")
    assert b == "b"
    for column, said in zip(columns, e_values[1:], strict=True):
        assert f"{worse_than_noise(int(column), 0):.1f}" == said


def test_there_is_something_to_try_in_the_docs() -> None:
    settings = {name for name, _ in yaml_blocks()}
    assert settings >= {"docs/compare.md", "docs/settings.md", "docs/verdict.md"}
    asked = {name for name, page in PAGES.items() if [*commands(page)]}
    assert asked >= {"README.md", "docs/operations.md", "docs/verdict.md"}
    assert [*examples()]
    assert [*paths()]
    assert rows_of("`max_excess_rate`", "comparisons")
    assert rows_of("share each", "comparisons")
    assert rows_of("c", "1 signature", "10", "50", "200")
    assert rows_of("slower in", "1 endpoint", "20 endpoints", "200 endpoints")
    assert rows_of("production differs in", "the candidate in", "exchanges")


def test_the_json_of_a_verdict_has_the_keys_that_are_shown() -> None:
    shown = next(found[2] for found in _FENCED.finditer(VERDICT) if found[1] == "json")
    assert _keys(json.loads(shown)) == _keys(json.loads(_failing_verdict()))


def _takes(comparisons: float, *, share: float, rate: float) -> None:
    enough = 1 / Policy().alpha
    for total, holds in ((comparisons - 1, False), (comparisons, True)):
        e_value = within_tolerance(total, total * share, total * share, rate)
        assert (e_value >= enough) is holds


def _against_a_share(compared: int, noise: float, rate: float) -> float:
    paired = compared // 20
    only_candidate, only_secondary, noisy = (
        round(paired * share) for share in (rate * (1 - noise), noise * (1 - rate), noise)
    )
    both = noisy - only_secondary
    seen = SignatureCounts(
        only_candidate=only_candidate,
        only_secondary=only_secondary,
        both=both,
        unpaired=round(rate * compared) - only_candidate - both,
    )
    own = EndpointCounts(compared=compared, paired=paired, self_sampled=compared, statuses={})
    return worse_than_sampled_noise(seen, own, only_secondary, noisy)


def _number(text: str) -> float:
    return float(text.removesuffix(" %").replace(",", ""))


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
