"""Stores that are worth a reviewer's look, filled as workers fill them."""

import json
import time
from collections.abc import Iterable

from shadow.model import (
    Asked,
    Difference,
    DifferenceKind,
    Endpoint,
    Example,
    Health,
    LiveCounts,
    Observation,
    Outcome,
    Request,
    Response,
    Timing,
    Trait,
)
from shadow.store.engine import migrate, open_store
from shadow.store.writer import StoreWriter
from tests.integration.store.builders import batch

ITEMS = Endpoint(method="GET", template="/items/{id}")
ORDERS = Endpoint(method="GET", template="/orders/{id}")
SEARCH = Endpoint(method="GET", template="/search")

PRICE = Difference(
    location="$.price",
    kind=DifferenceKind.VALUE,
    pointer="/price",
    primary="19.99",
    candidate="1999",
)
CURRENCY = Difference(
    location="$.currency",
    kind=DifferenceKind.MISSING,
    pointer="/currency",
    primary='"EUR"',
)
SERVED_AT = Difference(
    location="$.served_at",
    kind=DifferenceKind.VALUE,
    pointer="/served_at",
    primary='"2027-01-31T12:00:00Z"',
    candidate='"2027-01-31T12:00:01Z"',
)


def observation(
    number: int, endpoint: Endpoint, *differences: Difference, noise: Iterable[Difference] = ()
) -> Observation:
    """An exchange that was compared, with the differences and the noise that it shows."""
    name = f"x-{endpoint.template}-{number}"
    return Observation(
        exchange_id=name,
        endpoint=endpoint,
        status=200,
        outcome=Outcome.COMPARED,
        paired=True,
        differences=differences,
        noise=tuple(noise),
        example=_example(name, endpoint, differences) if differences else None,
        timing=Timing(primary=0.02, candidate=0.021, secondary=0.02, slowdown=1.05),
        asked=Asked(
            at=time.time(),
            candidate=Health.TIMEOUT if number % 50 == 7 else Health.ANSWERED,
            secondary=Health.ANSWERED,
        ),
        traits=(Trait("query:currency", "EUR" if PRICE in differences else "USD"),),
    )


def fill(
    url: str, observations: Iterable[Observation], release: str = "2.4.0", line: str = "one"
) -> None:
    """Count observations as one worker's, and that they were captured."""
    engine = open_store(url)
    migrate(engine)
    seen = tuple(observations)
    report = LiveCounts(source=line, captured=len(seen), outcomes=())
    StoreWriter(engine, release, line).commit(batch(*seen, line=line, live=(report,)))
    engine.dispose()


def a_regression(url: str) -> None:
    """Fill a store with a release that fails for its prices at one endpoint, beside noise."""
    fill(
        url,
        [
            *(observation(n, ITEMS, PRICE, SERVED_AT, noise=(SERVED_AT,)) for n in range(60)),
            *(observation(n, ITEMS, SERVED_AT, noise=(SERVED_AT,)) for n in range(60, 500)),
            *(observation(n, ORDERS) for n in range(500)),
        ],
    )


def _example(name: str, endpoint: Endpoint, differences: tuple[Difference, ...]) -> Example:
    here = {"name": "Kettle", "price": 19.99, "currency": "EUR", "tags": list(range(30))}
    there = {**here, "price": 1999 if PRICE in differences else 19.99}
    return Example(
        exchange_id=name,
        captured_at=1_800_000_000.0,
        request=Request(
            method=endpoint.method,
            target=endpoint.template.replace("{id}", "7") + "?currency=EUR",
            headers=((b"accept", b"application/json"),),
        ),
        primary=_answer({**here, "served_at": "2027-01-31T12:00:00Z"}),
        candidate=_answer({**there, "served_at": "2027-01-31T12:00:01Z"}),
        differences=differences,
    )


def _answer(document: object) -> Response:
    headers = ((b"content-type", b"application/json"),)
    return Response(status=200, headers=headers, body=json.dumps(document).encode(), seconds=0.02)
