"""Pages for people; each module has `routes`."""

from collections.abc import Iterable

from fastapi import APIRouter

from shadow.web.pages import (
    assets,
    decisions,
    endpoints,
    finding,
    news,
    release,
    rule_making,
    standing,
)


def all_routes() -> Iterable[APIRouter]:
    """Return the routes of the review pages, beside where people arrive and sign in."""
    for module in (assets, release, endpoints, finding, rule_making, decisions, standing, news):
        yield module.routes
    for deciding in (finding, rule_making, decisions, standing):
        yield deciding.deciding_routes
