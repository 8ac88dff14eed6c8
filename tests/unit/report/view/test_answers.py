"""Two answers side by side."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from shadow.model import (
    Difference,
    DifferenceKind,
    Example,
    Failure,
    FailureKind,
    Finding,
    Observation,
    Outcome,
    Reply,
    Request,
    Response,
)
from shadow.redact.redactor import Redactor
from shadow.report.view.answers import MAX_ROWS, answer_rows
from shadow.report.view.folding import folded
from shadow.report.view.marks import Known, Mark, marks_of
from shadow.report.view.rows import Cell, Row
from tests.support.releases import ORDERS, signature

KNOWN = Known(marks={("$.at", DifferenceKind.VALUE): Mark.NOISE})


def response(body: object, status: int = 200, **headers: str) -> Response:
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    pairs = tuple((name.encode(), value.encode()) for name, value in headers.items())
    return Response(status=status, headers=pairs, body=text, seconds=0.1)


def rows(primary: Response, candidate: Reply, *differences: Difference) -> list[Row]:
    found = differences[0] if differences else None
    place = signature(found.location, found.kind) if found else signature()
    example = Example(
        exchange_id="x",
        captured_at=0.0,
        request=Request(method="GET", target="/", headers=()),
        primary=primary,
        candidate=candidate,
        differences=differences,
    )
    finding = Finding(signature=place, compared=10, differing=1, noise=0, evidence=1.0)
    return list(answer_rows(primary, candidate, marks_of(example, finding, KNOWN)))


def differs(location: str, kind: DifferenceKind, pointer: str = "", **more: str) -> Difference:
    return Difference(location=location, kind=kind, pointer=pointer, **more)


def line(cell: Cell | None) -> str | None:
    return None if cell is None else f"{cell.before}{cell.differing}{cell.behind}".strip(",")


def marked(found: list[Row]) -> list[tuple[str | None, str | None, Mark]]:
    return [(line(row.primary), line(row.candidate), row.mark) for row in found if row.mark]


def test_finding_noise_and_what_is_not_counted_are_told_apart() -> None:
    found = rows(
        response({"total": 1, "at": "12:00", "x": 1}, date="now"),
        response({"total": 2, "at": "12:01", "x": 2}, date="then"),
        differs("$.total", DifferenceKind.VALUE, "/total"),
        differs("$.at", DifferenceKind.VALUE, "/at"),
    )
    assert marked(found) == [
        ("date: now", "date: then", Mark.UNCOUNTED),
        ('"total": 1', '"total": 2', Mark.FINDING),
        ('"at": "12:00"', '"at": "12:01"', Mark.NOISE),
        ('"x": 1', '"x": 2', Mark.UNCOUNTED),
    ]
    cell = next(row for row in found if row.mark is Mark.FINDING).primary
    assert cell == Cell(before='"total": ', differing="1", behind=",", indent=2)


def test_an_element_that_was_put_in_front_stands_alone() -> None:
    found = rows(
        response([{"id": 1}, {"id": 2}]),
        response([{"id": 9}, {"id": 1}, {"id": 2}]),
        differs("$[*]", DifferenceKind.EXTRA, "/0"),
    )
    assert marked(found) == [
        (None, "{", Mark.FINDING),
        (None, '"id": 9', Mark.FINDING),
        (None, "}", Mark.FINDING),
    ]


def test_an_element_that_is_gone_stands_alone() -> None:
    found = rows(
        response(["a", "b", "c"]),
        response(["a", "c"]),
        differs("$[*]", DifferenceKind.MISSING, "/1"),
    )
    assert marked(found) == [('"b"', None, Mark.FINDING)]


def test_members_are_paired_by_name_whatever_their_order() -> None:
    found = rows(
        response(b'{"a": 1, "b": 2, "a": 3}'),
        response(b'{"b": 2, "a": 1, "c~/": 4, "a": 3}'),
        differs("$.c", DifferenceKind.EXTRA, "/c~0~1"),
    )
    assert marked(found) == [(None, '"c~/": 4', Mark.FINDING)]


def test_a_value_that_became_an_object_is_marked_as_a_whole() -> None:
    found = rows(
        response({"a": 1}), response({"a": {"b": 1}}), differs("$.a", DifferenceKind.TYPE, "/a")
    )
    assert marked(found) == [
        ('"a": 1', '"a": {', Mark.FINDING),
        (None, '"b": 1', Mark.FINDING),
        (None, "}", Mark.FINDING),
    ]


def test_digits_are_shown_as_they_came() -> None:
    found = rows(
        response(b"[364.010, 12345678901234567890123]"),
        response(b"[364.01, 12345678901234567890123]"),
        differs("$[*]", DifferenceKind.VALUE, "/0"),
    )
    assert marked(found) == [("364.010", "364.01", Mark.FINDING)]


def test_lines_of_a_text_are_aligned_by_those_that_stand_once() -> None:
    found = rows(
        response(b"one\n\ntwo\n\nthree"),
        response(b"zero\none\n\ntwo!\n\nthree"),
        differs("body", DifferenceKind.VALUE),
    )
    assert marked(found) == [(None, "zero", Mark.FINDING), ("two", "two!", Mark.FINDING)]


def test_a_status_is_marked_and_what_was_not_compared_is_not() -> None:
    found = rows(
        response({"items": [1, 2]}),
        response({"error": "x"}, status=500),
        differs("status", DifferenceKind.STATUS_5XX),
    )
    assert marked(found) == [("status 200", "status 500", Mark.FINDING)]
    assert '"error": "x"' in [line(row.candidate) for row in found]


def test_no_answer_stands_beside_the_answer() -> None:
    failure = Failure(kind=FailureKind.TIMEOUT, detail="after 10 s", seconds=10)
    found = rows(response({"a": 1}), failure, differs("reply", DifferenceKind.FAILURE))
    assert marked(found) == [("status 200", "no answer (timeout): after 10 s", Mark.FINDING)]
    assert all(row.candidate is None for row in found[1:])


def test_a_body_that_was_cut_is_read_as_far_as_it_was_kept() -> None:
    def kept(total: int) -> Response:
        whole = response({"total": total, "items": [{"n": n, "name": "é"} for n in range(5_000)]})
        redactor = Redactor(key=b"k" * 32, max_body_bytes=2_000)
        request = Request(method="GET", target="/", headers=())
        observed = _observed(whole, request)
        example = redactor.clean(observed, request).example
        assert example is not None
        return example.primary

    found = rows(kept(1), kept(2), differs("$.total", DifferenceKind.VALUE, "/total"))
    assert marked(found) == [('"total": 1', '"total": 2', Mark.FINDING)]
    assert line(found[-1].primary) == "… the rest was not kept"
    assert len(found) > 50


def test_what_is_equal_is_folded_and_what_is_near_a_difference_is_not() -> None:
    body = {f"f{number}": number for number in range(100)}
    shown = folded(
        rows(
            response(body),
            response({**body, "f50": "x"}),
            differs("$.f50", DifferenceKind.TYPE, "/f50"),
        )
    )
    assert [(segment.is_folded, segment.lines) for segment in shown.segments] == [
        *((False, 3), (True, 48), (False, 5), (True, 48))
    ]
    assert shown.left_out == 0


def test_what_is_too_much_is_counted() -> None:
    shown = folded(
        rows(response(list(range(600))), response([]), differs("$[*]", DifferenceKind.MISSING))
    )
    assert sum(len(segment.rows) for segment in shown.segments) + shown.left_out == 604


def _observed(whole: Response, request: Request):
    example = Example(
        exchange_id="x",
        captured_at=0.0,
        request=request,
        primary=whole,
        candidate=whole,
        differences=(),
    )
    return Observation(
        exchange_id="x",
        endpoint=ORDERS,
        status=200,
        outcome=Outcome.COMPARED,
        example=example,
    )


JSON_LIKE = st.text(alphabet='{}[]:,"\\ 1e-.tn\n…\x00\u202e', max_size=60).map(str.encode)


@given(st.binary(max_size=60) | JSON_LIKE, JSON_LIKE)
@settings(deadline=None)
def test_any_two_bodies_can_be_shown(primary: bytes, candidate: bytes) -> None:
    found = rows(response(primary), response(candidate), differs("body", DifferenceKind.VALUE))
    assert len(found) <= MAX_ROWS + 1
    for row in found:
        for text in (line(row.primary), line(row.candidate)):
            assert text is None or all(c == "\xa0" or c.isprintable() for c in text)


def test_nesting_costs_no_more_than_its_text() -> None:
    deep = b"[" * 10_000
    found = rows(response(deep), response(deep + b"1"), differs("body", DifferenceKind.VALUE))
    assert len(found) < 10


def test_endless_answers_end() -> None:
    found = rows(response([1] * 20_000), response([1] * 20_000))
    assert len(found) == MAX_ROWS + 1
    assert line(found[-1].primary) == "… more lines, not read"
