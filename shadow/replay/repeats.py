"""Which requests the primary may be sent once more, where its first answer was not seen."""

from collections.abc import Callable
from fnmatch import fnmatchcase

from shadow.model import SAFE_METHODS, Request


def may_repeat(opted_in: tuple[str, ...]) -> Callable[[Request], bool]:
    """Return what says so: safe methods, and what `opted_in` covers, globs over `METHOD /path`.

    The primary has worked on the request before: a write sent once more is a second write.
    """

    def allowed(request: Request) -> bool:
        line = f"{request.method} {request.target.partition('?')[0]}"
        return request.method in SAFE_METHODS or any(fnmatchcase(line, glob) for glob in opted_in)

    return allowed
