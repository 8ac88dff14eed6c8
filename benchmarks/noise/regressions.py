"""Regressions: what only the candidate does, each at one place of one endpoint."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random

from benchmarks.noise.disturbances import Identifiers, Jitter, Timestamps
from benchmarks.noise.documents import listings, records, scalars
from benchmarks.noise.places import Json, Path, header_location, holders, location, values
from benchmarks.noise.replies import Draft
from benchmarks.noise.services import Route, Service
from benchmarks.noise.traffic import Answered

LATENCY = "latency"
"""Where Shadow says that a candidate is slow."""

type Change = Callable[[Draft], bool]
"""Changes a draft, and tells whether that made any difference."""

type Setting = Callable[[dict[str, Json], str], None]
"""Changes one member of an object, which is there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Regression:
    """A planted regression: in `rate` of the answers of a route, to users of `plan` if any.

    `sort` is its row in the tables, `detail` what it does in words.
    """

    sort: str
    detail: str
    route: Route
    location: str
    change: Change
    rate: float = 1.0
    plan: str = ""

    def strike(self, answered: Answered, draw: Random) -> Draft | None:
        """The candidate's reply with the regression; None where it does not show."""
        if answered.route is not self.route or self.plan not in {"", answered.plan}:
            return None
        if draw.random() >= self.rate:
            return None
        changed = answered.draft.copy()
        return changed if self.change(changed) else None


def plant(sort: str, service: Service, draw: Random) -> Regression | None:
    """Plant a regression of this sort in some endpoint; None where none has a place for it."""
    for route in draw.sample(service.routes, len(service.routes)):
        planted = _PLANTERS[sort](route, draw)
        if planted is not None:
            return planted
    return None


def _lost(route: Route, draw: Random) -> Regression | None:
    """A member or a header is gone, be it a noisy one."""
    header = next((each.header for each in route.noises if _has_header(each)), "")
    if header and draw.random() < 0.5:
        return Regression(
            sort="lost",
            detail="header",
            route=route,
            location=header_location(header),
            change=lambda draft: draft.headers.pop(header, None) is not None,
        )
    return _at_member("lost", route, draw.choice(_members(route)), _lose)


def _added(route: Route, draw: Random) -> Regression:
    path = (*draw.choice([*records(route.layout)]), "debug")
    value = draw.choice((True, 17, "trace me"))

    def add(draft: Draft) -> bool:
        for holder, name in (found := [*holders(draft.document, path)]):
            holder[name] = value
        return bool(found)

    return Regression(
        sort="added", detail="member", route=route, location=location(path), change=add
    )


def _type(route: Route, draw: Random) -> Regression:
    return _at_member("type", route, draw.choice(_members(route)), _retype)


def _value(route: Route, draw: Random) -> Regression | None:
    quiet = _quiet(route)
    return _at_member("value", route, draw.choice(quiet), _revalue) if quiet else None


def _shape(route: Route, draw: Random) -> Regression | None:
    """A timestamp or an identifier, new in each answer, becomes nonsense in some of them."""
    noises = [noise for noise in route.noises if isinstance(noise, Timestamps | Identifiers)]
    if not noises:
        return None
    noise = draw.choice(noises)
    rate = 10 ** draw.uniform(-1.3, 0)
    if isinstance(noise, Identifiers) and noise.header:
        return _in_header(noise.header, route, draw.choice(("", "undefined")), rate)
    bad: Sequence[Json] = ("", "N/A", None, "undefined")
    if isinstance(noise, Timestamps):
        bad = (0, None, -62_135_596_800) if noise.form == "epoch milliseconds" else ("", "N/A", 0)
    spoiled = draw.choice(bad)

    def spoil(holder: dict[str, Json], name: str) -> None:
        holder[name] = spoiled

    return _at_member(_SHAPE, route, noise.path, spoil, rate=rate, detail=f"{spoiled!r}")


def _in_header(header: str, route: Route, spoiled: str, rate: float) -> Regression:
    def spoil(draft: Draft) -> bool:
        draft.headers[header] = spoiled
        return True

    return Regression(
        sort=_SHAPE,
        detail=f"{spoiled!r} in a header",
        route=route,
        location=header_location(header),
        change=spoil,
        rate=rate,
    )


def _far(route: Route, draw: Random) -> Regression | None:
    """A number far out of its jitter, or a moment of another hour, in some of the answers."""
    noises = [noise for noise in route.noises if isinstance(noise, Jitter | Timestamps)]
    texts = [n for n in noises if isinstance(n, Jitter) or n.form != "epoch milliseconds"]
    if not texts:
        return None
    noise, rate = draw.choice(texts), 10 ** draw.uniform(-1.3, 0)
    if isinstance(noise, Jitter):
        off = 100 * noise.spread
        return _at_member(_FAR, route, noise.path, _add(off), rate=rate, detail="number")
    return _at_member(_FAR, route, noise.path, _hour_off, rate=rate, detail="moment")


