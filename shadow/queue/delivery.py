"""An exchange that was handed over to a worker."""

from msgspec import Struct, structs

from shadow.model import DeliveryId
from shadow.queue.lent import LentBody


class Delivery(Struct, frozen=True, kw_only=True):
    """An encoded exchange, this hand-over's id, and the hand-overs before it.

    A body may still lie in the live process's memory, which has it for as long as the worker is
    connected and the exchange unsettled: it is to be read as soon as it is taken from where
    deliveries wait.
    """

    id: DeliveryId
    message: bytes
    body: LentBody | None = None
    earlier: tuple[DeliveryId, ...] = ()

    @property
    def exchange(self) -> bytes:
        """The message, with its body."""
        return self.message if self.body is None else b"".join((self.message, *self.body.pieces()))

    def copied(self) -> "Delivery":
        """The same, with nothing in the live process's memory."""
        return (
            self if self.body is None else structs.replace(self, message=self.exchange, body=None)
        )
