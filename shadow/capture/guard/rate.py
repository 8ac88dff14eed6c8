"""Which share of the sample makes so many exchanges a second."""

_FIRST_SHARE = 1 / 64
_ENOUGH = 30
_LONGEST_LOOK_SECONDS = 10.0
_MOST_STEP = 4.0
_CLOSE_ENOUGH = 0.1


class TargetRate:
    """Moves a share, from 0 to 1, so that about `per_second` exchanges are captured.

    Looks at what came since the last change once 30 exchanges were captured, or after ten
    seconds, and then moves the share to where the rate would have been met, by a factor of four at
    most. It begins low, so that a start under full load asks the candidate for no more than it
    is meant to bear, and leaves a share that is right within 10 % as it is.
    """

    def __init__(self, per_second: float, now: float) -> None:
        self._per_second = per_second
        self._looked_at = now
        self._in_sample = 0
        self._in_rate = 0
        self.share = _FIRST_SHARE

    def look(self, in_sample: int, in_rate: int, now: float) -> float:
        """Give the share, from the running totals of what was in the sample and in the share."""
        seconds = now - self._looked_at
        came, taken = in_sample - self._in_sample, in_rate - self._in_rate
        if seconds <= 0 or (taken < _ENOUGH and seconds < _LONGEST_LOOK_SECONDS):
            return self.share
        self._looked_at, self._in_sample, self._in_rate = now, in_sample, in_rate
        self.share = self._moved(came / seconds, taken / seconds)
        return self.share

    def _moved(self, came: float, taken: float) -> float:
        """The share for these rates a second."""
        if came <= self._per_second:
            return 1.0
        if abs(taken / self._per_second - 1) <= _CLOSE_ENOUGH:
            return self.share
        # Where keys are few, what is taken is not the share of what came: both are evidence.
        factor = self._per_second / taken if taken else self._per_second / (came * self.share)
        return min(1.0, self.share * min(max(factor, 1 / _MOST_STEP), _MOST_STEP))
