"""What the differ keeps to, whatever the answers are."""

import json
from base64 import urlsafe_b64encode
from copy import deepcopy
from datetime import UTC, datetime, timedelta, timezone
from fractions import Fraction
from random import Random
from uuid import UUID

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.provisional import urls

from shadow.diff.compare import Comparer
from shadow.diff.endpoints.router import EndpointRouter
from shadow.diff.excerpt import json_excerpt
from shadow.diff.rules.book import Rule, RuleBook, parse_location
from shadow.diff.rules.folding import FOLDING
from shadow.diff.rules.patterns import Spot
from shadow.diff.rules.rule import PLAIN_ACTIONS, AsSet, Decode, Tolerance, Unordered
from shadow.diff.shape import shape_changed
from shadow.model import Differences, Endpoint, Request, Response
from tests.support.effort import examples
from tests.unit.diff.pairs import compare_json, only, where

type Json = bool | int | float | str | list[Json] | dict[str, Json] | None

TEXTS = st.text(st.characters(exclude_categories=()), max_size=12)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-3, 3)
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(TEXTS, inner, max_size=5),
    max_leaves=25,
)
CONTAINERS = st.lists(VALUES, max_size=6) | st.dictionaries(TEXTS, VALUES, max_size=6)
ENDPOINT = Endpoint(method="GET", template="/")


def shown(value: Json, draw: Random) -> str:
    """A JSON text of the value, with some order of names and some white space."""
    return json.dumps(
        _reordered(value, draw),
        ensure_ascii=draw.random() < 0.5 or _has_surrogate(value),
        indent=draw.choice([None, 1]),
    )


def _reordered(value: Json, draw: Random) -> Json:
    if isinstance(value, list):
        return [_reordered(element, draw) for element in value]
    if isinstance(value, dict):
        names = draw.sample(list(value), len(value))
        return {name: _reordered(value[name], draw) for name in names}
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**53:
        return draw.choice([value, float(value)])
    return value


def _has_surrogate(value: Json) -> bool:
    return any(0xD800 <= ord(c) <= 0xDFFF for c in json.dumps(value, ensure_ascii=False))


@given(VALUES, st.randoms(use_true_random=False))
def test_a_value_is_equal_to_itself_however_it_is_written(value, draw):
    assert compare_json(shown(value, draw), shown(value, draw)) == ()


@given(st.binary(max_size=80) | st.text(max_size=40).map(str.encode), st.booleans())
def test_any_body_is_equal_to_itself(body, is_json):
    content_type = b"application/json" if is_json else b"text/plain"
    headers = ((b"content-type", content_type), (b"content-encoding", b"gzip"))
    primary = Response(status=200, headers=headers, body=body, seconds=0.0)
    assert Comparer().compare("GET", primary, primary).differences() == ()


@given(st.binary(max_size=80), st.binary(max_size=80), st.sampled_from(["gzip", "br", "zstd"]))
def test_two_bodies_that_are_not_equal_are_never_reported_equal_when_undecodable(
    one, other, coding
):
    assume(one != other)
    headers = ((b"content-encoding", coding.encode()),)
    first = Response(status=200, headers=headers, body=b"\0" + one, seconds=0.0)
    second = Response(status=200, headers=headers, body=b"\0" + other, seconds=0.0)
    assert Comparer().compare("GET", first, second).differences() != ()


@given(VALUES, VALUES)
def test_a_difference_is_seen_from_both_sides(one, other):
    here, there = (
        compare_json(json.dumps(one), json.dumps(other)),
        compare_json(json.dumps(other), json.dumps(one)),
    )
    assert bool(here) == bool(there)
    assert bool(here) == (not _same(one, other))


def _same(one: Json, other: Json) -> bool:
    """JSON's equality, by its definition."""
    if isinstance(one, bool) or isinstance(other, bool) or one is None or other is None:
        return one is other
    if isinstance(one, int | float) and isinstance(other, int | float):
        return one == other
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(one[n], other[n]) for n in one)
    return type(one) is type(other) and one == other


type Path = tuple[str | int, ...]


def paths(value: Json, above: Path = ()) -> list[Path]:
    """All places below a value."""
    members = (
        enumerate(value)
        if isinstance(value, list)
        else (value.items() if isinstance(value, dict) else ())
    )
    return [
        path for step, inner in members for path in ((*above, step), *paths(inner, (*above, step)))
    ]


