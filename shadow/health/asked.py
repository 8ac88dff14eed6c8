"""What one exchange tells of how candidate and secondary stand."""

from shadow.model import Asked, Failure, Health, Replies, Reply, Response

_SERVER_ERRORS = range(500, 600)
_OF_FAILURE = {kind.value: kind for kind in Health}


def asked_of(primary: Response | None, replies: Replies, at: float) -> Asked:
    """Return how the targets stood that were asked `at`.

    A server error that the primary gave too is no sign of a target that is worse than it. There is
    no answer of the primary's where none of them was asked.
    """
    secondary = replies.secondary
    return Asked(
        at=at,
        candidate=_health(primary, replies.candidate),
        secondary=None if secondary is None else _health(primary, secondary),
    )


def _health(primary: Response | None, reply: Reply) -> Health:
    if isinstance(reply, Failure):
        return _OF_FAILURE[reply.kind]
    has_failed_too = primary is not None and primary.status in _SERVER_ERRORS
    if reply.status in _SERVER_ERRORS and not has_failed_too:
        return Health.SERVER_ERROR
    return Health.ANSWERED
