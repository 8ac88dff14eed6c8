import subprocess
import sys

import pytest

from shadow.capture.intake import Intake, IntakePolicy, unconditional
from shadow.model import Drop, Exchange, Headers, Outcome, OutcomeKey, Request, Response, Skip

_OK = Response(status=200, headers=(), body=b"ok", seconds=0.1)


def intake(**policy: object) -> Intake:
    return Intake(IntakePolicy(**policy), "test", lambda _: True)  # type: ignore[arg-type]


def request(target: str = "/", headers: Headers = ()) -> Request:
    return Request(method="GET", target=target, headers=headers)


def taken(of: Intake, headers: list[Headers]) -> int:
    return sum(of.refusal("GET", "/", head) is None for head in headers)


def by(name: bytes, values: int) -> list[Headers]:
    return [((name, b"%d" % n),) for n in range(values)]


@pytest.mark.parametrize("share", [0.01, 0.25, 0.5, 0.9])
@pytest.mark.parametrize(
    ("sample_by", "header"),
    [
        ("request", b"x-request-id"),
        ("request", b"traceparent"),
        ("request", b"x-anything"),
        ("header:X-User", b"x-user"),
        ("header:X-User", b"x-missing"),
    ],
)
def test_share_is_kept_over_10_000_keys(share: float, sample_by: str, header: bytes) -> None:
    found = taken(intake(sample=share, sample_by=sample_by), by(header, 10_000))
    five_sigma = 5 * (10_000 * share * (1 - share)) ** 0.5
    assert abs(found - 10_000 * share) < five_sigma


@pytest.mark.parametrize(
    ("target", "is_taken"), [("/items/1", True), ("/items/3", False), ("/carts/1", False)]
)
def test_only_narrows_what_is_included(target: str, is_taken: bool) -> None:
    narrowed = intake(include=("GET /items/*", "GET /users/*"), only=("* /items/1*", "* /carts/*"))
    refusal = narrowed.refusal("GET", target, ())
    assert refusal is (None if is_taken else Skip.EXCLUDED)


def test_all_are_taken_by_default() -> None:
    assert taken(intake(), by(b"x-request-id", 1000)) == 1000


def test_same_key_decides_the_same_whatever_else_the_request_says() -> None:
    half = intake(sample=0.5, sample_by="cookie:session")
    for n in range(100):
        first = half.refusal("GET", "/a", ((b"Cookie", b"x=1; session=%d" % n), (b"X", b"1")))
        later = half.refusal("HEAD", "/b", ((b"cookie", b"session=%d;y=2" % n),))
        assert first == later


def test_larger_share_takes_all_that_a_smaller_one_takes() -> None:
    small, large = intake(sample=0.2), intake(sample=0.6)
    for headers in by(b"x-request-id", 500):
        if small.refusal("GET", "/", headers) is None:
            assert large.refusal("GET", "/", headers) is None


def test_another_process_decides_the_same() -> None:
    program = (
        "from shadow.capture.intake import *;"
        "half = Intake(IntakePolicy(sample=0.5), 'other', lambda _: True);"
        "print([half.refusal('GET', '/', ((b'x-request-id', b'%d' % n),)) is None"
        " for n in range(100)])"
    )
    ran = subprocess.run((sys.executable, "-c", program), capture_output=True, check=True)
    half = intake(sample=0.5)
    here = [half.refusal("GET", "/", headers) is None for headers in by(b"x-request-id", 100)]
    assert ran.stdout.decode().strip() == str(here)


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_safe_methods_are_taken(method: str) -> None:
    assert intake().refusal(method, "/", ()) is None


@pytest.mark.parametrize(
    "method", ["POST", "PUT", "PATCH", "DELETE", "TRACE", "CONNECT", "get", ""]
)
def test_other_methods_are_left_out(method: str) -> None:
    assert intake().refusal(method, "/", ()) is Skip.METHOD


def test_query_takes_no_part_in_include_and_exclude() -> None:
    some = intake(include=("GET /a",), exclude=("*x=1*",))
    assert some.refusal("GET", "/a?x=1", ()) is None


