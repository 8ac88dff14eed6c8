"""A way in that stands beside users' traffic: the admin tap of an Envoy that already runs.

If this process ends or stands still, no user's connection is touched. Envoy gives one tap at a
time; it is held as long as this runs, and asked for again when Envoy ends it.
"""

import asyncio
import contextlib
import logging
import signal
from collections.abc import Callable
from dataclasses import replace

from shadow.capture.intake import Intake
from shadow.capture.tap.admin import Attachment, NotAttachedError, TapOptions, answers, attach
from shadow.capture.tap.reader import TapReader
from shadow.errors import UnavailableError

logger = logging.getLogger(__name__)

_TAKEN = "already exists"
_FIRST_PAUSE_SECONDS = 0.2
_LONGEST_PAUSE_SECONDS = 5.0
_FREED_SECONDS = 3.0
"""How long the tap of a process that has just died may take to be free."""

_LONGEST_LATE_PAUSE_SECONDS = 300.0
_LOOK_SECONDS = 1.0
_ANSWER_SECONDS = 3.0


class EnvoyTap:
    """Holds the tap of an Envoy and gives what it tells to the intake."""

    def __init__(self, options: TapOptions, intake: Intake) -> None:
        self._options = options
        self._reader = TapReader(intake)
        self._stop = asyncio.Event()
        self._late_pause = options.late_pause_seconds
        self._pause_seconds = 0.0

    async def run(self, ready: Callable[[str], None]) -> None:
        """Work until SIGTERM or SIGINT, free the tap, and return.

        `ready` gets the address of the admin interface once the tap is held. Raises
        `UnavailableError` where it cannot be had in the first place.
        """
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, self._stop.set)
        attached = await self._first()
        if attached is not None:
            ready(self._options.address)
        while attached is not None:
            await self._hold(attached)
            attached = await self._again()

    async def _first(self) -> Attachment | None:
        """The tap, if it can be had without waiting long; None where it is time to stop."""
        loop = asyncio.get_running_loop()
        until = loop.time() + _FREED_SECONDS
        while not self._stop.is_set():
            try:
                return await attach(self._options, self._reader.feed)
            except NotAttachedError as error:
                if _TAKEN not in error.said or loop.time() > until:
                    raise UnavailableError(_what_to_do(self._options, error)) from None
            await self._pause(_FIRST_PAUSE_SECONDS)
        return None

    async def _hold(self, attached: Attachment) -> None:
        """Hold the tap until it ends, Envoy is late with it, or it is time to stop."""
        loop = asyncio.get_running_loop()
        since = loop.time()
        watch = asyncio.create_task(self._watch())
        try:
            await _first_of(attached.ended, self._stop, self._reader.late)
        finally:
            watch.cancel()
            attached.detach()
            self._reader.finish()
        held = loop.time() - since
        if held > _LONGEST_LATE_PAUSE_SECONDS:
            self._late_pause = self._options.late_pause_seconds
        if held > _LONGEST_PAUSE_SECONDS:
            self._pause_seconds = 0.0

    async def _watch(self) -> None:
        """See when Envoy no longer gets round to anything but writing traces down."""
        while await answers(self._options, _ANSWER_SECONDS):  # noqa: ASYNC110 - a clock
            await asyncio.sleep(_LOOK_SECONDS)
        self._reader.late.set()

    async def _again(self) -> Attachment | None:
        """The tap, as soon as it can be had; None where it is time to stop."""
        if self._stop.is_set():
            return None
        if self._reader.late.is_set():
            await self._leave_envoy_alone()
        else:
            logger.warning("Envoy ended the tap; what it was about to tell is lost")
        self._reader.begin()
        return await self._retried()

    async def _retried(self) -> Attachment | None:
        """Ask at once, and less often each time, until the tap was held for a while."""
        said = ""
        while True:
            await self._pause(self._pause_seconds)
            longer = max(_FIRST_PAUSE_SECONDS, self._pause_seconds * 2)
            self._pause_seconds = min(longer, _LONGEST_PAUSE_SECONDS)
            if self._stop.is_set():
                return None
            try:
                attached = await attach(self._options, self._reader.feed)
            except NotAttachedError as error:
                problem = _what_to_do(self._options, error)
            else:
                logger.warning("attached to Envoy again")
                return attached
            if problem != said:
                logger.error("%s; trying again", problem)
                said = problem

    async def _leave_envoy_alone(self) -> None:
        logger.error(
            "Envoy tells of its exchanges too late, as it serves more than it can write down: "
            "left alone for %g s, so that its memory does not grow; narrow capture.tap.match",
            self._late_pause,
        )
        await self._pause(self._late_pause)
        self._late_pause = min(self._late_pause * 2, _LONGEST_LATE_PAUSE_SECONDS)

    async def _pause(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._stop.wait(), seconds)


async def try_out(options: TapOptions) -> None:
    """Ask for the tap, of nothing at all, and free it; raises `UnavailableError` as `run` does."""
    nothing = replace(options, match={"not_match": {"any_match": True}})
    try:
        attached = await attach(nothing, lambda _: None)
    except NotAttachedError as error:
        raise UnavailableError(_what_to_do(options, error)) from None
    attached.detach()


def _what_to_do(options: TapOptions, error: NotAttachedError) -> str:
    envoy, config_id = f"Envoy's admin interface at {options.address}", options.config_id
    if error.status == 0:
        problem = f"{envoy} cannot be reached: {error.said}"
        return f"{problem}; is Envoy started, and is this the address of its `admin`?"
    if _TAKEN in error.said:
        problem = f"{envoy} has its tap taken already, and gives one at a time"
        return f"{problem}; end the other one: another `shadow tap`, or a request to /tap"
    if "Unknown config id" in error.said or error.status == 404:
        problem = f"{envoy} has no tap filter with `config_id: {config_id}`"
        return f"{problem}; add one (see docs/capture.md), or give the --config-id that it has"
    return f"{envoy} refuses the tap with {error.status}: {error.said}"


async def _first_of(ended: asyncio.Future[None], *events: asyncio.Event) -> None:
    waiting = [asyncio.create_task(_is_set(event)) for event in events]
    await asyncio.wait((ended, *waiting), return_when=asyncio.FIRST_COMPLETED)
    for each in waiting:
        each.cancel()


async def _is_set(event: asyncio.Event) -> None:
    await event.wait()
