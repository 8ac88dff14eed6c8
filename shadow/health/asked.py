"""What one exchange tells of how candidate and secondary stand."""

from shadow.model import Asked, Failure, Health, Replies, Reply, Response

_SERVER_ERRORS = range(500, 600)
_OF_FAILURE = {kind.value: kind for kind in Health}


def asked_of(primary: Response, replies: Replies, at: float) -> Asked:
    """Return how the targets stood that were asked `at`.

    A server error that the primary gave too is no sign of a target that is worse than it.
    """
    secondary = replies.secondary
    return Asked(
        at=at,
        candidate=_health(primary, replies.candidate),
        secondary=None if secondary is None else _health(primary, secondary),
    )


def _health(primary: Response, reply: Reply) -> Health:
    if isinstance(reply, Failure):
        return _OF_FAILURE[reply.kind]
    if reply.status in _SERVER_ERRORS and primary.status not in _SERVER_ERRORS:
        return Health.SERVER_ERROR
    return Health.ANSWERED
