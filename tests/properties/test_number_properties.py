"""Numbers are what their texts say, to the last digit and however they are written."""

from decimal import Decimal

from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.support.effort import examples
from tests.unit.diff.pairs import compare_json, where

TEXTS = st.from_regex(
    r"-?(0|[1-9][0-9]{0,25})(\.[0-9]{1,25})?([eE][+-]?[0-9]{1,3})?", fullmatch=True
)


@st.composite
def pairs(draw) -> tuple[str, str]:
    """Two texts, often of one number or of two that are close."""
    text = draw(TEXTS)
    number = Decimal(text)
    digits = len(number.as_tuple().digits)
    spellings = [text, f"{number:E}", str(float(text)).replace("inf", "1e400")]
    if abs(number.adjusted()) < 400:
        spellings += [f"{number:f}", f"{number.normalize():E}"]
    apart = Decimal((draw(st.sampled_from([0, 1])), (1,), number.as_tuple().exponent))
    near = f"{number + apart:E}" if digits < 25 else text
    return text, draw(st.sampled_from([*spellings, near]) | TEXTS)


@settings(max_examples=examples(400), deadline=None)
@given(pairs())
@example(("1e23", "100000000000000000000000"))
@example(("5e-324", "4.9e-324"))
@example(("9007199254740993", "9007199254740992.0"))
def test_numbers_are_equal_where_their_decimals_are(texts: tuple[str, str]):
    one, other = texts
    expected = [] if Decimal(one) == Decimal(other) else ["different"]
    for form in (b"%b", b'{"a": [%b, "x"]}', b'[%b, {"b": "' + b"y" * 40 + b'"}]'):
        found = compare_json(form % one.encode(), form % other.encode())
        assert bool(found) == bool(expected), (form, found)


@settings(max_examples=examples(200), deadline=None)
@given(pairs(), pairs())
def test_numbers_in_another_order_are_the_same_numbers(
    first: tuple[str, str], second: tuple[str, str]
):
    primary = f"[{first[0]}, {second[0]}]".encode()
    candidate = f"[{second[1]}, {first[1]}]".encode()
    here = Decimal(first[0]), Decimal(second[0])
    there = Decimal(second[1]), Decimal(first[1])
    found = where(compare_json(primary, candidate))
    if here == there:
        assert found == []
    elif sorted(here) == sorted(there):
        assert found == [("$", "order")]
    else:
        assert {kind for _, kind in found} - {"order"}
