"""Live traffic to the demo shop, and whether users got what production sent.

Every request bears an `X-Request-Id`, by which an answer that arrived is held against what
production noted that it sent.
"""

import asyncio
import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import aiohttp
from yarl import URL

from shadow.demo.ledger import digest, read_ledger
from shadow.demo.shoppers import Ask

NO_ANSWER = "no answer"
"""Stands for the digest of an answer that did not arrive whole."""

_ANSWER_TIMEOUT_SECONDS = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """How many users asked, and how many answers were not what production sent.

    An answer is identical when production noted exactly one answer to that request and its
    status, headers in order and body arrived unchanged. `examples` are some that differ, by id.
    """

    asked: int
    identical: int
    examples: tuple[str, ...]

    @property
    def differing(self) -> int:
        """Answers that did not arrive, arrived changed, or were made more than once."""
        return self.asked - self.identical


async def drive(
    base_url: str,
    asks: tuple[Ask, ...],
    *,
    connections: int = 8,
    requests_per_second: float = math.inf,
    answered: Callable[[], None] = lambda: None,
) -> dict[str, str]:
    """Send the requests over keep-alive connections; give the digest of each answer by request id.

    No request goes out earlier than `requests_per_second` allows. `answered` is called after each
    answer; a request that fails has `NO_ANSWER` for a digest.
    """
    answers: dict[str, str] = {}
    waiting = _paced(asks, requests_per_second)
    connector = aiohttp.TCPConnector(limit=connections)
    async with (
        aiohttp.ClientSession(
            connector=connector,
            auto_decompress=False,
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=_ANSWER_TIMEOUT_SECONDS),
        ) as session,
        asyncio.TaskGroup() as users,
    ):
        for _ in range(connections):
            users.create_task(_use(session, base_url, waiting, answers, answered))
    return answers


def verify(ledger: Path, answers: Mapping[str, str]) -> Delivered:
    """Hold what users got against what production noted that it sent."""
    sent = read_ledger(ledger)
    differing = [asked for asked, answer in answers.items() if sent.get(asked) != (answer,)]
    return Delivered(
        asked=len(answers),
        identical=len(answers) - len(differing),
        examples=tuple(differing[:5]),
    )


def _paced(asks: tuple[Ask, ...], per_second: float) -> Iterator[tuple[float, Ask]]:
    """Give each request the time of the event loop before which it is not sent."""
    began = asyncio.get_running_loop().time()
    return ((began + number / per_second, ask) for number, ask in enumerate(asks))


async def _use(
    session: aiohttp.ClientSession,
    base_url: str,
    waiting: Iterator[tuple[float, Ask]],
    answers: dict[str, str],
    answered: Callable[[], None],
) -> None:
    clock = asyncio.get_running_loop().time
    for due, ask in waiting:
        if (early := due - clock()) > 0:
            await asyncio.sleep(early)
        answers[ask.request_id] = NO_ANSWER
        with suppress(aiohttp.ClientError, TimeoutError):
            answers[ask.request_id] = await _send(session, base_url, ask)
        answered()


async def _send(session: aiohttp.ClientSession, base_url: str, ask: Ask) -> str:
    url = URL(base_url + ask.path, encoded=True)
    async with session.request(
        ask.method, url, headers=ask.headers, data=ask.body, allow_redirects=False
    ) as response:
        return digest(response.status, response.raw_headers, await response.read())
