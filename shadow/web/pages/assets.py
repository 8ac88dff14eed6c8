"""What pages share with reports: their style sheet."""

from starlette.responses import Response

from shadow.report.html.environment import style
from shadow.web.access.routes import routes_for
from shadow.web.rendering import REPORT_STYLE

routes = routes_for(None)

_FOREVER = "public, max-age=31536000, immutable"


@routes.get(f"/assets/{REPORT_STYLE}", include_in_schema=False)
def report_style() -> Response:
    """Serve it; its address has its digest, so it never changes there."""
    return Response(style(), media_type="text/css", headers={"cache-control": _FOREVER})
