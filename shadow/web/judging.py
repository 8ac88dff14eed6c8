"""A release judged for people and machines: what takes long, for threads of `shadow.web.verdicts`.

What is kept of it in memory is bounded, however many differences a release has.
"""

import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime

from shadow.commands.causes import with_causes
from shadow.commands.deciding import Decide, Decided, decided
from shadow.commands.judging import examples_of, verdict_of
from shadow.model import Example, Signature, Verdict
from shadow.report.json import verdict_as_json
from shadow.report.record import VerdictRecord, record_of
from shadow.settings import Settings
from shadow.store.changes import Changes, Mark
from shadow.store.engine import Store
from shadow.store.reader import StoreReader
from shadow.store.verdicts import StoredVerdict, VerdictShelf

MOST_LISTED = 5_000
"""Of each kind of finding, so many are listed, those with the strongest evidence."""

_NO_ID = '"id": null'


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """How many findings of each kind there are, listed or not."""

    findings: int
    suspects: int
    noise: int
    excused: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A release as it was judged at `verdict.decided_at`.

    The verdict has its causes, and of each kind of finding at most `MOST_LISTED`. `text` is what
    `shadow gate --format json` prints of a verdict that is not stored, `record` what is stored.
    It is as of `mark` and the day (UTC) `day`, and took `seconds`.
    """

    verdict: Verdict
    totals: Totals
    examples: Mapping[Signature, Example] = field(repr=False)
    record: VerdictRecord = field(repr=False)
    text: str = field(repr=False)
    mark: Mark
    day: date
    seconds: float

    @property
    def stored_text(self) -> str:
        """What `shadow gate --format json` prints of it once it is stored."""
        return self.text.replace(_NO_ID, f'"id": "{self.record.id}"', 1)


class Judge:
    """Judges releases of a store by the settings in force. Its methods block; use them in threads.

    All raise `UnavailableError` when the store can't be used.
    """

    def __init__(self, settings: Settings, store: Store) -> None:
        self._settings = settings
        self._store = store
        self._reader = StoreReader(store)
        self._changes = Changes(store)
        self._shelf = VerdictShelf(store)

    def marks(self, releases: Collection[str]) -> Mapping[str, Mark]:
        """Return the mark of each of these releases that is there."""
        return self._changes.marks(releases)

    def latest(self, most: int) -> tuple[str, ...]:
        """Return the releases that were changed last."""
        return tuple(row.name for row in self._reader.releases()[:most])

    def judge(self, release: str) -> Judged:
        """Judge a release; raises `NotFoundError` when there is none."""
        started = time.monotonic()
        # Before the counts: what is counted in between is then noticed the next time.
        mark = self._changes.marks((release,)).get(release)
        settings = self._settings.model_copy(update={"release": release})
        verdict = verdict_of(settings, self._reader)
        if mark is None:
            return self.judge(release)
        verdict = with_causes(verdict, self._reader, settings.causes.traits)
        examples = examples_of(self._reader, verdict)
        record = record_of(verdict, examples)
        text = verdict_as_json(verdict, examples)
        return Judged(
            verdict=_cut(verdict),
            totals=_totals(verdict),
            examples=examples,
            record=record,
            text=text,
            mark=mark,
            day=datetime.fromtimestamp(verdict.decided_at, UTC).date(),
            seconds=time.monotonic() - started,
        )

    def decide(self, release: str, decide: Decide) -> Decided:
        """Write down what somebody decides on the verdict as of now; raises what `decide` does."""
        settings = self._settings.model_copy(update={"release": release})
        return decided(settings, self._store, decide)

    def keep(self, judged: Judged) -> None:
        """Store it, as the gate stores what it prints; the same one again changes nothing."""
        verdict = judged.verdict
        self._shelf.keep(
            StoredVerdict(
                id=judged.record.id,
                release=verdict.release,
                decided_at=verdict.decided_at,
                decision=verdict.decision.value,
                policy_hash=verdict.policy_hash,
                content=judged.record.content,
            )
        )


def _cut(verdict: Verdict) -> Verdict:
    return replace(
        verdict,
        findings=verdict.findings[:MOST_LISTED],
        suspects=verdict.suspects[:MOST_LISTED],
        noise=verdict.noise[:MOST_LISTED],
        excused=verdict.excused[:MOST_LISTED],
        ruled=verdict.ruled[:MOST_LISTED],
    )


def _totals(verdict: Verdict) -> Totals:
    return Totals(
        findings=len(verdict.findings),
        suspects=len(verdict.suspects),
        noise=len(verdict.noise),
        excused=len(verdict.ruled) + len(verdict.excused),
    )
