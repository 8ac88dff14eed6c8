"""How the candidate stood over time: strips of one picture above each other, and a table."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from shadow.health.periods import in_at_most
from shadow.model import Health, HealthCounts, HealthSeries
from shadow.report.health import quantiles_of
from shadow.report.latency import short
from shadow.report.plain import moment
from shadow.report.view.strips import Places, Strip, line_of, stacked

COLUMNS = 90
"""How many periods are drawn at most."""

_LEAST_SHARE = 0.05
_MILLISECOND = 0.001
_FAILED = {
    "server-error": (Health.SERVER_ERROR,),
    "timeout": (Health.TIMEOUT,),
    "no-answer": (
        *(Health.UNREACHABLE, Health.DISCONNECTED),
        *(Health.MALFORMED, Health.TOO_LARGE),
    ),
    "held-back": (Health.NOT_ASKED,),
}
_SAID = {
    "server-error": "5xx, not from production",
    "timeout": "timed out",
    "no-answer": "unreachable, cut off or malformed",
    "held-back": "not asked, after too many failures or for its rate",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthRow:
    """A period in numbers; what is not known is empty."""

    when: str
    asked: str
    failed: str
    why: str
    secondary_failed: str
    differing: str
    candidate_ms: str
    secondary_ms: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthView:
    """A release's health; `reasons` are the ways to fail that occurred: name, words, how often."""

    said: str
    length: str
    strips: tuple[Strip, ...]
    reasons: tuple[tuple[str, str, str], ...]
    has_secondary: bool
    begins: str
    ends: str
    rows: tuple[HealthRow, ...]


def health_view(series: HealthSeries) -> HealthView | None:
    """Draw the health of a release; None where the candidate was never to be asked."""
    if not series.periods:
        return None
    drawn = in_at_most(series, COLUMNS)
    total = drawn.total
    places = Places.of(drawn)
    return HealthView(
        said=_said(drawn, total),
        length=lasting(drawn.seconds),
        strips=(
            _asked(drawn, places),
            _failed(drawn, places, total),
            _differing(drawn, places, total),
            *_times(drawn, places),
        ),
        reasons=tuple(
            (name, _SAID[name], f"{many:,}")
            for name in _FAILED
            if (many := _many(total.candidate, name))
        ),
        has_secondary=bool(total.secondary),
        begins=_minute(places.first),
        ends=_minute(places.first + places.slots * drawn.seconds),
        rows=tuple(_row(start, counts) for start, counts in drawn.periods.items()),
    )


def lasting(seconds: int) -> str:
    """Say how long a period is: `minute`, `6 hours`."""
    for unit, name in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds % unit == 0:
            many = seconds // unit
            return f"{many} {name}s" if many > 1 else name
    return f"{seconds} seconds"


def _said(drawn: HealthSeries, total: HealthCounts) -> str:
    of_all = f"The candidate failed in {total.failed:,} of {total.asked:,} exchanges"
    beside = ""
    if total.secondary:
        beside = f"; the secondary in {total.secondary_failed:,} of {total.secondary_asked:,}"
    if not total.failed:
        return f"{of_all}{beside}."
    start, worst = max(drawn.periods.items(), key=lambda each: _share(each[1]))
    at = f"{worst.failed:,} of {worst.asked:,} in the {lasting(drawn.seconds)} from {moment(start)}"
    return f"{of_all}{beside}. It was worst with {at}."


def _asked(series: HealthSeries, places: Places) -> Strip:
    most = max(each.asked for each in series.periods.values())
    return Strip(
        title="Asked",
        said=f"How many exchanges the candidate was to be asked: at most {most:,} in "
        f"the busiest {lasting(series.seconds)}",
        most=f"{most:,}",
        blocks=tuple(
            block
            for start, each in series.periods.items()
            for block in stacked(places.ends(start), [("asked", each.asked / most)])
        ),
    )


