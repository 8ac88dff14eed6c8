"""How long a connection may take to say what it wants."""

from asyncio import TimerHandle, Transport
from typing import override

from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_SECONDS = 15.0
"""How long the line and the headers of a request may take."""


class PatientProtocol(H11Protocol):
    """HTTP/1 on a connection that is closed when nobody asks for anything on it.

    h11 bounds the size of a request's head, which llhttp does not.
    """

    _waiting: TimerHandle | None = None

    @override
    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]  # as uvicorn
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self._waiting = self.loop.call_later(HEAD_SECONDS, transport.close)

    @override
    def data_received(self, data: bytes) -> None:
        """Wait no longer once a request has begun; else for as long as was left."""
        super().data_received(data)
        if self._is_asked():
            self._stop_waiting()
        elif self._waiting is None and not self.transport.is_closing():
            self._waiting = self.loop.call_later(HEAD_SECONDS, self.transport.close)

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no longer."""
        self._stop_waiting()
        super().connection_lost(exc)

    def _is_asked(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _stop_waiting(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None
