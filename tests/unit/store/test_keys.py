from hypothesis import given
from hypothesis import strategies as st

from shadow.model import DifferenceKind, Endpoint, Signature
from shadow.store.keys import MAX_TEXT, endpoint_id, kept, signature_id

_any_text = st.text(st.characters(), max_size=600)


@given(text=_any_text)
def test_a_kept_text_is_one_that_databases_take(text):
    assert "\0" not in kept(text)
    assert kept(text).encode().decode() == kept(text)
    assert len(kept(text)) <= MAX_TEXT


@given(text=_any_text)
def test_a_kept_text_is_kept_as_it_is(text):
    assert kept(kept(text)) == kept(text)


def test_plain_texts_are_kept_as_they_are():
    assert kept("$.größe[*].price") == "$.größe[*].price"


def test_long_texts_that_differ_at_the_end_stay_different():
    assert kept("x" * 9_000 + "a") != kept("x" * 9_000 + "b")


def test_parts_of_a_key_do_not_run_together():
    assert endpoint_id("2.4", Endpoint(method="GET", template="/a")) != endpoint_id(
        "2.4", Endpoint(method="GET/", template="a")
    )


def test_a_key_can_be_computed_from_what_was_read_back():
    raw = Endpoint(method="GET", template="/\0\ud800" + "é" * 999)
    read = Endpoint(method="GET", template=kept(raw.template))
    keys = {
        signature_id("2.4", Signature(endpoint=e, location="$", kind=DifferenceKind.NULL))
        for e in (raw, read)
    }
    assert len(keys) == 1
