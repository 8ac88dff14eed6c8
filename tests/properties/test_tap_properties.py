"""Whatever an Envoy's tap says and however it arrives: each trace is taken once, and nothing but
`TraceError` comes of what is none."""

import asyncio
import contextlib

from hypothesis import given, settings
from hypothesis import strategies as st

from shadow.capture.intake import Intake, IntakePolicy
from shadow.capture.tap.frames import Frames, Gap
from shadow.capture.tap.reader import TapReader
from shadow.capture.tap.traces import Captured, TraceError, read_trace
from shadow.model import Exchange, Headers, LiveCounts, Skip
from tests.support.effort import examples
from tests.support.traces import answered, asked, message, trace

_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
_NAMES = st.from_regex(r"[a-z][a-z0-9-]{0,10}", fullmatch=True).filter(
    lambda name: not name.startswith("x-envoy-") and name not in {"host", "content-length"}
)
_HEADERS = st.lists(st.tuples(_NAMES, _TEXT), max_size=6)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | _TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXT, inner, max_size=3),
    max_leaves=8,
)
_MESSAGES = st.builds(
    message, st.lists(st.tuples(_TEXT, _TEXT), max_size=4), st.binary(max_size=30)
)
_TRACES = st.builds(trace, _MESSAGES | _JSON, _MESSAGES | _JSON)


def _none_refused(method: str, target: str, headers: Headers) -> None:
    return None


def _all(frames: Frames) -> list[bytes | Gap]:
    found = []
    while (frame := frames.next()) is not None:
        found.append(frame if isinstance(frame, Gap) else bytes(frame))
    return found


def _fed(stream: bytes, cuts: list[int], most_bytes: int) -> list[bytes | Gap]:
    frames, found, begin = Frames(most_bytes), [], 0
    for cut in sorted({*(c % (len(stream) + 1) for c in cuts), len(stream)}):
        frames.feed(stream[begin:cut])
        found += _all(frames)
        begin = cut
    return found


@settings(max_examples=examples(100))
@given(st.lists(_TRACES, max_size=5), st.lists(st.integers(min_value=0), max_size=30))
def test_traces_are_the_same_however_the_stream_is_cut(
    traces: list[bytes], cuts: list[int]
) -> None:
    assert _fed(b"".join(traces), cuts, 1_000_000) == traces


@settings(max_examples=examples(100))
@given(st.lists(_TRACES, max_size=5), st.lists(st.integers(min_value=0), max_size=30))
def test_a_bound_on_their_size_lets_the_longer_ones_go_and_no_other(
    traces: list[bytes], cuts: list[int]
) -> None:
    bound = 300
    expected = [Gap.OVERLONG if len(text) > bound else text for text in traces]
    assert _fed(b"".join(traces), cuts, bound) == expected


@settings(max_examples=examples(100))
@given(st.lists(_TRACES, max_size=8), st.integers(min_value=0))
def test_shedding_counts_what_would_have_been_taken(traces: list[bytes], cut: int) -> None:
    stream = b"".join(traces)
    cut %= len(stream) + 1
    frames = Frames(1_000_000)
    frames.feed(stream[:cut])
    shed = frames.shed()
    frames.feed(stream[cut:])
    assert _all(frames) == traces[shed:]


@settings(max_examples=examples(200))
@given(st.binary(max_size=200) | _TRACES, st.integers(min_value=0), st.binary(max_size=3))
def test_bytes_that_are_no_trace_are_an_error_and_nothing_else(
    text: bytes, place: int, replaced: bytes
) -> None:
    place %= len(text) + 1
    with contextlib.suppress(TraceError):
        exchange = read_trace(text[:place] + replaced + text[place + 1 :], _none_refused).exchange
        assert isinstance(exchange, Captured | Skip)


@settings(max_examples=examples(100))
@given(_HEADERS, _HEADERS, st.binary(max_size=100), st.binary(max_size=100))
def test_headers_and_bodies_come_out_as_they_went_in(
    sent: list[tuple[str, str]], got: list[tuple[str, str]], upload: bytes, download: bytes
) -> None:
    got = [header for header in got if header[0] != "content-type"]
    text = trace(asked("/", *sent, body=upload), answered(200, *got, body=download))
    exchange = read_trace(text, _none_refused).exchange
    assert isinstance(exchange, Captured)
    assert exchange.request.headers[1:] == tuple((k.encode(), v.encode()) for k, v in sent)
    assert exchange.primary.headers[1:] == tuple((k.encode(), v.encode()) for k, v in got)
    assert (exchange.request.body, exchange.primary.body) == (upload, download)


@settings(max_examples=examples(50))
@given(st.lists(st.binary(max_size=60).map(lambda b: b + b"\n}\n") | _TRACES, max_size=6))
def test_every_trace_is_counted_once_whatever_is_in_it(texts: list[bytes]) -> None:
    stream = b"".join(texts)
    taken: list[Exchange] = []

    def offer(exchange: Exchange) -> bool:
        taken.append(exchange)
        return True

    async def read_all() -> LiveCounts:
        intake = Intake(IntakePolicy(), "test", offer)
        reader = TapReader(intake)
        reader.feed(stream)
        reader.finish()
        return intake.counts()

    counts = asyncio.run(read_all())
    number = len(_fed(stream, [], 1_000_000))
    assert counts.captured == number
    assert len(taken) + sum(ended for _, ended in counts.outcomes) == number