def test_exclude_wins_over_include() -> None:
    some = intake(include=("GET /*",), exclude=("GET /health*",))
    assert some.refusal("GET", "/healthz", ()) is Skip.EXCLUDED


def test_globs_have_no_meaning_as_patterns() -> None:
    some = intake(include=("GET /a.b+(c)",))
    assert some.refusal("GET", "/a.b+(c)", ()) is None
    assert some.refusal("GET", "/aXb+(c)", ()) is Skip.EXCLUDED


def test_opted_in_endpoint_is_still_subject_to_include() -> None:
    some = intake(unsafe=("POST /a",), include=("GET *",))
    assert some.refusal("POST", "/a", ()) is Skip.EXCLUDED


@pytest.mark.parametrize(
    "name", [b"X-HTTP-Method-Override", b"x-http-method", b"X-Method-Override"]
)
@pytest.mark.parametrize("meant", [b"DELETE", b" put ", b"GET, DELETE", b"BREW"])
def test_a_read_that_means_a_write_is_left_out(name: bytes, meant: bytes) -> None:
    opted_in = intake(unsafe=("* /items/*",))
    assert opted_in.refusal("GET", "/items/1", ((name, meant),)) is Skip.METHOD
    others = ((name, b"GET"), (b"X-HTTP-Method-Override", meant), (name, b"HEAD"))
    assert opted_in.refusal("GET", "/items/1", others) is Skip.METHOD


@pytest.mark.parametrize("query", ["_method=delete", "a=b&_method=GET&_method=%44ELETE"])
def test_a_read_that_means_a_write_by_its_query_is_left_out(query: str) -> None:
    assert intake().refusal("GET", f"/items/1?{query}", ()) is Skip.METHOD


@pytest.mark.parametrize("target", ["/?_method=get", "/?shipping_method=DELETE", "/?_method="])
def test_a_read_that_means_a_read_is_taken(target: str) -> None:
    assert intake().refusal("GET", target, ((b"X-HTTP-Method", b"head"),)) is None


def test_a_write_that_means_another_needs_both_opted_in() -> None:
    as_delete = ((b"x-http-method-override", b"DELETE"),)
    one, both = intake(unsafe=("POST /a",)), intake(unsafe=("POST /a", "DELETE /a"))
    assert one.refusal("POST", "/a", as_delete) is Skip.METHOD
    assert both.refusal("POST", "/a", as_delete) is None


@pytest.mark.parametrize(
    "path",
    [
        "/orders/../payments",
        "/orders/%2e%2E/payments",
        "/orders/x/..%2f../payments",
        "/orders/..\\payments",
        "/orders/.%2e%5cpayments/",
        "/orders/..;/payments",
        "/orders/%2e%2e%3bx=1/payments",
    ],
)
def test_a_path_that_leads_out_of_what_is_opted_in_is_left_out(path: str) -> None:
    assert intake(unsafe=("POST /orders/*",)).refusal("POST", path, ()) is Skip.METHOD


@pytest.mark.parametrize(
    "path", ["/orders/a%20b", "/orders/caf%C3%A9", "/orders/./1", "/orders//1"]
)
def test_a_path_that_stays_in_what_is_opted_in_is_taken(path: str) -> None:
    assert intake(unsafe=("POST /orders/*",)).refusal("POST", path, ()) is None


def test_what_is_opted_in_may_be_written_with_percent_signs() -> None:
    assert intake(unsafe=("POST /caf%C3%A9",)).refusal("POST", "/caf%C3%A9", ()) is None


@pytest.mark.parametrize(
    "path", ["/%6cogout", "/logout;a=b", "//logout", "/a/../logout", "/./logout", "/\\logout"]
)
def test_what_is_excluded_stays_so_however_its_path_is_written(path: str) -> None:
    assert intake(exclude=("GET /logout",)).refusal("GET", path, ()) is Skip.EXCLUDED


