"""Where people arrive: the releases."""

from fastapi import Request
from starlette.responses import Response

from shadow.model import Role
from shadow.web.access.routes import routes_for
from shadow.web.context import web_of

routes = routes_for(Role.READ)


@routes.get("/", include_in_schema=False)
def releases(request: Request) -> Response:
    """List the releases, the one that was changed last first."""
    web = web_of(request)
    return web.renderer.page(request, "releases.html", releases=web.reader.releases())