def _partial(route: Route, draw: Random) -> Regression:
    rate = 0.005 * 10 ** draw.uniform(0, 1)
    quiet = _quiet(route)
    if quiet and draw.random() < 0.5:
        return _at_member(_PARTIAL, route, draw.choice(quiet), _revalue, rate=rate, detail="value")
    setting, detail = draw.choice(((_lose, "lost"), (_retype, "type"), (_null, "null")))
    path = draw.choice(_members(route))
    return _at_member(_PARTIAL, route, path, setting, rate=rate, detail=detail)


def _some_users(route: Route, draw: Random) -> Regression:
    quiet = _quiet(route)
    setting, detail = draw.choice(((_lose, "lost"), (_retype, "type"), (_null, "null")))
    path = draw.choice(_members(route))
    if quiet and draw.random() < 0.5:
        setting, detail, path = _revalue, "value", draw.choice(quiet)
    return _at_member(_SOME_USERS, route, path, setting, plan="pro", detail=detail)


def _order(route: Route, draw: Random) -> Regression | None:
    """A list that has an order stands the other way round."""
    ordered = [path for path in listings(route.layout) if route.is_quiet(location(path))]
    if not ordered:
        return None
    path = draw.choice(ordered)

    def reverse(draft: Draft) -> bool:
        before = [*values(draft.document, path)]
        turned = [found for found in before if isinstance(found, list) and found != found[::-1]]
        for found in turned:
            found.reverse()
        return bool(turned)

    return Regression(
        sort="order", detail="reversed", route=route, location=location(path), change=reverse
    )


def _slow(route: Route, draw: Random) -> Regression:
    factor = draw.uniform(1.5, 3)

    def delay(draft: Draft) -> bool:
        draft.seconds *= factor
        return True

    detail = f"{factor:.2f} x"
    return Regression(sort="slow", detail=detail, route=route, location=LATENCY, change=delay)


_SHAPE, _FAR = "shape inside noise", "far off inside noise"
_PARTIAL, _SOME_USERS = "0.5-5 % of answers", "only some users"

_PLANTERS: Mapping[str, Callable[[Route, Random], Regression | None]] = {
    "lost": _lost,
    "added": _added,
    "type": _type,
    "value": _value,
    _SHAPE: _shape,
    _FAR: _far,
    _PARTIAL: _partial,
    _SOME_USERS: _some_users,
    "order": _order,
    "slow": _slow,
}
SORTS = tuple(_PLANTERS)


def _at_member(
    sort: str,
    route: Route,
    path: Path,
    setting: Setting,
    *,
    rate: float = 1.0,
    plan: str = "",
    detail: str = "member",
) -> Regression:
    def change(draft: Draft) -> bool:
        there = [
            (holder, name)
            for holder, name in holders(draft.document, path)
            if holder.get(name) is not None
        ]
        for holder, name in there:
            setting(holder, name)
        return bool(there)

    return Regression(
        sort=sort,
        detail=detail,
        route=route,
        location=location(path),
        change=change,
        rate=rate,
        plan=plan,
    )


def _members(route: Route) -> list[Path]:
    """All places of scalars, and of noise that shows in each answer."""
    noisy = [n.path for n in route.noises if isinstance(n, Timestamps)]
    noisy += [n.path for n in route.noises if isinstance(n, Identifiers) and not n.header]
    return [*(path for path, _ in scalars(route.layout)), *noisy]


def _quiet(route: Route) -> list[Path]:
    """Places of scalars where there is no noise."""
    return [path for path, _ in scalars(route.layout) if route.is_quiet(location(path))]


def _has_header(noise: object) -> bool:
    return isinstance(noise, Identifiers) and bool(noise.header)


def _lose(holder: dict[str, Json], name: str) -> None:
    del holder[name]


def _null(holder: dict[str, Json], name: str) -> None:
    holder[name] = None


def _retype(holder: dict[str, Json], name: str) -> None:
    value = holder[name]
    holder[name] = [value] if isinstance(value, str) else str(value)


def _revalue(holder: dict[str, Json], name: str) -> None:
    value = holder[name]
    if isinstance(value, bool):
        holder[name] = not value
    elif isinstance(value, int):
        holder[name] = value + 1
    elif isinstance(value, float):
        holder[name] = round(value * 1.01 + 0.01, 2)
    elif isinstance(value, str):
        holder[name] = value.swapcase() if value.swapcase() != value else f"{value}0"


def _add(off: float) -> Setting:
    def add(holder: dict[str, Json], name: str) -> None:
        value = holder[name]
        if isinstance(value, float):
            holder[name] = round(value + off, 6)

    return add


def _hour_off(holder: dict[str, Json], name: str) -> None:
    """Write the moment as it is one time zone away."""
    value = str(holder[name])
    hour = (int(value[11:13]) + 1) % 24
    holder[name] = f"{value[:11]}{hour:02}{value[13:]}"
