"""The live process: capture and the live end of the queue."""

from functools import partial

from shadow.capture.intake import Intake, IntakePolicy
from shadow.model import Drop
from shadow.queue.lines import QueueLimits
from shadow.queue.local import LocalQueue
from shadow.queue.pulse import Pulse
from shadow.settings import Settings
from shadow.wiring.sentry import probe_mark, probes, sentry_of
from shadow.wiring.shared import queue_endpoint, unsafe_globs


class LiveSide:
    """The live process's part of Shadow: intake, the live end of the queue, and who watches."""

    def __init__(self, settings: Settings, source: str) -> None:
        capture = settings.capture
        limits = QueueLimits(max_exchanges=capture.queue_exchanges, max_bytes=capture.queue_bytes)
        self.queue = LocalQueue(queue_endpoint(settings), source, limits)
        self._settings = settings
        self._mark = probe_mark(settings)
        self.intake = Intake(
            intake_policy(settings),
            source,
            self.queue.offer,
            self._mark,
            refuses=self.queue.refusal,
        )
        self.queue.when_at_rest(partial(self.intake.lost, Drop.CANDIDATE_HELD_BACK))
        self.pulse = Pulse(self.queue, self.intake.counts)
        self.sentry = sentry_of(settings, self.intake, self.queue)

    def listens(self, address: str) -> None:
        """Measure from now on what is added between users at this address and the primary."""
        options = probes(self._settings, address, self._mark)
        if options is not None:
            self.sentry.probe(options)


def intake_policy(settings: Settings) -> IntakePolicy:
    """Which exchanges are shadowed, as the settings say."""
    capture = settings.capture
    return IntakePolicy(
        sample=capture.sample,
        sample_by=capture.sample_by,
        include=tuple(capture.include),
        exclude=tuple(capture.exclude),
        unsafe=unsafe_globs(settings, to_primary=settings.asks_primary_first),
        max_body_bytes=capture.max_body_bytes,
    )
