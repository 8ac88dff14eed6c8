"""How a target's requests are sent: plainly, or within something that watches."""

from collections.abc import Awaitable, Callable

from shadow.model import Reply, Request

type Send = Callable[[Request], Awaitable[Reply]]
"""Sends a request once; never raises for what a target does."""

type Around = Callable[[Request, Send], Awaitable[Reply]]
"""Sends a request by what it is given, perhaps with other headers, and returns the reply."""


async def plainly(request: Request, send: Send) -> Reply:
    """Send a request as it is."""
    return await send(request)