def pointer(path: Path) -> str:
    steps = (str(step).encode("utf-8", "backslashreplace").decode() for step in path)
    return "".join("/" + step.replace("~", "~0").replace("/", "~1") for step in steps)


@given(CONTAINERS, st.data())
def test_a_planted_change_is_found_at_its_pointer(primary, data):
    path = data.draw(st.sampled_from(paths(primary) or [None]))
    assume(path is not None)
    candidate = deepcopy(primary)
    holder = candidate
    for step in path[:-1]:
        holder = holder[step]
    holder[path[-1]] = "planted" if holder[path[-1]] != "planted" else "other"
    difference = only(compare_json(json.dumps(primary), json.dumps(candidate)))
    assert difference.pointer == pointer(path)
    assert difference.kind.value in {"value", "shape", "type", "null"}
    assert difference.location.count("[*]") >= sum(isinstance(step, int) for step in path)


@given(CONTAINERS, st.data())
def test_a_rule_for_the_location_of_a_difference_covers_it(primary, data):
    candidate = data.draw(CONTAINERS)
    for difference in compare_json(json.dumps(primary), json.dumps(candidate)):
        spot = Spot(difference.location, difference.pointer)
        assert parse_location(difference.location).covers(spot)
        assert parse_location(difference.location).is_at(spot)
        assert parse_location(difference.location).may_cover(difference.location)


@given(st.dictionaries(TEXTS, VALUES, min_size=1, max_size=6), st.data())
def test_a_lost_member_is_missing_and_a_new_one_extra(whole, data):
    name = data.draw(st.sampled_from(sorted(whole)))
    partial = {n: value for n, value in whole.items() if n != name}
    lost = only(compare_json(json.dumps(whole), json.dumps(partial)))
    assert (lost.kind.value, lost.pointer) == ("missing", pointer((name,)))
    new = only(compare_json(json.dumps(partial), json.dumps(whole)))
    assert (new.kind.value, new.pointer) == ("extra", pointer((name,)))
    assert lost.location == new.location


@given(st.lists(VALUES, max_size=12), st.randoms(use_true_random=False))
def test_a_shuffled_list_has_another_order_or_is_the_same(elements, draw):
    other = draw.sample(elements, len(elements))
    expected = [] if _same(elements, other) else [("$", "order")]
    assert where(compare_json(json.dumps(elements), json.dumps(other))) == expected


@given(st.lists(VALUES, max_size=12), VALUES, st.data())
def test_an_inserted_element_is_one_difference(elements, new, data):
    at = data.draw(st.integers(0, len(elements)))
    longer = [*elements[:at], new, *elements[at:]]
    assert where(compare_json(json.dumps(elements), json.dumps(longer))) == [("$[*]", "extra")]
    assert where(compare_json(json.dumps(longer), json.dumps(elements))) == [("$[*]", "missing")]


@given(st.lists(VALUES, min_size=1, max_size=12), st.randoms(use_true_random=False))
def test_a_shuffled_list_that_lost_an_element_never_passes_as_unordered(elements, draw):
    book = RuleBook.of(
        [Rule(name="r", action=Unordered(), location="$", reason="-")],
        datetime(2026, 1, 1, tzinfo=UTC).date(),
    )
    other = draw.sample(elements, len(elements))[1:]
    found = compare_json(json.dumps(elements), json.dumps(other), rules=book.at(ENDPOINT))
    assert any(difference.excused_by is None for difference in found)


RULES = st.builds(
    Rule,
    name=st.just("r"),
    action=st.sampled_from([*PLAIN_ACTIONS.values(), Unordered(), Unordered(key=("a",)), Decode()]),
    location=st.sampled_from(["$", "$[*]", "$..a", "$.a", "body", "$.*.*"]),
    reason=st.just("-"),
)


def _pairs(rule: Rule) -> bool:
    """Whether a rule has a say in which elements of a list belong together."""
    if isinstance(rule.action, Unordered):
        return bool(rule.action.key)
    return isinstance(rule.action, (AsSet, *FOLDING))


def _has_list(value: Json) -> bool:
    if isinstance(value, dict):
        return any(map(_has_list, value.values()))
    return isinstance(value, list)