@pytest.mark.parametrize("target", ["*", "", "shop.example:443"])
def test_targets_without_path_are_left_out(target: str) -> None:
    assert intake().refusal("OPTIONS", target, ()) is Skip.EXCLUDED


def test_loop_guard_wins_over_all_else() -> None:
    guarded = ((b"X-Shadow-Loop-Guard", b""),)
    assert intake(unsafe=("*",)).refusal("POST", "/", guarded) is Skip.LOOP_GUARD


def test_exchanges_get_ids_of_their_own() -> None:
    offered: list[Exchange] = []
    some = Intake(IntakePolicy(), "here", lambda e: offered.append(e) is None)
    some.take(request(), _OK, 7.0)
    some.take(request(), _OK, 8.0)
    assert [(e.id, e.captured_at) for e in offered] == [("here-1", 7.0), ("here-2", 8.0)]


def test_every_captured_exchange_is_counted_once() -> None:
    answers = iter([True, False, True])
    some = Intake(IntakePolicy(), "here", lambda _: next(answers))
    for _ in range(3):
        some.take(request(), _OK, 0.0)
    some.skip(Skip.METHOD)
    some.failed()
    some.lost(Drop.WORKER_DIED, 2)
    counts = some.counts()
    assert counts.captured == 5
    assert dict(counts.outcomes) == {
        OutcomeKey(outcome=Outcome.DROPPED, reason=Drop.QUEUE_FULL): 1,
        OutcomeKey(outcome=Outcome.DROPPED, reason=Drop.INTERNAL_ERROR): 1,
        OutcomeKey(outcome=Outcome.DROPPED, reason=Drop.WORKER_DIED): 2,
        OutcomeKey(outcome=Outcome.SKIPPED, reason=Skip.METHOD): 1,
    }


def test_nothing_is_copied_that_the_queue_refuses() -> None:
    why = [None, Drop.CANDIDATE_HELD_BACK, Drop.QUEUE_FULL]
    some = Intake(IntakePolicy(exclude=("* /healthz",)), "here", lambda _: True, refuses=why.pop)
    assert some.refusal("GET", "/healthz", ()) is Skip.EXCLUDED
    assert some.refusal("GET", "/", ()) is Drop.QUEUE_FULL
    assert some.refusal("GET", "/", ()) is Drop.CANDIDATE_HELD_BACK
    assert some.refusal("GET", "/", ()) is None


@pytest.mark.parametrize(
    ("why", "counted"),
    [(None, Drop.QUEUE_FULL), (Drop.CANDIDATE_HELD_BACK, Drop.CANDIDATE_HELD_BACK)],
)
def test_what_the_queue_takes_no_more_when_it_is_whole_ends_as_the_queue_says(
    why: Drop | None, counted: Drop
) -> None:
    some = Intake(IntakePolicy(), "here", lambda _: False, refuses=lambda: why)
    some.take(request(), _OK, 0.0)
    counts = some.counts()
    assert counts.captured == 1
    assert dict(counts.outcomes) == {OutcomeKey(outcome=Outcome.DROPPED, reason=counted): 1}


def test_exchange_that_the_queue_breaks_on_is_not_counted_by_take() -> None:
    def broken(_: Exchange) -> bool:
        raise OSError

    some = Intake(IntakePolicy(), "here", broken)
    with pytest.raises(OSError):  # noqa: PT011 - it is the very one
        some.take(request(), _OK, 0.0)
    assert some.counts().captured == 0


def test_validators_and_ranges_are_removed_whatever_their_case() -> None:
    names = (b"If-None-Match", b"if-modified-since", b"IF-MATCH", b"If-Range", b"Range")
    headers = ((b"Host", b"x"), *((name, b"1") for name in names), (b"Accept", b"*/*"))
    assert unconditional(request(headers=headers)).headers == (
        (b"Host", b"x"),
        (b"Accept", b"*/*"),
    )


def test_request_without_validators_stays_the_same_object() -> None:
    plain = request(headers=((b"Host", b"x"),))
    assert unconditional(plain) is plain
