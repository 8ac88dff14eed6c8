"""Whether users over TLS may choose HTTP/2: as long as the primary takes it.

What a user has chosen cannot be changed any more when the primary turns out not to take it. So what
the primary takes is found out beforehand, by handshakes of our own and from those for users, and no
user waits for that.
"""

import asyncio
import contextlib
import logging
from enum import StrEnum

from shadow.capture.tee.ends import End
from shadow.capture.tee.primary import NotSpokenError, Primary
from shadow.capture.tee.tls import Alpn

logger = logging.getLogger(__name__)

SURE_SECONDS = 5.0
"""From one look to the next while the primary takes HTTP/2."""

FIRST_SECONDS, MOST_SECONDS = 1.0, 60.0
"""To the next look while it does not: this long at first, and twice as long after each."""

_LOOK_SECONDS = 10.0


class Http2(StrEnum):
    """When users over TLS are offered HTTP/2."""

    AUTO = "auto"
    """While a primary with TLS is seen to take it."""
    PRIOR_KNOWLEDGE = "prior_knowledge"
    """As `AUTO`, and to a primary without TLS always: the operator knows that it speaks it."""
    NEVER = "never"


class Offer:
    """The way to the primary, which learns from each connection whether it `stands`."""

    def __init__(self, primary: Primary, wanted: Http2) -> None:
        self.stands = primary.tls is None and wanted is Http2.PRIOR_KNOWLEDGE
        self._primary = primary
        self._learns = primary.tls is not None and wanted is not Http2.NEVER
        self._pause = 0.0
        self._fell = asyncio.Event()

    def spoken(self, user: End, said: bytes) -> Alpn | None:
        """As `Primary.spoken`."""
        return self._primary.spoken(user, said)

    async def connect(self, user: End, end: End, spoken: Alpn) -> None:
        """As `Primary.connect`."""
        try:
            await self._primary.connect(user, end, spoken)
        except NotSpokenError:
            if self.stands:
                self._fall()
            raise
        if spoken is Alpn.HTTP_2:
            self._rise()

    async def watch(self) -> None:
        """Look from time to time what the primary takes; ends where that would change nothing."""
        while self._learns:
            await self._look()
            await self._rest()

    async def _look(self) -> None:
        """Ask the primary; one that is not to be reached says nothing new."""
        stood = self.stands
        try:
            async with asyncio.timeout(_LOOK_SECONDS):
                await self._primary.ask_for_http2()
        except NotSpokenError:
            self._fall()
        except OSError:
            return
        else:
            self._pause = 0.0 if stood and self.stands else self._pause
            self._rise()

    async def _rest(self) -> None:
        """Wait for the next look, which is due sooner when the offer falls meanwhile."""
        if self.stands:
            self._fell.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(SURE_SECONDS):
                    await self._fell.wait()
        if not self.stands:
            await asyncio.sleep(max(self._pause, FIRST_SECONDS))

    def _rise(self) -> None:
        if self._learns and not self.stands:
            self.stands = True
            logger.info("the primary takes HTTP/2: users over TLS may choose it")

    def _fall(self) -> None:
        """Offer it no more, and look the later the more often that happened of late."""
        is_first = not self._pause
        self._pause = min(max(self._pause * 2, FIRST_SECONDS), MOST_SECONDS)
        if self.stands:
            self.stands = False
            self._fell.set()
            logger.warning("the primary takes no HTTP/2 any more: users over TLS get HTTP/1.1")
        elif is_first:
            logger.info("the primary takes no HTTP/2: users over TLS get HTTP/1.1")
