"""Spans sent to a collector by OTLP over HTTP: the only module of OpenTelemetry's, of an extra.

Sending is done by a thread of its own from a queue that has an end; what finds no room or no
collector is lost, counted, and said once a minute at most. The worker waits for none of it.
"""

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from threading import Lock, Thread
from urllib.parse import urlsplit

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, SpanLimits, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ParentBased, TraceIdRatioBased
from opentelemetry.trace import (
    NonRecordingSpan,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
    set_span_in_context,
)
from opentelemetry.trace import Span as OtelSpan

from shadow.trace_context import TraceParent
from shadow.tracing.asks import Attributes, Span
from shadow.tracing.losses import Losses

logger = logging.getLogger(__name__)

MOST_WAITING = 2048
"""How many spans wait to be sent, at most."""

_BATCH = 512
_MILLISECONDS_BETWEEN = 1000
_LAST_SECONDS = 3.0
"""How long a worker that ends may take to send what waits."""

_LONGEST_ATTRIBUTE = 256
_NAME = "service.name"


class OtlpTracer:
    """Begins spans in the traces that are kept, a `share` of them, and sends them.

    `endpoint` is the collector's, without the path for spans. What else it takes is read from the
    environment, by the names that OpenTelemetry gives: headers, certificates, the service's name.
    Raises ValueError for what it cannot read there.
    """

    def __init__(self, endpoint: str, share: float) -> None:
        # It says each time, and in its own words, what is counted and said here.
        logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)
        self._losses = Losses(partial(_say, urlsplit(endpoint).netloc), time.monotonic)
        sending = OTLPSpanExporter(endpoint=f"{endpoint}/v1/traces")
        self._exporter = _CountingExporter(sending, self._losses)
        self._ended = 0
        self._provider = TracerProvider(
            sampler=ParentBased(root=ALWAYS_OFF, remote_parent_sampled=TraceIdRatioBased(share)),
            resource=_resource(),
            shutdown_on_exit=False,
            span_limits=SpanLimits(max_span_attribute_length=_LONGEST_ATTRIBUTE),
        )
        processor = BatchSpanProcessor(
            self._exporter,
            max_queue_size=MOST_WAITING,
            schedule_delay_millis=_MILLISECONDS_BETWEEN,
            max_export_batch_size=_BATCH,
            # It has no effect there; given, it is not read from the environment.
            export_timeout_millis=_MILLISECONDS_BETWEEN,
        )
        self._provider.add_span_processor(processor)
        self._tracer = self._provider.get_tracer("shadow")

    def begin(self, name: str, parent: TraceParent) -> Span | None:
        """Begin a span beneath another; None where that trace is not to be joined."""
        user = SpanContext(
            trace_id=int(parent.trace_id, 16),
            span_id=int(parent.span_id, 16),
            is_remote=True,
            trace_flags=TraceFlags(parent.flags),
        )
        within = set_span_in_context(NonRecordingSpan(user))
        span = self._tracer.start_span(name, within, kind=SpanKind.CLIENT)
        return _OtlpSpan(span, parent, self) if span.is_recording() else None

    def hand_on(self, span: OtelSpan, ended_at: int) -> None:
        """End a span where there is room for it, and count it as lost where there is none."""
        if self._ended - self._exporter.taken >= MOST_WAITING:
            self._losses.add(1)
            return
        self._ended += 1
        span.end(ended_at)

    def close(self) -> None:
        """Send what waits, within a few seconds, and say what was lost."""
        # Its own limits are longer than a worker that is stopped may take.
        last = Thread(target=self._provider.shutdown, daemon=True)
        last.start()
        last.join(_LAST_SECONDS)
        self._exporter.give_up(self._ended)
        self._losses.close()


@dataclass(frozen=True, slots=True)
class _OtlpSpan:
    _span: OtelSpan
    _user: TraceParent
    _tracer: OtlpTracer

    @property
    def parent(self) -> TraceParent:
        """The span itself, in the same trace, with the same flags."""
        span_id = f"{self._span.get_span_context().span_id:016x}"
        return TraceParent(trace_id=self._user.trace_id, span_id=span_id, flags=self._user.flags)

    def end(self, attributes: Attributes, error: str, ended_at: int) -> None:
        """Hand it on, with the nanosecond it ended at; `error` is empty if there was none."""
        self._span.set_attributes(dict(attributes))
        if error:
            self._span.set_attribute("error.type", error)
            self._span.set_status(Status(StatusCode.ERROR))
        self._tracer.hand_on(self._span, ended_at)


class _CountingExporter(SpanExporter):
    """Sends spans, and counts those `taken` from the queue, and those that are lost."""

    def __init__(self, sending: SpanExporter, losses: Losses) -> None:
        self._sending = sending
        self._losses = losses
        self._settling = Lock()
        self._settled = 0
        self._is_over = False
        self.taken = 0

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Send a batch; it is tried again for a few seconds."""
        self.taken += len(spans)
        result = SpanExportResult.FAILURE
        try:
            result = self._sending.export(spans)
        finally:
            self._settle(len(spans), is_lost=result is not SpanExportResult.SUCCESS)
        return result

    def give_up(self, ended: int) -> None:
        """Count as lost what has not been sent by now, of so many spans that have ended."""
        with self._settling:
            self._is_over = True
            if ended > self._settled:
                self._losses.add(ended - self._settled)

    def _settle(self, many: int, *, is_lost: bool) -> None:
        with self._settling:
            if self._is_over:
                return
            self._settled += many
            if is_lost:
                self._losses.add(many)

    def shutdown(self) -> None:
        """Close the connection."""
        self._sending.shutdown()


def _say(collector: str, since: int, in_all: int) -> None:
    said = "%d spans were not sent, %d in all: the collector %s did not take them"
    logger.warning(said, since, in_all, collector)


def _resource() -> Resource:
    """What sends the spans: as the environment names it, else `shadow`."""
    found = Resource.create()
    is_named = not str(found.attributes[_NAME]).startswith("unknown_service")
    name = {} if is_named else {_NAME: "shadow"}
    return found.merge(Resource({**name, "service.version": version("shadow-verify")}))
