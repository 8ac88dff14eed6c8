"""How the API is asked, as OpenAPI 3.1: with the role that each operation takes."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from shadow.web.access.routes import GuardedRoute, every_route

_BEARER = {
    "type": "http",
    "scheme": "bearer",
    "description": "A token that `shadow token create` made.",
}


def describe(app: FastAPI) -> dict[str, Any]:
    """Write the document of an application."""
    document = get_openapi(
        title=app.title,
        version=app.version,
        summary="Verdicts of releases, and what people decide about them.",
        description=app.description,
        routes=app.routes,
    )
    document.setdefault("components", {})["securitySchemes"] = {"token": _BEARER}
    for route in every_route(app):
        if isinstance(route, GuardedRoute) and route.include_in_schema and route.role is not None:
            for method in route.methods or ():
                operation = document["paths"][route.path][method.lower()]
                operation["security"] = [{"token": []}]
                operation["description"] += f"\n\nTakes the role `{route.role}`."
    return document
