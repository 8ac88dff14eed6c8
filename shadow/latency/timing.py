"""What one exchange tells of how long its targets take."""

from shadow.model import Failure, FailureKind, Replies, Reply, Response, Timing

MIN_DIFFERENCE_SECONDS = 0.001
"""Two times that are no further apart count as equal: below it the scheduler speaks."""


def timing_of(primary: Response, replies: Replies) -> Timing:
    """Return the times of an exchange.

    A time-out is a time, namely at least that long; any other failure is none. `slowdown` is then
    no more than what is certain of it: a candidate that timed out took at least its patience, and
    where the secondary timed out it is 1 at most. Were only the candidate's time-outs counted, and
    exchanges left out where the secondary's came, a candidate that is like the secondary would
    look slower.
    """
    candidate, secondary = _seconds(replies.candidate), _seconds(replies.secondary)
    return Timing(
        primary=primary.seconds,
        candidate=candidate,
        secondary=secondary,
        slowdown=_slowdown(replies.candidate, replies.secondary),
    )


def _slowdown(candidate: Reply, secondary: Reply | None) -> float | None:
    slow, fast = _seconds(candidate), _seconds(secondary)
    if slow is None or fast is None:
        return None
    if abs(slow - fast) < MIN_DIFFERENCE_SECONDS:
        return 1.0
    slowdown = max(slow, MIN_DIFFERENCE_SECONDS) / max(fast, MIN_DIFFERENCE_SECONDS)
    # Targets may have different patience, so a time-out bounds a time from one side only.
    return min(slowdown, 1.0) if isinstance(secondary, Failure) else slowdown


def _seconds(reply: Reply | None) -> float | None:
    match reply:
        case Response(seconds=seconds) | Failure(kind=FailureKind.TIMEOUT, seconds=seconds):
            return seconds
        case _:
            return None
