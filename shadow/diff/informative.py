"""Pairs of replies that tell nothing about a release, and are never counted as agreement."""

from shadow.model import Exchange, Reply, Response, Uninformative

_NOT_MODIFIED = 304
_PARTIAL_CONTENT = 206
_SERVER_ERRORS = range(500, 600)


def says_nothing(exchange: Exchange, candidate: Reply | None) -> Uninformative | None:
    """Why the exchange tells nothing: before it is replayed (`candidate` None) or after.

    The primary's 304 and 206 answer validators and ranges, which a replayed request has not.
    """
    status = exchange.primary.status
    if status == _NOT_MODIFIED:
        return Uninformative.NOT_MODIFIED
    if status == _PARTIAL_CONTENT:
        return Uninformative.PARTIAL_CONTENT
    if status in _SERVER_ERRORS and _is_server_error(candidate):
        return Uninformative.BOTH_SERVER_ERRORS
    return None


def _is_server_error(reply: Reply | None) -> bool:
    return isinstance(reply, Response) and reply.status in _SERVER_ERRORS
