"""The worker's end of the queues of several live processes."""

import asyncio

from shadow.model import DeliveryId, LiveCounts
from shadow.queue.delivery import Delivery
from shadow.queue.link import LocalLink


class LocalLinks:
    """As one `LocalLink`, to every live process of a machine."""

    def __init__(self, endpoints: tuple[str, ...], loop: asyncio.AbstractEventLoop) -> None:
        self.deliveries: asyncio.Queue[Delivery] = asyncio.Queue()
        self._links = tuple(LocalLink(endpoint, loop, self.deliveries) for endpoint in endpoints)

    @property
    def heard_at(self) -> float:
        """The loop's time of the last message of any of them."""
        return max(link.heard_at for link in self._links)

    @property
    def lives(self) -> tuple[LiveCounts, ...]:
        """The newest totals of each that has told any."""
        return tuple(counts for link in self._links for counts in link.lives)

    @property
    def users_are_many(self) -> bool:
        """Whether users keep any of them busy."""
        return any(link.users_are_many for link in self._links)

    def settle(self, deliveries: tuple[DeliveryId, ...]) -> None:
        """Tell each live process of those that are its own."""
        for link in self._links:
            own = tuple(delivery for delivery in deliveries if delivery.line in link.lines)
            if own:
                link.settle(own)

    def rest(self, *, rests: bool) -> None:
        """Tell each live process whether the candidate is left alone."""
        for link in self._links:
            link.rest(rests=rests)

    def close(self) -> None:
        """Say what is still unsaid, and leave."""
        for link in self._links:
            link.close()
