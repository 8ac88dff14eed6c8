import pytest

from tests.unit.diff.pairs import compare_json, only


def location(primary, candidate):
    return only(compare_json(primary, candidate)).location


@pytest.mark.parametrize(
    ("name", "step"),
    [
        ("price", ".price"),
        ("größe", ".größe"),
        ("odd name", "['odd name']"),
        ("it's", "['it\\'s']"),
        ("back\\slash", "['back\\\\slash']"),
        ("a.b", "['a.b']"),
        ("2fa", "['2fa']"),
        ("", "['']"),
        ("new\nline", "['new\\u000aline']"),
        ("{key}", "['{key}']"),
        ("n" * 65, ".{key}"),
        ("half \ud800", ".{key}"),
    ],
)
def test_a_name_is_written_plainly_or_quoted(name, step):
    assert location({"x": {name: 1, "y": 1}}, {"x": {name: 2, "y": 1}}) == f"$.x{step}"


def test_the_pointer_escapes_names():
    difference = only(compare_json({"a/b": {"c~d": [0, 1]}}, {"a/b": {"c~d": [0, 2]}}))
    assert difference.pointer == "/a~1b/c~0d/1"


def test_everything_said_of_half_a_character_can_be_stored():
    difference = only(compare_json({"\ud800": "\udfff"}, {"\ud800": ""}))
    assert difference.pointer == "/\\ud800"
    assert difference.primary == '"\\udfff"'


@pytest.mark.parametrize(
    "names",
    [
        ["123", "456"],
        ["550e8400-e29b-41d4-a716-446655440000", "6ba7b810-9dad-11d1-80b4-00c04fd430c8"],
        ["2026-01-01", "2026-01-02"],
        ["cus_N8fK2mQ1xYz3", "cus_A1bC2dE3fG4h"],
        ["5f2b8c1d9e3a", "0a1b2c3d4e5f"],
        ["01ARZ3NDEKTSV4RRFFQ69G5FAV", "01BX5ZZKBKACTAV9WEVGEMMVRZ"],
        ["ann@example.com", "bob@example.com"],
    ],
)
def test_names_that_are_all_identifiers_are_keys_of_a_map(names):
    primary = {"stock": {name: {"count": 1} for name in names}}
    candidate = {"stock": {name: {"count": 1} for name in names} | {names[1]: {"count": 2}}}
    difference = only(compare_json(primary, candidate))
    assert difference.location == "$.stock.{key}.count"
    assert difference.pointer == f"/stock/{names[1]}/count"


def test_a_lost_and_a_new_key_of_a_map_are_keys():
    assert location({"m": {"1": 1, "2": 1}}, {"m": {"1": 1}}) == "$.m.{key}"
    assert location({"m": {}}, {"m": {"1": 1}}) == "$.m.{key}"


def test_a_word_that_appears_in_a_map_is_named():
    assert location({"m": {"1": 1}}, {"m": {"1": 1, "total": 1}}) == "$.m.total"


def test_an_identifier_among_words_is_a_name():
    assert location({"m": {"404": 1, "other": 1}}, {"m": {"404": 2, "other": 1}}) == "$.m['404']"


def test_a_very_deep_place_has_a_short_location_and_an_exact_pointer():
    primary, candidate = 1, 2
    for _ in range(100):
        primary, candidate = {"a": primary}, {"a": candidate}
    difference = only(compare_json(primary, candidate))
    assert difference.location == "$" + ".a" * 64 + "..*"
    assert difference.pointer == "/a" * 100
