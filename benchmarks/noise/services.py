"""Seeded services: endpoints, the traffic that they get, and what each of their servers answers."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random

import orjson

from benchmarks.noise import documents
from benchmarks.noise.disturbances import SORTS, Noise, make
from benchmarks.noise.documents import Record
from benchmarks.noise.places import touches
from benchmarks.noise.replies import Caches, Draft, Moment
from shadow.diff.endpoints.router import EndpointRouter
from shadow.model import Endpoint, Request

PRODUCTION = ("prod-1", "prod-2", "prod-3")
"""The instances behind production's address, one of which answers a user, or who asks again."""

SECONDARY, CANDIDATE = "prod-4", "pre-1"

_NAMES = [
    "orders", "products", "users", "carts", "invoices", "reviews", "shipments", "tickets",
    "articles", "events",
]  # fmt: skip
_STYLES: Mapping[str, Callable[[Random], Record]] = {
    "detail": documents.detail,
    "listing": documents.listing,
    "search": documents.search,
}
_THINGS = 40
_USERS = 400
_OPENED_AT = 1_790_000_000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One endpoint of a service; `things` are the documents it can show, `seconds` its median."""

    name: str
    style: str
    layout: Record
    noises: tuple[Noise, ...]
    things: tuple[bytes, ...]
    seconds: float
    spread: float

    def target(self, thing: int) -> str:
        """The path under which a document is."""
        match self.style:
            case "detail":
                return f"/{self.name}/{1_000 + thing}"
            case "listing":
                return f"/{self.name}?page={thing}"
            case _:
                return f"/{self.name}/search?q={documents.WORDS[thing % len(documents.WORDS)]}"

    @property
    def endpoint(self) -> Endpoint:
        """The endpoint as Shadow names it."""
        request = Request(method="GET", target=self.target(0), headers=())
        return EndpointRouter().route(request, 200)

    def is_quiet(self, location: str) -> bool:
        """Whether no noise ever shows at, above or below a location."""
        return not any(touches(location, each) for noise in self.noises for each in noise.locations)


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One request of a user, and when it comes, in epoch seconds."""

    route: Route
    thing: int
    user: int
    at: float
    request: Request


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A service as it is in production; `shares` say how often each route is asked."""

    routes: tuple[Route, ...]
    shares: tuple[float, ...]
    plans: tuple[str, ...]
    """The plan of each user."""

    def visits(self, count: int, draw: Random) -> Iterator[Visit]:
        """So many requests, in the order in which they come."""
        at, pace = _OPENED_AT + draw.uniform(0, 86_400), 10 ** draw.uniform(-0.5, 1.5)
        for route in draw.choices(self.routes, self.shares, k=count):
            at += draw.expovariate(pace)
            thing, user = int(_THINGS * draw.random() ** 2), draw.randrange(_USERS)
            headers = (
                (b"host", b"api.example.com"),
                (b"user-agent", b"app/7.1"),
                (b"x-plan", self.plans[user].encode()),
            )
            request = Request(method="GET", target=route.target(thing), headers=headers)
            yield Visit(route=route, thing=thing, user=user, at=at, request=request)


class Servers:
    """All instances of one service, each with its clock and its cache."""

    def __init__(self, draw: Random) -> None:
        self._draw = draw
        self._caches = Caches()
        instances = (*PRODUCTION, SECONDARY, CANDIDATE)
        self._skew = {instance: draw.gauss(0, 0.003) for instance in instances}

    def answer(self, visit: Visit, instance: str, at: float) -> Draft:
        """What an instance says to a request that reaches it at `at`."""
        route, draw = visit.route, self._draw
        draft = Draft(
            headers={"content-type": "application/json", "cache-control": "private"},
            document=orjson.loads(route.things[visit.thing]),
            seconds=route.seconds * draw.lognormvariate(0, route.spread),
        )
        moment = Moment(
            at=at + self._skew[instance] + draft.seconds / 2,
            instance=instance,
            target=visit.request.target,
            draw=draw,
            caches=self._caches,
        )
        for noise in route.noises:
            noise.disturb(draft, moment)
        return draft


def service(draw: Random) -> Service:
    """A service with three to six endpoints, and half of all kinds of noise, up to four in each."""
    names = draw.sample(_NAMES, draw.randint(3, 6))
    sorts = draw.sample(SORTS, len(SORTS) // 2)
    routes = tuple(_route(name, sorts, draw) for name in names)
    share = draw.uniform(0.02, 0.2)
    return Service(
        routes=routes,
        shares=tuple(1 / (rank + 1) ** 0.7 for rank, _ in enumerate(routes)),
        plans=tuple("pro" if draw.random() < share else "basic" for _ in range(_USERS)),
    )


def _route(name: str, sorts: Sequence[str], draw: Random) -> Route:
    style = draw.choice([*_STYLES])
    layout = _STYLES[style](draw)
    noises = [make(sort, layout, draw) for sort in draw.sample(sorts, draw.randint(1, 4))]
    return Route(
        name=name,
        style=style,
        layout=layout,
        noises=tuple(noise for noise in noises if noise is not None),
        things=tuple(orjson.dumps(documents.fill(layout, draw)) for _ in range(_THINGS)),
        seconds=10 ** draw.uniform(-2.3, -0.7),
        spread=draw.uniform(0.2, 0.6),
    )
