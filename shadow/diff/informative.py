"""Pairs of replies that tell nothing about a release, and are never counted as agreement."""

from shadow.diff.logins import login_of
from shadow.model import Exchange, Failure, FailureKind, Reply, Response, Uninformative

_NOT_MODIFIED = 304
_PARTIAL_CONTENT = 206
_SERVER_ERRORS = range(500, 600)

# The request reached the target. That one was not asked, or is away, is no word about a request.
_FAILED = frozenset(FailureKind) - {FailureKind.UNREACHABLE, FailureKind.NOT_ASKED}


def says_nothing(
    exchange: Exchange, candidate: Reply | None, secondary: Reply | None = None
) -> Uninformative | None:
    """Why the exchange tells nothing: before it is replayed (`candidate` None) or after.

    The primary's 304 and 206 answer validators and ranges, which a replayed request has not. A
    request that the secondary cannot complete either is not one that the release has broken.
    """
    status = exchange.primary.status
    if status == _NOT_MODIFIED:
        return Uninformative.NOT_MODIFIED
    if status == _PARTIAL_CONTENT:
        return Uninformative.PARTIAL_CONTENT
    if status in _SERVER_ERRORS and _is_server_error(candidate):
        return Uninformative.BOTH_SERVER_ERRORS
    if _has_failed(candidate) and _has_failed(secondary):
        return Uninformative.BOTH_FAILED
    if _both_ask_to_log_in(exchange, candidate):
        return Uninformative.BOTH_TO_LOGIN
    return None


def _is_server_error(reply: Reply | None) -> bool:
    return isinstance(reply, Response) and reply.status in _SERVER_ERRORS


def _has_failed(reply: Reply | None) -> bool:
    return isinstance(reply, Failure) and reply.kind in _FAILED


def _both_ask_to_log_in(exchange: Exchange, candidate: Reply | None) -> bool:
    if not isinstance(candidate, Response) or candidate.status != exchange.primary.status:
        return False
    login = login_of(exchange.request, exchange.primary)
    return login is not None and login == login_of(exchange.request, candidate)