@given(st.lists(st.integers(0, 50), min_size=2, max_size=8, unique=True), st.data())
def test_what_no_rule_excuses_is_found_whatever_pairs_elements(numbers, data):
    """A list of objects, some members of which rules let differ; one number is lost or changed."""
    draw = data.draw(st.randoms(use_true_random=False))
    one = [
        {"n": number, "at": f"2026-01-{1 + number % 9:02}", "w": number / 4} for number in numbers
    ]
    other = [{"n": row["n"], "at": "2026-02-02", "w": row["w"] + 0.125} for row in one]
    at = draw.randrange(len(other))
    if draw.random() < 0.5:
        other.pop(at)
    else:
        other[at]["n"] = 99
    rules = [
        Rule(name="at", action=PLAIN_ACTIONS["ignore"], location="$[*].at", reason="-"),
        Rule(name="w", action=Tolerance(absolute=Fraction(1, 4)), location="$[*].w", reason="-"),
    ]
    if draw.random() < 0.7:
        draw.shuffle(other)
        action = draw.choice([Unordered(), PLAIN_ACTIONS["set"]])
        rules.append(Rule(name="order", action=action, location="$", reason="-"))
    book = RuleBook.of(rules, datetime(2026, 1, 1, tzinfo=UTC).date())
    marked = compare_json(json.dumps(one), json.dumps(other), rules=book.at(ENDPOINT))
    left = [difference for difference in marked if difference.excused_by is None]
    assert {difference.kind.value for difference in left} <= {"missing", "extra", "value"}
    assert 1 <= len(left) <= 2


@given(VALUES, VALUES, st.lists(RULES, max_size=4))
def test_rules_mark_and_change_nothing_else(one, other, rules):
    found = compare_json(json.dumps(one), json.dumps(other))
    book = RuleBook.of(rules, datetime(2026, 1, 1, tzinfo=UTC).date())
    marked = compare_json(json.dumps(one), json.dumps(other), rules=book.at(ENDPOINT))
    assert bool(found) == bool(marked)
    # Where rules say which elements of lists belong together, they say what differs.
    if not (any(map(_pairs, rules)) and (_has_list(one) or _has_list(other))):
        assert {_unmarked(d) for d in found} <= {_unmarked(d) for d in marked}


def _unmarked(difference) -> tuple[object, ...]:
    return difference.location, difference.kind, difference.pointer, difference.primary


@given(VALUES, st.integers(1, 60))
def test_a_text_of_a_value_is_short(value, size):
    assert len(json_excerpt(value, size)) <= max(size * 7, 60)


def _differ_in_shape(make, runs: int) -> int:
    DRAW.seed(20_260_102)
    return sum(shape_changed(make(), make()) for _ in range(runs))


DRAW = Random()
BASE62 = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
FIRST, LAST = ["Ann", "José", "Li", "Nguyễn", "Mary-Jane", "O"], ["O'Brien", "de la Cruz", "Wu"]


def _text(alphabet: str, length: int) -> str:
    return "".join(DRAW.choices(alphabet, k=length))


def _urlsafe(size: int) -> str:
    return urlsafe_b64encode(DRAW.randbytes(size)).decode().rstrip("=")


def _moment() -> datetime:
    return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(microseconds=DRAW.randrange(10**15))


def _some_fraction() -> str:
    fraction = f"{DRAW.randrange(10 ** DRAW.randint(1, 9))}".rstrip("0")
    return f"{_moment():%Y-%m-%dT%H:%M:%S}" + (f".{fraction}Z" if fraction else "Z")


