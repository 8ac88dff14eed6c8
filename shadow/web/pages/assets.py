"""What pages share with reports: their style sheet."""

from fastapi import Request
from starlette.responses import Response

from shadow.report.html.environment import style
from shadow.web.access.routes import routes_for
from shadow.web.rendering import REPORT_STYLE

routes = routes_for(None)

_FOREVER = "public, max-age=31536000, immutable"


@routes.get(f"/assets/{REPORT_STYLE}", include_in_schema=False)
def report_style(request: Request) -> Response:
    """Serve it; where its address has its digest, it never changes there."""
    kept = _FOREVER if "v" in request.query_params else "no-cache"
    return Response(style(), media_type="text/css", headers={"cache-control": kept})
