"""Pairs of replies that tell nothing about a release, and are never counted as agreement."""

from collections.abc import Callable
from functools import partial

from shadow.diff.logins import login_of
from shadow.model import Exchange, Failure, FailureKind, Reply, Request, Response, Uninformative

_OF_HALF_AN_ANSWER = {304: Uninformative.NOT_MODIFIED, 206: Uninformative.PARTIAL_CONTENT}
_SERVER_ERRORS = range(500, 600)

# The request reached the target. That one was not asked, or is away, is no word about a request.
_FAILED = frozenset(FailureKind) - {FailureKind.UNREACHABLE, FailureKind.NOT_ASKED}


def says_nothing(
    exchange: Exchange, candidate: Reply | None, secondary: Reply | None = None
) -> Uninformative | None:
    """Why the exchange tells nothing: before it is replayed (`candidate` None) or after.

    Before the primary is asked nobody can tell. The primary's 304 and 206 answer validators and
    ranges, which a replayed request has not. A request that the secondary cannot complete either is
    not one that the release has broken. What the candidate shares with the primary, the secondary
    must share too where it answers: were an exchange left out for what the candidate says alone,
    its noise would be lost with it.
    """
    primary = exchange.primary
    if primary is None:
        return None
    status = primary.status
    if status in _OF_HALF_AN_ANSWER:
        return _OF_HALF_AN_ANSWER[status]
    if status in _SERVER_ERRORS and _all_say(_is_server_error, candidate, secondary):
        return Uninformative.BOTH_SERVER_ERRORS
    if has_failed(candidate) and has_failed(secondary):
        return Uninformative.BOTH_FAILED
    if _all_say(partial(_asks_to_log_in, exchange.request, primary), candidate, secondary):
        return Uninformative.BOTH_TO_LOGIN
    return None


def _all_say(
    says: Callable[[Response], bool], candidate: Reply | None, secondary: Reply | None
) -> bool:
    """Whether the candidate says so, and the secondary if it answers."""
    answers = [reply for reply in (candidate, secondary) if isinstance(reply, Response)]
    return isinstance(candidate, Response) and all(map(says, answers))


def _is_server_error(response: Response) -> bool:
    return response.status in _SERVER_ERRORS


def has_failed(reply: Reply | None) -> bool:
    """Whether a target that was reached gave no complete answer."""
    return isinstance(reply, Failure) and reply.kind in _FAILED


def _asks_to_log_in(request: Request, primary: Response, response: Response) -> bool:
    """Whether a reply sends the user to the login that the primary sends them to."""
    if response.status != primary.status:
        return False
    login = login_of(request, primary)
    return login is not None and login == login_of(request, response)
