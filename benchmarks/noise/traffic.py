"""The traffic of one service: each exchange with all replies to it, those of a clean candidate."""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from benchmarks.noise.replies import Draft
from benchmarks.noise.services import (
    CANDIDATE,
    PRODUCTION,
    SECONDARY,
    Route,
    Servers,
    Service,
    Visit,
)
from shadow.model import Endpoint, Exchange, Response

SELF_SHARE = 0.05
"""How much of the traffic `secondary: self` asks again; half of that after SELF_DELAY_SECONDS."""

SELF_DELAY_SECONDS = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """An exchange with its replies; `plan` is its user's, `draft` what `candidate` is made of.

    `again` is what production says when it is asked a second time, if it is.
    """

    exchange: Exchange
    route: Route
    endpoint: Endpoint
    plan: str
    draft: Draft
    candidate: Response
    secondary: Response
    again: Response | None


def traffic(service: Service, count: int, draw: Random) -> Iterator[Answered]:
    """So many exchanges. Candidate and secondary are asked shortly after production, at once."""
    servers = Servers(draw)
    endpoints = {route.name: route.endpoint for route in service.routes}
    for number, visit in enumerate(service.visits(count, draw)):
        primary = servers.answer(visit, draw.choice(PRODUCTION), visit.at).response()
        asked_at = visit.at + draw.lognormvariate(-3.5, 1)
        secondary = servers.answer(visit, SECONDARY, asked_at).response()
        draft = servers.answer(visit, CANDIDATE, asked_at)
        yield Answered(
            exchange=Exchange(
                id=f"exchange-{number}",
                captured_at=visit.at,
                request=visit.request,
                primary=primary,
            ),
            route=visit.route,
            endpoint=endpoints[visit.route.name],
            plan=service.plans[visit.user],
            draft=draft,
            candidate=draft.response(),
            secondary=secondary,
            again=_again(servers, visit, asked_at, draw),
        )


def _again(servers: Servers, visit: Visit, at: float, draw: Random) -> Response | None:
    if draw.random() >= SELF_SHARE:
        return None
    delay = SELF_DELAY_SECONDS if draw.random() < 0.5 else 0.0
    return servers.answer(visit, draw.choice(PRODUCTION), at + delay).response()
