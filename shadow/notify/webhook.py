"""One receiver over HTTP: a few tries, none of which can take long, and no redirect followed."""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx

from shadow.notify.message import Change, generic_body, slack_body
from shadow.notify.signature import key_of, signed_headers

logger = logging.getLogger(__name__)

_BODIES: Mapping[str, Callable[[Change], bytes]] = {"generic": generic_body, "slack": slack_body}
_LATER = 429
"""A receiver that says so, and one with a fault of its own, may take it the next time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tries:
    """How long a receiver may say nothing, and how long to wait before each further try.

    A whole try takes at most twice as long.
    """

    timeout_seconds: float = 10.0
    waits: tuple[float, ...] = (1.0, 5.0, 25.0)


class Webhook:
    """Sends messages to one address; `form` is generic or slack, without a secret unsigned.

    Of the address only the host is ever logged: what is behind it is often a secret.
    """

    def __init__(self, url: str, form: str, secret: str | None, tries: Tries = Tries()) -> None:
        self._url = url
        self._host = urlsplit(url).hostname
        self._body_of = _BODIES[form]
        self._key = key_of(secret) if secret else None
        self._tries = tries

    async def send(self, change: Change) -> bool:
        """Tell about a change; return whether the receiver took it (2xx)."""
        body = self._body_of(change)
        for wait in (*self._tries.waits, None):
            outcome = await self._try(change.id, body)
            if outcome is None:
                return True
            problem, may_help = outcome
            logger.warning("%s was not told of %s: %s", self._host, change.release, problem)
            if wait is None or not may_help:
                break
            await asyncio.sleep(wait)
        return False

    async def _try(self, message_id: str, body: bytes) -> tuple[str, bool] | None:
        """Send it once; None is success, else what went wrong and whether to try again."""
        headers = {"content-type": "application/json", "user-agent": "shadow"}
        if self._key is not None:
            headers |= signed_headers(self._key, message_id, time.time(), body)
        try:
            # httpx counts from the last byte, and cleans up after itself; this is for a receiver
            # that sends one byte now and then.
            async with asyncio.timeout(2 * self._tries.timeout_seconds):
                status = await self._status(headers, body)
        except (TimeoutError, httpx.TimeoutException):
            return "no answer in time", True
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            # Its words may quote the address.
            return type(error).__name__, True
        if httpx.codes.is_success(status):
            return None
        return f"it answered {status}", status == _LATER or httpx.codes.is_server_error(status)

    async def _status(self, headers: Mapping[str, str], body: bytes) -> int:
        """The status alone: what a receiver says beside it is not read."""
        timeout = self._tries.timeout_seconds
        async with (
            httpx.AsyncClient(timeout=timeout, follow_redirects=False) as client,
            client.stream("POST", self._url, headers=headers, content=body) as answer,
        ):
            return answer.status_code
