"""Short ways to say what a worker hands to the store."""

from sqlalchemy import Engine, func, select

from shadow.model import (
    DeliveryId,
    Difference,
    DifferenceKind,
    Endpoint,
    Example,
    LiveCounts,
    Observation,
    Outcome,
    OutcomeKey,
    Request,
    Response,
    Signature,
)
from shadow.pipeline import Batch, Counted
from shadow.store.engine import migrate, open_store
from shadow.store.tables import metadata
from shadow.store.writer import StoreWriter

RELEASE = "2.4.0"
ITEMS = Endpoint(method="GET", template="/items/{id}")


def difference(location="$.price", kind=DifferenceKind.VALUE, excused_by=None):
    return Difference(
        location=location, kind=kind, primary="1", candidate="2", excused_by=excused_by
    )


def signature(location="$.price", endpoint=ITEMS, kind=DifferenceKind.VALUE, excused_by=""):
    return Signature(endpoint=endpoint, location=location, kind=kind, excused_by=excused_by)


def example(exchange_id="x-1", body=b'{"price": 1}', differences=()):
    return Example(
        exchange_id=exchange_id,
        captured_at=1_700_000_000.25,
        request=Request(
            method="GET", target="/items/7?q=%00", headers=((b"Host", b"shop"), (b"host", b"\xff"))
        ),
        primary=Response(status=200, headers=((b"a", b"1"), (b"a", b"2")), body=body, seconds=0.1),
        candidate=Response(status=200, headers=(), body=b"\xff\x00 not text", seconds=0.2),
        differences=differences,
    )


def compared(exchange_id="x-1", endpoint=ITEMS, differences=(), noise=(), paired=True, **fields):
    shown = example(exchange_id, differences=differences) if differences else None
    return Observation(
        exchange_id=exchange_id,
        endpoint=endpoint,
        status=200,
        outcome=Outcome.COMPARED,
        paired=paired,
        differences=differences,
        noise=noise,
        **{"example": shown, **fields},
    )


def ended(outcome, reason, status=200, endpoint=ITEMS, asked=None):
    return Observation(
        exchange_id="x",
        endpoint=endpoint,
        status=status,
        outcome=outcome,
        reason=reason,
        asked=asked,
    )


def batch(*observations, line="one", first=1, live=()):
    counted = tuple(
        Counted(delivery=DeliveryId(line=line, number=number), observation=observation)
        for number, observation in enumerate(observations, start=first)
    )
    return Batch(counted=counted, live=live)


def live(source="live-1", captured=10, **outcomes):
    keys = {Outcome(name): n for name, n in outcomes.items()}
    return LiveCounts(
        source=source,
        captured=captured,
        outcomes=tuple((OutcomeKey(outcome=o, reason="why"), n) for o, n in keys.items()),
    )


def rows_of(engine: Engine, table: str) -> int:
    with engine.connect() as connection:
        return connection.scalar(select(func.count()).select_from(metadata.tables[table]))


def commit_many(url: str, line: str, batches: int) -> None:
    """What a worker process does: opens the store by itself and commits many small batches."""
    engine = open_store(url)
    migrate(engine)
    writer = StoreWriter(engine, RELEASE, line)
    for number in range(1, batches + 1):
        differing = compared(f"{line}-{number}", differences=(difference(f"$.f{number % 7}"),))
        writer.commit(batch(differing, line=line, first=number))
    engine.dispose()
