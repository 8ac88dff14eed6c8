"""How far recordings were replayed: the ledgers of their lines (`shadow.store.ledger`)."""

from collections.abc import Mapping

from sqlalchemy import Engine, select

from shadow.store.ledger import Ledger, from_text
from shadow.store.tables import lines
from shadow.store.transactions import reading


def ledgers_of(engine: Engine, release: str, prefix: str) -> Mapping[str, Ledger]:
    """What is counted of a release on the lines whose names begin with `prefix`.

    Raises `UnavailableError` when the store can't be read.
    """
    query = select(lines).where(
        lines.c.release == release, lines.c.line.startswith(prefix, autoescape=True)
    )
    with reading(engine) as connection:
        return {
            row.line: Ledger(upto=row.upto, spans=from_text(row.spans))
            for row in connection.execute(query)
        }
