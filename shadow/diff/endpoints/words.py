"""Words of paths: which could be names, and which tell what stands above them."""

from shadow.diff.endpoints.segments import MORE, is_typed
from shadow.diff.endpoints.tree import Node, bare, is_glued, is_literal, is_locale, is_version

_ROUTES = frozenset(
    {
        *("me", "self", "current", "latest", "new", "search", "count", "export", "import", "login"),
        *("logout", "all", "batch", "bulk", "health", "status", "stats", "settings", "edit"),
        *("recent", "popular", "trending", "autocomplete", "suggest", "metrics"),
        *("verify", "validate", "public", "featured", "random", "top", "mine", "upload"),
        *("download", "config", "info", "create", "update", "delete", "register", "signup"),
    }
)
_USUAL_ACTIONS = frozenset(
    {
        *("get", "list", "create", "update", "delete", "add", "edit", "new", "show", "save"),
        *(
            "find",
            "remove",
            "query",
            "search",
            "count",
            "index",
            "details",
            "export",
            "import",
            "print",
        ),
        *("batch", "bulk", "batchget", "batchcreate", "batchupdate", "batchdelete", "validate"),
        *("health", "metrics", "ready", "live", "info", "version", "docs", "swagger", "actuator"),
        *("overview", "faq", "pricing", "about", "intro", "introduction", "help", "contact"),
        *("getall", "latest", "all", "schema", "describe", "upload", "download", "copy", "move"),
    }
)
"""What stands below collections and services as it does below names."""

_ENTRANCES = frozenset({"", "api", "apis", "rest", "admin", "services"})
_NEVER_FIRST = ("_", "$", ".", "(")


def may_be_name(step: str, depth: int) -> bool:
    """Whether a word could be a name: no word that routes have, no version and no language."""
    return not (
        step in {"", "-", MORE}
        or is_typed(step)
        or is_glued(step)
        or step.startswith(_NEVER_FIRST)
        or step.lower() in _ROUTES
        or is_version(step)
        or is_locale(step, depth)
    )


def is_entrance(step: str) -> bool:
    """Whether routes usually stand below a step, which is empty at the start of a path."""
    return step in _ENTRANCES or is_version(step)


def literals(node: Node) -> frozenset[str]:
    """The words below a place that tell what it is."""
    return frozenset(step for step in node.below if is_literal(step) and not _is_usual(step))


def _is_usual(step: str) -> bool:
    return bare(step).lower() in _USUAL_ACTIONS