def _failed(series: HealthSeries, places: Places, total: HealthCounts) -> Strip:
    worst = max(_share(each) for each in series.periods.values())
    beside = [_secondary_share(each) for each in series.periods.values()]
    top = max(worst, *beside, _LEAST_SHARE)
    return Strip(
        title="Failed",
        said=f"In what share of them it failed: {_percent(total.failed, total.asked)} in all, "
        f"at most {_percent(worst, 1)}",
        most=_percent(top, 1),
        blocks=tuple(
            block
            for start, each in series.periods.items()
            for block in stacked(
                places.ends(start),
                [
                    (name, _many(each.candidate, name) / each.asked / top if each.asked else 0.0)
                    for name in _FAILED
                ],
            )
        ),
        lines=line_of(
            "secondary",
            [
                (places.ends(start), 1 - _secondary_share(each) / top)
                for start, each in series.periods.items()
                if each.secondary_asked
            ],
        )
        if total.secondary_failed
        else (),
    )


def _differing(series: HealthSeries, places: Places, total: HealthCounts) -> Strip:
    shares = {
        start: each.differing / each.compared if each.compared else 0.0
        for start, each in series.periods.items()
    }
    top = max(*shares.values(), _LEAST_SHARE)
    return Strip(
        title="Differing",
        said="What share of the compared answers differs in the candidate alone: "
        f"{_percent(total.differing, total.compared)} in all, "
        f"at most {_percent(max(shares.values()), 1)}",
        most=_percent(top, 1),
        blocks=tuple(
            block
            for start, share in shares.items()
            for block in stacked(places.ends(start), [("differing", share / top)])
        ),
    )


def _times(series: HealthSeries, places: Places) -> Iterator[Strip]:
    """Draw p50 and p90 of candidate and secondary on one logarithmic scale, if there are any."""
    timed = [
        (start, target, found)
        for start, each in series.periods.items()
        for target, buckets in (
            ("candidate", each.candidate_seconds),
            ("secondary", each.secondary_seconds),
        )
        if (found := quantiles_of(buckets)) is not None
    ]
    if not timed:
        return
    values = [value for _, _, found in timed for value in found]
    least, most = min(values) / 1.1, max(values) * 1.1
    lines = [
        line
        for target in ("secondary", "candidate")
        for which, quantile in enumerate(("p50", "p90"))
        for line in line_of(
            f"{target} {quantile}",
            [
                (places.ends(start), 1 - math.log(found[which] / least) / math.log(most / least))
                for start, of, found in timed
                if of == target
            ],
        )
    ]
    ends = f"{_ms(min(values))} to {_ms(max(values))} ms"
    yield Strip(
        title="Time",
        said=f"p50 and p90 of how long candidate and secondary took, from {ends}",
        most=f"{_ms(max(values))} ms",
        lines=tuple(lines),
    )


def _row(start: int, counts: HealthCounts) -> HealthRow:
    failed = [(kind, many) for kind, many in counts.candidate.items() if kind != Health.ANSWERED]
    ordered = sorted(failed, key=lambda each: (-each[1], each[0]))
    beside = f"{counts.secondary_failed:,} of {counts.secondary_asked:,}"
    return HealthRow(
        when=_minute(start),
        asked=f"{counts.asked:,}",
        failed=_of(counts.failed, counts.asked),
        why=", ".join(f"{many:,} {kind.replace('_', ' ')}" for kind, many in ordered),
        secondary_failed=beside if counts.secondary else "",
        differing=_of(counts.differing, counts.compared),
        candidate_ms=_both_ms(quantiles_of(counts.candidate_seconds)),
        secondary_ms=_both_ms(quantiles_of(counts.secondary_seconds)),
    )


def _share(counts: HealthCounts) -> float:
    return counts.failed / counts.asked if counts.asked else 0.0


def _secondary_share(counts: HealthCounts) -> float:
    return counts.secondary_failed / counts.secondary_asked if counts.secondary_asked else 0.0


def _many(health: Mapping[Health, int], name: str) -> int:
    return sum(health.get(kind, 0) for kind in _FAILED[name])


def _of(part: int, whole: int) -> str:
    return f"{part:,} ({_percent(part, whole)})" if part else "0"


def _percent(part: float, whole: float) -> str:
    return f"{short(100 * part / whole if whole else 0.0)} %"


def _both_ms(found: tuple[float, ...] | None) -> str:
    return "" if found is None else " / ".join(map(_ms, found))


def _ms(seconds: float) -> str:
    return short(seconds / _MILLISECOND)


def _minute(epoch_seconds: int) -> str:
    return datetime.fromtimestamp(epoch_seconds, UTC).strftime("%Y-%m-%d %H:%M UTC")
