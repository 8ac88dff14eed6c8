"""What anybody may know: that the server lives, and how it is asked."""

from fastapi import Request
from starlette.responses import JSONResponse, Response

from shadow.web.access.routes import routes_for
from shadow.web.api import PREFIX
from shadow.web.api.document import describe

routes = routes_for(None)


@routes.get("/healthz", include_in_schema=False)
async def health() -> Response:
    """Say that the server lives; the store is not asked."""
    return JSONResponse({"status": "ok"})


@routes.get(f"{PREFIX}/openapi.json", include_in_schema=False)
async def openapi(request: Request) -> Response:
    """How the API is asked, as OpenAPI 3.1."""
    return JSONResponse(describe(request.app))
