"""For administrators: who may be let in, and who was not."""

from dataclasses import asdict

from fastapi import Request
from starlette.responses import Response

from shadow.model import Role
from shadow.store.refusals import RefusalBook
from shadow.web.access.routes import routes_for
from shadow.web.api import PREFIX
from shadow.web.api.paging import Limit, Offset, page_of
from shadow.web.api.schemas import REFUSAL, TOKEN, page_schema, responses
from shadow.web.context import web_of

routes = routes_for(Role.ADMIN, PREFIX, is_strict=True)


@routes.get("/tokens", summary="List the tokens", responses=responses(page_schema(TOKEN)))
def tokens(request: Request, limit: Limit = 100, offset: Offset = 0) -> Response:
    """All tokens there ever were, the newest first; `shadow token` makes and revokes them."""
    found = web_of(request).access.tokens.all()
    return page_of(request, found, limit, offset, asdict)


@routes.get("/refusals", summary="Count who was refused", responses=responses(page_schema(REFUSAL)))
def refusals(request: Request, limit: Limit = 100, offset: Offset = 0) -> Response:
    """How often requests were refused and why; `who` is a token that is known, or empty."""
    found = RefusalBook(web_of(request).store).all()
    return page_of(request, found, limit, offset, asdict)
