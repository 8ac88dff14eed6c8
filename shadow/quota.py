"""Which differing exchanges are worth keeping as examples."""

from collections import Counter

from shadow.model import Differences, Endpoint

_FIRST = 3
_MOST_SIGNATURES = 20_000


class ExampleQuota:
    """Wants the first examples of each signature, then ever rarer ones: the 4th, 8th, 16th ….

    A store keeps a handful of examples a signature, and redacting one costs more than comparing
    does; so a field that differs in every answer must not be paid for in every answer.
    """

    def __init__(self) -> None:
        self._seen: Counter[tuple[object, ...]] = Counter()

    def wants(self, endpoint: Endpoint, differences: Differences) -> bool:
        """Count one differing exchange, and tell whether it should be shown."""
        if len(self._seen) > _MOST_SIGNATURES:
            self._seen.clear()
        keys = {(endpoint, d.location, d.kind, d.excused_by) for d in differences}
        self._seen.update(keys)
        return any(_is_due(self._seen[key]) for key in keys)


def _is_due(number: int) -> bool:
    return number <= _FIRST or number & (number - 1) == 0