GENERATORS = {
    "uuid4": lambda: str(UUID(int=DRAW.getrandbits(128), version=4)),
    "uuid without dashes": lambda: UUID(int=DRAW.getrandbits(128), version=4).hex,
    **{f"hex {n}": lambda n=n: DRAW.randbytes(n).hex() for n in (2, 4, 8, 12, 16, 20, 32, 64)},
    "unpadded hex": lambda: f"{DRAW.getrandbits(64):x}",
    "unpadded long hex": lambda: f"{DRAW.getrandbits(128):x}",
    **{f"urlsafe {n}": lambda n=n: _urlsafe(n) for n in (3, 6, 9, 12, 16, 24, 32)},
    "urlsafe of any length": lambda: _urlsafe(DRAW.randint(12, 20)),
    "ulid": lambda: "01" + _text(CROCKFORD, 24),
    "nanoid": lambda: _text(BASE62 + "_-", 21),
    "short nanoid": lambda: _text(BASE62, 10),
    "lower base 36": lambda: _text(BASE62[:36], 12),
    "prefixed id": lambda: "cus_" + _text(BASE62, 14),
    "short prefixed id": lambda: "ord_" + _text(BASE62[:36], 8),
    "digits": lambda: str(DRAW.randrange(10**9)),
    "time in UTC, any fraction": _some_fraction,
    "time with offset": lambda: _moment().astimezone(timezone(timedelta(hours=2))).isoformat(),
    "time without zone": lambda: _moment().replace(tzinfo=None).isoformat(" "),
    "HTTP date": lambda: f"{_moment():%a, %d %b %Y %H:%M:%S GMT}",
    "date": lambda: f"{_moment():%Y-%m-%d}",
    "price text": lambda: f"{DRAW.uniform(0, 5_000):,.2f}",
    "trimmed price text": lambda: f"{DRAW.randrange(10_000) / 100:g}",
    "name": lambda: f"{DRAW.choice(FIRST)} {DRAW.choice(LAST)}",
    "first name": lambda: DRAW.choice(FIRST),
    "handle": lambda: DRAW.choice(FIRST).lower() + DRAW.choice(["", "7", "_42", "-x"]),
    "e-mail": lambda: f"{_text(BASE62, 8)}@{_text(BASE62[10:36], 6)}.example",
    "state": lambda: DRAW.choice(["pending", "in_review", "none", "SHIPPED", "on hold", "n/a"]),
    "epoch seconds": lambda: int(_moment().timestamp()),
    "epoch seconds with fraction": lambda: _moment().timestamp(),
    "epoch milliseconds": lambda: int(_moment().timestamp() * 1_000),
    "price": lambda: round(DRAW.uniform(-10, 5_000), 2),
    "count": lambda: DRAW.randrange(-100, 10**7),
    "random int64": lambda: DRAW.randrange(-(2**63), 2**63),
}


@pytest.mark.parametrize("name", GENERATORS)
def test_two_draws_of_one_generator_have_one_shape(name):
    assert _differ_in_shape(GENERATORS[name], runs=2_000) == 0


@pytest.mark.parametrize("lost", ["", "N/A", "null", "undefined", "unknown", "0"])
@pytest.mark.parametrize(
    "name", ["uuid4", "hex 16", "urlsafe 24", "ulid", "nanoid", "time in UTC, any fraction", "date"]
)
def test_a_random_value_that_is_gone_has_another_shape(name, lost):
    DRAW.seed(20_260_102)
    draws = [GENERATORS[name]() for _ in range(500)]
    assert sum(shape_changed(value, lost) for value in draws) >= 475


@given(st.emails(), st.emails())
def test_mail_addresses_have_one_shape(one, other):
    assert not shape_changed(one, other)


@given(urls(), urls())
def test_urls_have_one_shape(one, other):
    assert not shape_changed(one, other)


@given(st.text(), st.text())
def test_the_shape_of_any_text_is_compared_alike_from_both_sides(one, other):
    assert shape_changed(one, other) == shape_changed(other, one)


@given(st.text(max_size=200), st.sampled_from([200, 404, 500]))
def test_any_target_has_a_short_and_printable_template(target, status):
    request = Request(method="GET", target="/" + target, headers=())
    template = EndpointRouter().route(request, status).template
    assert template.isprintable()
    assert len(template) <= 64 * 4 * 33
    assert EndpointRouter().route(request, status).template == template


@settings(max_examples=examples(50))
@given(
    st.lists(
        st.tuples(st.sampled_from([b"a", b"Set-Cookie", b"ETag"]), st.binary(max_size=30)),
        max_size=6,
    ),
    st.lists(
        st.tuples(st.sampled_from([b"a", b"set-cookie", b"etag"]), st.binary(max_size=30)),
        max_size=6,
    ),
)
def test_any_headers_are_compared_from_both_sides_alike(one, other):
    assert bool(_headers(one, other)) == bool(_headers(other, one))
    assert _headers(one, one) == ()


def _headers(one, other) -> Differences:
    return (
        Comparer()
        .compare(
            "HEAD",
            Response(status=200, headers=tuple(one), body=b"", seconds=0.0),
            Response(status=200, headers=tuple(other), body=b"", seconds=0.0),
        )
        .differences()
    )
