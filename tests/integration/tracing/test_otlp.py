"""Spans on their way to a real collector: which are sent, and what an absent one costs."""

import logging
import re
import threading
import time
from collections.abc import Iterator

import pytest

from shadow.trace_context import TraceParent
from shadow.tracing.otlp import MOST_WAITING, OtlpTracer
from tests.support.collector import collector
from tests.support.processes import refused, until

USER = TraceParent(trace_id="4bf92f3577b34da6a3ce929d0e0e4736", span_id="00f067aa0ba902b7", flags=3)


def parent(number: int, flags: int = 1) -> TraceParent:
    """One of many traces whose ids lie evenly."""
    low = number * 0x0123456789ABCDEF % 2**64
    return TraceParent(trace_id=f"{1:016x}{low:016x}", span_id="00f067aa0ba902b7", flags=flags)


def lost(log: pytest.LogCaptureFixture) -> list[list[int]]:
    """How many were lost and how many in all, of each line that says so."""
    return [[int(n) for n in re.findall(r"\d+", each.message)[:2]] for each in log.records]


def ask(tracer: OtlpTracer, many: int) -> None:
    for _ in range(many):
        span = tracer.begin("shadow ask candidate", USER)
        assert span is not None
        span.end({"shadow.target": "candidate"}, "", time.time_ns())


@pytest.fixture(autouse=True)
def no_thread_outlives_a_test() -> Iterator[None]:
    """One that still tries to send draws its pauses at random, which spoils others' tests."""
    before = set(threading.enumerate())
    yield
    for thread in set(threading.enumerate()) - before:
        thread.join(60)
        assert not thread.is_alive(), thread.name


def test_a_span_joins_the_users_trace_and_is_told_as_it_ended() -> None:
    with collector() as kept:
        tracer = OtlpTracer(kept.url, 1.0)
        span = tracer.begin("shadow ask candidate", USER)
        assert span is not None
        span.end({"shadow.endpoint": "x" * 10_000, "shadow.differences": 2}, "timeout", 2**62)
        tracer.close()
    (got,) = kept.spans
    assert (got.trace_id, got.parent_id) == (USER.trace_id, USER.span_id)
    assert (span.parent.trace_id, span.parent.span_id) == (got.trace_id, got.span_id)
    assert span.parent.span_id != USER.span_id
    assert span.parent.flags == USER.flags
    assert got.attributes["shadow.endpoint"] == "x" * 256
    assert got.attributes["shadow.differences"] == 2
    assert got.attributes["error.type"] == "timeout"
    assert (got.service, got.is_client, got.is_error) == ("shadow", True, True)


def test_the_environment_names_the_service_and_gives_credentials(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OTEL_SERVICE_NAME", "shadow-of-the-shop")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "authorization=Bearer%20x")
    with collector() as kept:
        tracer = OtlpTracer(kept.url, 1.0)
        ask(tracer, 1)
        tracer.close()
    assert kept.spans[0].service == "shadow-of-the-shop"
    assert kept.headers[0]["authorization"] == "Bearer x"


def test_a_trace_that_is_not_kept_is_not_joined() -> None:
    with collector() as kept:
        tracer = OtlpTracer(kept.url, 1.0)
        assert tracer.begin("shadow ask candidate", parent(1, flags=0)) is None
        assert tracer.begin("shadow ask candidate", parent(1, flags=2)) is None
        tracer.close()
    assert kept.spans == []


def test_a_share_of_the_traces_is_joined_and_of_those_every_span() -> None:
    with collector() as kept:
        tracer = OtlpTracer(kept.url, 0.25)
        joined = [tracer.begin("a", parent(n)) is not None for n in range(1000)]
        assert joined == [tracer.begin("b", parent(n)) is not None for n in range(1000)]
        tracer.close()
    assert 200 < sum(joined) < 300


def test_what_an_absent_collector_costs_is_a_line(caplog: pytest.LogCaptureFixture) -> None:
    tracer = OtlpTracer(refused(), 1.0)
    with caplog.at_level(logging.DEBUG, "shadow.tracing"):
        ask(tracer, 100)
        tracer.close()
    assert lost(caplog)[-1][1] == 100
    assert len(caplog.records) <= 2
    assert all(each.levelname == "WARNING" for each in caplog.records)


def test_a_refusing_collector_is_told_of(caplog: pytest.LogCaptureFixture) -> None:
    with collector(status=400) as kept, caplog.at_level(logging.DEBUG, "shadow"):
        tracer = OtlpTracer(kept.url, 1.0)
        ask(tracer, 3)
        tracer.close()
    assert lost(caplog) == [[3, 3]]
    assert kept.url.removeprefix("http://") in caplog.text


def test_what_finds_no_room_is_lost_and_counted(caplog: pytest.LogCaptureFixture) -> None:
    with collector(hangs=True) as kept, caplog.at_level(logging.DEBUG, "shadow"):
        tracer = OtlpTracer(kept.url, 1.0)
        ask(tracer, MOST_WAITING)
        until(lambda: kept.requests)
        ask(tracer, 3 * MOST_WAITING)
        kept.open.set()
        until(lambda: len(kept.spans) >= MOST_WAITING)
        tracer.close()
    assert lost(caplog)[-1][1] + len(kept.spans) == 4 * MOST_WAITING
    assert len(kept.spans) <= 2 * MOST_WAITING


def test_a_hanging_collector_does_not_hold_up_the_end(caplog: pytest.LogCaptureFixture) -> None:
    with collector(hangs=True) as kept, caplog.at_level(logging.DEBUG, "shadow"):
        tracer = OtlpTracer(kept.url, 1.0)
        ask(tracer, 10)
        tracer.close()
        assert not kept.spans
    assert lost(caplog) == [[10, 10]]
