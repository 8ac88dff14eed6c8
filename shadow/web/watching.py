"""Looks at the releases that were changed last, and tells when a decision has changed."""

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass

from shadow.errors import NotFoundError, ShadowError
from shadow.model import Decision
from shadow.notify.message import Change
from shadow.notify.webhook import Webhook
from shadow.report.plain import visible
from shadow.settings import Settings
from shadow.store.engine import Store
from shadow.store.reader import ReleaseRow, StoreReader
from shadow.store.told import ToldBook
from shadow.store.transactions import is_only_read
from shadow.web.judging import Judged
from shadow.web.verdicts import VerdictBoard

logger = logging.getLogger(__name__)

_MOST_RELEASES = 10
_MOST_REASONS, _MOST_CHARS = 10, 300
_OLD_SECONDS = 24 * 3600.0
"""What was decided longer ago is no news to whoever begins to listen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """How often to look, and how long to leave a receiver alone that takes nothing."""

    look_seconds: float = 10.0
    pause_seconds: float = 300.0
    share: float = 0.2
    """Of the time that judging may take at most."""


class Watch:
    """Watches one store for one receiver; `link` is where people find this server."""

    def __init__(
        self,
        board: VerdictBoard,
        store: Store,
        webhook: Webhook,
        link: str | None,
        rhythm: Rhythm = Rhythm(),
    ) -> None:
        self._board = board
        self._reader = StoreReader(store)
        self._told = ToldBook(store)
        self._webhook = webhook
        self._link = link
        self._rhythm = rhythm
        self._said = ""

    async def run(self) -> None:
        """Look and tell until cancelled; a store that is away is looked at again."""
        while True:
            started = time.monotonic()
            done = await self._looked()
            spent = time.monotonic() - started
            resting = self._rhythm.look_seconds if done else self._rhythm.pause_seconds
            await asyncio.sleep(max(resting, spent / self._rhythm.share))

    async def _looked(self) -> bool:
        """Look once; False where the receiver takes nothing."""
        try:
            for row in (await _in_thread(self._reader.releases))[:_MOST_RELEASES]:
                if not await self._told_of(row):
                    return False
        except ShadowError as error:
            if str(error) != self._said:
                self._said = str(error)
                logger.warning("verdicts are not watched: %s", error)
        else:
            self._said = ""
        return True

    async def _told_of(self, row: ReleaseRow) -> bool:
        """Tell of a release if there is anything to tell; False where that could not be done."""
        try:
            judged = await self._board.current(row.name)
        except NotFoundError:
            return True
        decision, now = judged.verdict.decision, time.time()
        before = await _in_thread(self._told.last, row.name)
        if before == decision:
            return True
        mine = await _in_thread(self._told.take_up, row.name, before, decision.value, now)
        if not mine or (before is None and _is_no_news(row, decision, now)):
            return True
        await self._board.kept(judged)
        return await self._sent(_change(judged, before, self._link))

    async def _sent(self, change: Change) -> bool:
        sent = False
        try:
            sent = await self._webhook.send(change)
        finally:
            if not sent:
                given = (change.release, change.previous, change.decision, time.time())
                await _in_thread(self._told.give_back, *given)
        return sent


def watch_of(settings: Settings, store: Store, board: VerdictBoard) -> Watch | None:
    """Make the watch that settings ask for; raises `SettingsError` for a secret that is not there.

    None without a receiver, and where a store is only read: nobody could write down what was told.
    """
    notify = settings.notify
    if notify.url is None:
        return None
    if is_only_read(store):
        logger.warning("nobody is told of verdicts (notify.url), as the store is only read")
        return None
    secret = notify.signing_secret()
    webhook = Webhook(
        notify.url.get_secret_value(),
        notify.format,
        secret.get_secret_value() if secret else None,
    )
    return Watch(board, store, webhook, settings.web.url)


async def _in_thread[**P, T](call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call it in a thread; who is cancelled meanwhile waits for its end.

    It uses the store, which is closed once nobody watches any more.
    """
    doing = asyncio.ensure_future(asyncio.to_thread(call, *args, **kwargs))
    try:
        return await asyncio.shield(doing)
    except asyncio.CancelledError:
        await asyncio.wait((doing,))
        raise


def _is_no_news(row: ReleaseRow, decision: Decision, now: float) -> bool:
    """Whether a first decision is not worth telling: it says nothing yet, or is old."""
    return decision is Decision.INCONCLUSIVE or now - row.updated_at > _OLD_SECONDS


def _change(judged: Judged, before: str | None, link: str | None) -> Change:
    verdict = judged.verdict
    return Change(
        release=verdict.release,
        decision=verdict.decision.value,
        previous=before,
        verdict=judged.record.id,
        decided_at=verdict.decided_at,
        reasons=tuple(visible(each, _MOST_CHARS) for each in verdict.reasons[:_MOST_REASONS]),
        findings=judged.totals.findings,
        suspects=judged.totals.suspects,
        link=f"{link}/releases/{verdict.release}" if link else None,
    )
