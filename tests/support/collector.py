"""A collector that takes spans by OTLP over HTTP on a real socket, and keeps what it gets."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span


@dataclass(slots=True)
class Collected:
    """One span."""

    name: str
    trace_id: str
    span_id: str
    parent_id: str
    attributes: dict[str, str | int]
    service: str
    seconds: float
    is_client: bool
    is_error: bool


@dataclass(slots=True)
class Collector:
    """Where it is, what it got so far, and with which headers; it answers while it is `open`."""

    url: str = ""
    spans: list[Collected] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    requests: int = 0
    open: Event = field(default_factory=Event)


@contextmanager
def collector(status: int = 200, *, hangs: bool = False) -> Iterator[Collector]:
    """Answer each request so; with `hangs`, once `open` is set."""
    kept = Collector()
    if not hangs:
        kept.open.set()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            kept.requests += 1
            kept.open.wait(60)
            kept.headers.append({k.lower(): v for k, v in self.headers.items()})
            if status == 200 and self.path == "/v1/traces":
                kept.spans += _read(body)
            self.send_response(status)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    kept.url = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield kept
    finally:
        kept.open.set()
        server.shutdown()
        server.server_close()
        thread.join()


def _read(body: bytes) -> list[Collected]:
    told = ExportTraceServiceRequest.FromString(body)
    return [
        Collected(
            name=span.name,
            trace_id=span.trace_id.hex(),
            span_id=span.span_id.hex(),
            parent_id=span.parent_span_id.hex(),
            attributes=_values(span.attributes),
            service=str(_values(resource.resource.attributes)["service.name"]),
            seconds=(span.end_time_unix_nano - span.start_time_unix_nano) / 1e9,
            is_client=span.kind == Span.SPAN_KIND_CLIENT,
            is_error=span.status.code == 2,
        )
        for resource in told.resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    ]


def _values(attributes) -> dict[str, str | int]:
    return {each.key: getattr(each.value, each.value.WhichOneof("value")) for each in attributes}
