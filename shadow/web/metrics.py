"""What Prometheus is told: counts and verdicts of the releases that were changed last.

Label values are bounded: so many releases, and words of Shadow's own. Nothing that a user sent is
in it, no path and no text.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import override

from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from shadow.model import Accounting, Decision, Drop, Skip, Uninformative
from shadow.store.reader import ReleaseRow
from shadow.web.judging import Judged

MOST_RELEASES = 10
"""So many releases are told of, those that were changed last."""

CONTENT_TYPE: str = CONTENT_TYPE_LATEST
"""Of the text."""

_REASONS = frozenset({*Skip, *Drop, *Uninformative, ""})
_OTHER = "other"
_RELEASE = ("release",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What is known of a release; `judged` is None where no verdict is there yet."""

    row: ReleaseRow
    accounting: Accounting
    judged: Judged | None


def exposition(releases: int, told: Sequence[Told]) -> bytes:
    """Write it in Prometheus's text format; `releases` is how many the store has in all."""
    return generate_latest(_Once((*_about(releases), *_counts(told), *_verdicts(told))))


class _Once(Collector):
    """Metrics that are there already."""

    def __init__(self, metrics: Iterable[Metric]) -> None:
        self._metrics = tuple(metrics)

    @override
    def collect(self) -> Iterable[Metric]:
        return self._metrics


def _about(releases: int) -> Iterator[Metric]:
    info = GaugeMetricFamily("shadow_info", "Which Shadow this is; always 1.", labels=("version",))
    info.add_metric((version("shadow-verify"),), 1)
    yield info
    yield GaugeMetricFamily("shadow_releases", "Releases in the store.", value=releases)


def _counts(told: Sequence[Told]) -> Iterator[Metric]:
    captured = CounterMetricFamily(
        "shadow_captured", "Exchanges that were captured.", labels=_RELEASE
    )
    exchanges = CounterMetricFamily(
        "shadow_exchanges",
        "How captured exchanges ended, and why.",
        labels=(*_RELEASE, "outcome", "reason"),
    )
    missing = GaugeMetricFamily(
        "shadow_exchanges_missing",
        "Captured exchanges without an outcome: they wait in the queue, or are lost.",
        labels=_RELEASE,
    )
    counted = GaugeMetricFamily(
        "shadow_counts_timestamp_seconds", "When a release's counts last changed.", labels=_RELEASE
    )
    for each in told:
        name = each.row.name
        captured.add_metric((name,), each.accounting.captured)
        for (outcome, reason), many in _by_known_reason(each.accounting).items():
            exchanges.add_metric((name, outcome, reason), many)
        missing.add_metric((name,), each.accounting.missing)
        counted.add_metric((name,), each.row.updated_at)
    yield from (captured, exchanges, missing, counted)


def _by_known_reason(accounting: Accounting) -> dict[tuple[str, str], int]:
    """Add up what has a reason that this Shadow does not know."""
    counts: dict[tuple[str, str], int] = {}
    for key, many in sorted(accounting.outcomes.items()):
        reason = key.reason if key.reason in _REASONS else _OTHER
        label = (key.outcome.value, reason)
        counts[label] = counts.get(label, 0) + many
    return counts


def _verdicts(told: Sequence[Told]) -> Iterator[Metric]:
    verdict = GaugeMetricFamily(
        "shadow_verdict", "1 for the decision that stands.", labels=(*_RELEASE, "decision")
    )
    judged_at = GaugeMetricFamily(
        "shadow_verdict_timestamp_seconds", "When the verdict was judged.", labels=_RELEASE
    )
    findings = GaugeMetricFamily(
        "shadow_findings",
        "Places that differ more than noise, by what they count as.",
        labels=(*_RELEASE, "sort"),
    )
    for each in told:
        if each.judged is None:
            continue
        name, found = each.row.name, each.judged.verdict
        for decision in Decision:
            verdict.add_metric((name, decision.value), float(found.decision is decision))
        judged_at.add_metric((name,), found.decided_at)
        totals = each.judged.totals
        sorts = {
            "finding": totals.findings,
            "suspect": totals.suspects,
            "accepted": len(found.accepted),
            "excused": totals.excused,
        }
        for sort, many in sorts.items():
            findings.add_metric((name, sort), many)
    yield from (verdict, judged_at, findings)
