"""What it costs to say a verdict: a release with 1,000 endpoints and 100,000 signatures.

A SQLite store is filled with counts as traffic leaves them, and then read, judged and written as
JSON, Markdown and HTML, once as if 5,000 and once as if 5,000,000 exchanges of each endpoint had
been compared.
Run as `python -m benchmarks.summary`.
"""

import json
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

from rich.console import Console
from rich.table import Table
from sqlalchemy import Engine, insert

from shadow.model import (
    Difference,
    DifferenceKind,
    Endpoint,
    Example,
    Outcome,
    ReleaseCounts,
    Request,
    Response,
    Signature,
    Verdict,
)
from shadow.report.html.report import verdict_as_html
from shadow.report.json import verdict_as_json
from shadow.report.markdown import verdict_as_markdown
from shadow.store import tables
from shadow.store.engine import migrate, open_store
from shadow.store.keys import endpoint_id, signature_id
from shadow.store.reader import StoreReader
from shadow.verdict.judge import judge
from shadow.verdict.policy import Policy

ENDPOINTS, SIGNATURES = 1_000, 100_000
RELEASE = "2.4.0"
ROUNDS = 3
OUT = Console(highlight=False, width=120)

_EXAMPLES, _RECORDS = 100, 160
_KINDS = (DifferenceKind.VALUE, DifferenceKind.SHAPE, DifferenceKind.MISSING, DifferenceKind.ORDER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Seconds of each step of one summary, and the characters of its reports."""

    read: float
    judge: float
    json: float
    markdown: float
    html: float
    json_chars: int
    markdown_chars: int
    html_chars: int


def main() -> None:
    """Measure and print a row for each number of exchanges."""
    table = Table(
        title=f"A summary of {ENDPOINTS:,} endpoints and {SIGNATURES:,} signatures",
        title_justify="left",
    )
    columns = (
        *("exchanges", "read s", "judge s", "JSON s", "total s", "Markdown s", "HTML s"),
        *("JSON", "MD", "HTML"),
    )
    for column in columns:
        table.add_column(column, justify="right")
    for each in (5_000, 5_000_000):
        costs = measured(each)
        read, weigh, write, comment, page = (
            statistics.median(getattr(cost, name) for cost in costs)
            for name in ("read", "judge", "json", "markdown", "html")
        )
        steps = (read, weigh, write, read + weigh + write, comment, page)
        table.add_row(
            f"{each * ENDPOINTS:,}",
            *(f"{seconds:.2f}" for seconds in steps),
            f"{costs[0].json_chars:,}",
            f"{costs[0].markdown_chars:,}",
            f"{costs[0].html_chars:,}",
        )
    OUT.print(table)
    OUT.print(f"Median of {ROUNDS} rounds; characters of the reports.")
    OUT.print("HTML alone has examples: of 50 findings, two answers of 16 KB each.\n")


def measured(exchanges: int) -> list[Cost]:
    """Summarise a release whose endpoints have so many exchanges each, several times."""
    with tempfile.TemporaryDirectory() as folder:
        engine = open_store(f"sqlite:///{Path(folder) / 'shadow.db'}")
        migrate(engine)
        fill(engine, exchanges)
        costs = [cost_of(StoreReader(engine)) for _ in range(ROUNDS)]
        engine.dispose()
    return costs


def cost_of(reader: StoreReader) -> Cost:
    """Summarise once."""
    counts, read = timed(lambda: reader.counts(RELEASE))
    verdict, judged = timed(lambda: _judged(counts))
    as_json, of_json = timed(lambda: verdict_as_json(verdict, {}))
    as_markdown, markdown = timed(lambda: verdict_as_markdown(verdict, {}))
    examples = examples_of(verdict)
    as_html, html = timed(lambda: verdict_as_html(verdict, examples))
    return Cost(
        read=read,
        judge=judged,
        json=of_json,
        markdown=markdown,
        html=html,
        json_chars=len(as_json),
        markdown_chars=len(as_markdown),
        html_chars=len(as_html),
    )


def examples_of(verdict: Verdict) -> dict[Signature, Example]:
    """As many examples as a report gets, with answers as large as they are kept."""
    primary, candidate = (_answer(price) for price in (10, 11))
    return {
        finding.signature: Example(
            exchange_id="x",
            captured_at=0.0,
            request=Request(method="GET", target="/", headers=()),
            primary=primary,
            candidate=candidate,
            differences=tuple(
                Difference(
                    location=finding.signature.location,
                    kind=finding.signature.kind,
                    pointer=f"/records/{number}/price",
                )
                for number in range(_RECORDS)
            ),
        )
        for finding in verdict.findings[:_EXAMPLES]
    }


def _answer(price: int) -> Response:
    records = [{"id": number, "name": "a" * 60, "price": price} for number in range(_RECORDS)]
    body = json.dumps({"records": records}).encode()
    return Response(status=200, headers=(), body=body, seconds=0.0)


def timed[T](work: Callable[[], T]) -> tuple[T, float]:
    """Do some work and say how many seconds it took."""
    started = time.process_time()
    result = work()
    return result, time.process_time() - started


def _judged(counts: ReleaseCounts) -> Verdict:
    return judge(counts, Policy(), 0.0)


def fill(engine: Engine, exchanges: int) -> None:
    """Write the counts of a release: endpoints, status classes, signatures of all sorts."""
    draw = Random(20_261_125)
    endpoints = [
        Endpoint(method="GET", template=f"/services/{number}/{{id}}") for number in range(ENDPOINTS)
    ]
    outcome = {"outcome": Outcome.COMPARED.value, "reason": "", "n": ENDPOINTS * exchanges}
    with engine.begin() as connection:
        connection.execute(insert(tables.releases), {"name": RELEASE, "created_at": 0.0})
        connection.execute(insert(tables.outcomes), {"release": RELEASE, **outcome})
        connection.execute(
            insert(tables.live_sources),
            {
                "release": RELEASE,
                "source": "live",
                "captured": ENDPOINTS * exchanges,
                "updated_at": 0.0,
            },
        )
        connection.execute(insert(tables.endpoints), [*_endpoint_rows(endpoints, exchanges)])
        connection.execute(insert(tables.endpoint_statuses), [*_status_rows(endpoints, exchanges)])
        connection.execute(
            insert(tables.signatures), [*_signature_rows(endpoints, exchanges, draw)]
        )


def _endpoint_rows(endpoints: list[Endpoint], exchanges: int) -> Iterator[dict[str, object]]:
    for endpoint in endpoints:
        yield {
            "id": endpoint_id(RELEASE, endpoint),
            "release": RELEASE,
            "method": endpoint.method,
            "template": endpoint.template,
            "compared": exchanges,
            "paired": exchanges,
            "uninformative": 0,
            "dropped": 0,
            "self_sampled": 0,
        }


def _status_rows(endpoints: list[Endpoint], exchanges: int) -> Iterator[dict[str, object]]:
    rare = exchanges // 100
    for endpoint in endpoints:
        for status_class, seen in (("2xx", exchanges - rare), ("4xx", rare)):
            yield {
                "endpoint_id": endpoint_id(RELEASE, endpoint),
                "status_class": status_class,
                "seen": seen,
                "compared": seen,
            }


def _signature_rows(
    endpoints: list[Endpoint], exchanges: int, draw: Random
) -> Iterator[dict[str, object]]:
    for number in range(SIGNATURES):
        signature = Signature(
            endpoint=endpoints[number % ENDPOINTS],
            location=f"$.records[*].field_{number // ENDPOINTS:03}",
            kind=draw.choice(_KINDS),
            excused_by=draw.choice(("", "", "", "clock")),
        )
        yield {
            "id": signature_id(RELEASE, signature),
            "endpoint_id": endpoint_id(RELEASE, signature.endpoint),
            "location": signature.location,
            "kind": signature.kind.value,
            "excused_by": signature.excused_by,
            **_seen(exchanges, draw),
            "unpaired": 0,
            "offered": 0,
        }


def _seen(exchanges: int, draw: Random) -> dict[str, int]:
    """Noise of any rate up to a half on either side, and now and then a regression."""
    rate = draw.choice((0.0, 0.001, 0.01, 0.1, 0.5)) * draw.random()
    spread = (exchanges * rate) ** 0.5
    alone = [max(0, round(draw.gauss(exchanges * rate / 2, spread / 2))) for _ in range(2)]
    regression = exchanges // 100 if draw.random() < 0.01 else 0
    return {
        "only_candidate": alone[0] + regression,
        "only_secondary": alone[1],
        "both": round(exchanges * rate / 4),
    }


if __name__ == "__main__":
    main()
