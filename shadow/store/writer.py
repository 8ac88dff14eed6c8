"""A worker's hand in the store: adds batches to a release's counts, each delivery once."""

import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection, Engine, select

from shadow.errors import UsageError
from shadow.model import DeliveryId, Endpoint, EndpointCounts, LiveCounts, Observation, OutcomeKey
from shadow.pipeline import Batch, Counted
from shadow.store import causes, examples, health, latencies, ledger, renamings, tables, upserts
from shadow.store.cause_room import CauseRoom
from shadow.store.keys import endpoint_id, kept, signature_id, storable
from shadow.store.ledger import Ledger
from shadow.store.limits import StoreLimits
from shadow.store.renamings import RenamingRoom
from shadow.store.room import Room, at_endpoints, at_locations
from shadow.store.tally import Tally, tally
from shadow.store.transactions import writing


@dataclass(slots=True)
class _Memory:
    """What a writer need not read again while its transactions succeed.

    `since` is when the release came into the store, None until that is known.
    """

    room: Room
    causes: CauseRoom
    renamings: RenamingRoom
    since: float | None = None
    ledgers: dict[str, Ledger] = field(default_factory=dict)


class StoreWriter:
    """Counts one line's observations of one release; may be called from any thread.

    `line` names this worker's run: no other writer may have it, unless it is `shared`, so that
    what the others counted is read each time. `clock` gives epoch seconds.
    Raises `UsageError` for a release's name that can't be kept.
    """

    def __init__(
        self,
        engine: Engine,
        release: str,
        line: str,
        limits: StoreLimits = StoreLimits(),  # noqa: B008 - frozen
        clock: Callable[[], float] = time.time,
        *,
        shared: bool = False,
    ) -> None:
        if not release or kept(release) != release:
            raise UsageError("a release needs a name of 1 to 512 characters without NUL")
        self._engine = engine
        self._release = release
        self._line = line
        self._limits = limits
        self._clock = clock
        self._shared = shared
        self._turn = threading.Lock()
        self._memory = self._blank()

    def commit(self, batch: Batch) -> None:
        """Add a batch to the release's counts, all of it or nothing.

        Deliveries that are counted already are passed over. Raises `UnavailableError` when the
        store can't take it now; the batch may be tried again.
        """
        with self._turn:
            try:
                with writing(self._engine) as connection:
                    self._write(connection, batch)
            except BaseException:
                # Whether the end of the transaction got through is not known: read it again.
                self._memory = self._blank()
                raise

    def was_counted(self, delivery: DeliveryId) -> bool:
        """Tell whether a delivery is counted; waits for a commit of its line under way.

        Raises `UnavailableError` when the store can't be read now.
        """
        with self._turn:
            known = self._memory.ledgers.get(delivery.line)
            if known is None:
                with writing(self._engine) as connection:
                    self._register(connection)
                    known = self._read_ledgers(connection, {delivery.line})[delivery.line]
            return delivery.number in known

    def _blank(self) -> _Memory:
        return _Memory(
            room=Room(self._release, self._limits),
            causes=CauseRoom(self._release, self._limits),
            renamings=RenamingRoom(self._release, self._limits.max_renamings_per_endpoint),
        )

    def _write(self, connection: Connection, batch: Batch) -> None:
        since = self._memory.since
        if since is None:
            since = self._memory.since = self._register(connection)
        ledgers = self._ledgers(connection, batch.counted)
        fresh = _uncounted(batch.counted, ledgers)
        counts = self._tally(connection, tuple(fresh.values()))
        self._add(connection, counts)
        health.add(connection, self._release, health.counted(fresh.values(), since))
        self._report_live(connection, batch.live)
        self._settle(connection, ledgers, fresh)

    def _ledgers(self, connection: Connection, counted: Sequence[Counted]) -> Mapping[str, Ledger]:
        """Return the ledger of every line in `counted`, this one's from memory."""
        needed = {c.delivery.line for c in counted}
        known = {line: self._memory.ledgers[line] for line in needed & {*self._memory.ledgers}}
        return known | self._read_ledgers(connection, needed - {*known})

    def _register(self, connection: Connection) -> float:
        """See to it that the release has a row; return since when."""
        row = {"name": self._release, "created_at": self._clock()}
        upserts.ensure(connection, tables.releases, [row])
        releases = tables.releases.c
        known = select(releases.created_at).where(releases.name == self._release)
        return float(connection.execute(known).scalar_one())

    def _read_ledgers(self, connection: Connection, names: Iterable[str]) -> dict[str, Ledger]:
        """Read and lock ledgers; a line that has none gets one, so that it can be locked."""
        names = sorted(names)
        if not names:
            return {}
        rows = [self._ledger_row(line, Ledger()) for line in names]
        upserts.ensure(connection, tables.lines, rows)
        lines = tables.lines.c
        query = select(lines.line, lines.upto, lines.spans).order_by(lines.line)
        mine = query.where(lines.release == self._release, lines.line.in_(names))
        return {
            row.line: Ledger(upto=row.upto, spans=ledger.from_text(row.spans))
            for row in connection.execute(mine.with_for_update())
        }

    def _tally(self, connection: Connection, observations: tuple[Observation, ...]) -> Tally:
        """Add up observations, those without room under `(other)`."""
        counts = tally(observations)
        room = self._memory.room
        if refused := room.without(connection, counts.endpoints):
            observations = at_endpoints(observations, refused)
            counts = tally(observations)
        if crowded := room.without_signatures(connection, counts.signatures):
            counts = tally(at_locations(observations, crowded))
        return self._memory.causes.placed(connection, counts)

    def _add(self, connection: Connection, counts: Tally) -> None:
        upserts.add(connection, tables.endpoints, self._endpoint_rows(counts.endpoints))
        upserts.add(connection, tables.endpoint_statuses, self._status_rows(counts.endpoints))
        upserts.add(connection, tables.latencies, latencies.rows(self._release, counts.latency))
        arrived = upserts.add_returning(
            connection, tables.signatures, self._signature_rows(counts), "id", "offered"
        )
        examples.keep(connection, self._release, self._limits, self._offers(counts, arrived))
        causes.add(connection, self._release, counts)
        known = self._memory.renamings.with_room(connection, counts.renamings)
        renamings.add(connection, self._release, known)
        upserts.add(connection, tables.outcomes, self._outcome_rows(counts.outcomes.items()))

    def _endpoint_rows(self, counts: Mapping[Endpoint, EndpointCounts]) -> Iterable[upserts.Row]:
        for endpoint, added in counts.items():
            yield {
                "id": endpoint_id(self._release, endpoint),
                "release": self._release,
                "method": endpoint.method,
                "template": endpoint.template,
                "compared": added.compared,
                "paired": added.paired,
                "self_sampled": added.self_sampled,
                "uninformative": added.uninformative,
                "dropped": added.dropped,
            }

    def _status_rows(self, counts: Mapping[Endpoint, EndpointCounts]) -> Iterable[upserts.Row]:
        for endpoint, added in counts.items():
            key = endpoint_id(self._release, endpoint)
            for status_class, seen in added.statuses.items():
                yield {
                    "endpoint_id": key,
                    "status_class": status_class,
                    "seen": seen,
                    "compared": added.compared_statuses.get(status_class, 0),
                }

    def _signature_rows(self, counts: Tally) -> Iterable[upserts.Row]:
        for signature, added in counts.signatures.items():
            yield {
                "id": signature_id(self._release, signature),
                "endpoint_id": endpoint_id(self._release, signature.endpoint),
                "location": signature.location,
                "kind": signature.kind.value,
                "excused_by": signature.excused_by,
                "only_candidate": added.only_candidate,
                "only_secondary": added.only_secondary,
                "both": added.both,
                "unpaired": added.unpaired,
                "offered": len(counts.examples.get(signature, ())),
            }

    def _offers(self, counts: Tally, arrived: Mapping[str, int]) -> Iterable[examples.Offer]:
        for signature, offered in counts.examples.items():
            key = signature_id(self._release, signature)
            yield examples.Offer(signature_id=key, arrived=arrived[key], examples=offered)

    def _report_live(self, connection: Connection, live: Iterable[LiveCounts]) -> None:
        for report in live:
            source = {"release": self._release, "source": report.source}
            captured = [source | {"captured": report.captured, "updated_at": self._clock()}]
            upserts.raise_to(connection, tables.live_sources, captured, "captured")
            ended = [source | row for row in self._outcome_rows(report.outcomes)]
            upserts.raise_to(connection, tables.live_outcomes, ended, "n")

    def _outcome_rows(
        self, counts: Iterable[tuple[OutcomeKey, int]]
    ) -> Iterable[dict[str, object]]:
        for key, n in counts:
            yield {
                "release": self._release,
                "outcome": key.outcome.value,
                "reason": key.reason,
                "n": n,
            }

    def _settle(
        self,
        connection: Connection,
        ledgers: Mapping[str, Ledger],
        fresh: Iterable[DeliveryId],
    ) -> None:
        """Write down what is counted now; other lines belong to the dead and are not remembered."""
        numbers: dict[str, list[int]] = {line: [] for line in ledgers}
        for delivery in fresh:
            numbers[delivery.line].append(delivery.number)
        settled = {line: ledgers[line].counting(numbers[line]) for line in ledgers}
        rows = [self._ledger_row(line, after) for line, after in settled.items()]
        upserts.replace(connection, tables.lines, rows)
        if self._line in settled and not self._shared:
            self._memory.ledgers[self._line] = settled[self._line]

    def _ledger_row(self, line: str, state: Ledger) -> dict[str, object]:
        return {
            "release": self._release,
            "line": line,
            "upto": state.upto,
            "spans": ledger.to_text(state.spans),
            "updated_at": self._clock(),
        }


def _uncounted(
    counted: Sequence[Counted], ledgers: Mapping[str, Ledger]
) -> Mapping[DeliveryId, Observation]:
    return {
        c.delivery: storable(c.observation)
        for c in counted
        if c.delivery.number not in ledgers[c.delivery.line]
    }
