from datetime import date

import pytest

from shadow.diff.rules.book import EndpointRules, Rule, RuleBook, parse_location
from shadow.diff.rules.rule import Action, Ignore, Unordered
from shadow.model import Difference, DifferenceKind, Endpoint
from tests.unit.diff.pairs import compare_json

TODAY = date(2026, 7, 1)
ITEM = Endpoint(method="GET", template="/items/{id}")


def rule(location: str, action: Action | None = None, **more) -> Rule:
    action = action or Ignore()
    return Rule(name="known", action=action, location=location, reason="because", **more)


def at(location: str, kind: DifferenceKind = DifferenceKind.VALUE, pointer: str = "") -> Difference:
    return Difference(location=location, kind=kind, pointer=pointer)


def excuses(rule: Rule, difference: Difference, endpoint: Endpoint = ITEM) -> bool:
    rules = RuleBook.of([rule], TODAY).at(endpoint)
    return rules is not None and _name(rules, difference) == "known"


def _name(rules: EndpointRules, difference: Difference) -> str | None:
    d = difference
    name = rules.excuse(d.location, d.pointer, d.kind, "one", "other")
    assert name is None or rules.touches(d.location)
    return name


@pytest.mark.parametrize(
    ("location", "covered"),
    [
        ("status", "status"),
        ("reply", "reply"),
        ("body", "body"),
        ("body", "$.items[*].price"),
        ("header:etag", "header:etag"),
        ("header:ETag", "header:etag"),
        ("header:x-*", "header:x-request-id"),
        ("header:set-cookie", "header:set-cookie[sid]"),
        ("header:set-cookie[sid]", "header:set-cookie[sid].expires"),
        ("header:set-cookie[*].expires", "header:set-cookie[sid].expires"),
        ("header:*", "header:set-cookie[sid].path"),
        ("$", "$.items[*].price"),
        ("$.items[*].price", "$.items[*].price"),
        ("$.items", "$.items[*].price"),
        ("$.items.*.price", "$.items[*].price"),
        ("$['items'][*]", "$.items[*].price"),
        ("$..price", "$.items[*].price"),
        ("$..price", "$.price.amount"),
        ("$.stock.{key}.count", "$.stock.{key}.count"),
        ("$.stock.*.count", "$.stock.{key}.count"),
        ("$['odd name']", "$['odd name']"),
        ("$['it\\'s']", "$['it\\'s']"),
        ("$['a\\\\b\"c']", "$['a\\\\b\"c']"),
        ("$['new\\nline']", "$['new\\u000aline']"),
        ("$.a..d", "$.a.b[*].c.d"),
        ("$.größe", "$.größe"),
    ],
)
def test_a_rule_covers_its_location_and_what_is_below(location, covered):
    assert excuses(rule(location), at(covered))


@pytest.mark.parametrize(
    ("location", "other"),
    [
        ("status", "reply"),
        ("body", "status"),
        ("$", "body"),
        ("header:etag", "header:etag2"),
        ("header:etag", "status"),
        ("header:x-*", "header:etag"),
        ("header:set-cookie[sid]", "header:set-cookie[other]"),
        ("header:set-cookie[sid].path", "header:set-cookie[sid]"),
        ("$.items[*].price", "$.items[*]"),
        ("$.items[*].price", "$.items[*].prices"),
        ("$.items[*].price", "$.other[*].price"),
        ("$.price", "$.items[*].price"),
        ("$['items[*]']", "$.items[*]"),
        ("$['*']", "$.items"),
        ("$['{key}']", "$.{key}"),
    ],
)
def test_a_rule_covers_nothing_else(location, other):
    assert not excuses(rule(location), at(other))


def test_an_exact_name_and_position_are_known_by_the_pointer():
    price = at("$.stock.{key}[*].price", pointer="/stock/42/3/price")
    assert excuses(rule("$.stock['42'][3].price"), price)
    assert not excuses(rule("$.stock['43'][3].price"), price)
    assert not excuses(rule("$.stock['42'][2].price"), price)
    assert not excuses(rule("$.stock[42]"), price)


@pytest.mark.parametrize(
    ("location", "pointer", "covered"),
    [
        ("$['price','total']", "/price", True),
        ("$['price','total']", "/tax", False),
        ("$.items[0:2].price", "/items/1/price", True),
        ("$.items[0:2].price", "/items/2/price", False),
        ("$.items[1::2].price", "/items/3/price", True),
        ("$.items[1::2].price", "/items/4/price", False),
        ("$.items[0,3].price", "/items/3/price", True),
        ("$.items[0,3].price", "/items/1/price", False),
        ("$..['price',0]", "/items/4/price", True),
        ("$.items[::]", "/items/4/price", True),
    ],
)
def test_a_rule_may_choose_several_names_and_positions(location, pointer, covered):
    template = "$.items[*].price" if pointer.startswith("/items") else f"$.{pointer[1:]}"
    assert excuses(rule(location), at(template, pointer=pointer)) is covered


def test_an_unordered_list_may_have_another_order_and_nothing_else():
    tags = rule("$.items[*].tags", Unordered())
    assert excuses(tags, at("$.items[*].tags", DifferenceKind.ORDER))
    assert not excuses(tags, at("$.items[*].tags", DifferenceKind.MISSING))
    assert not excuses(tags, at("$.items[*].tags[*]", DifferenceKind.ORDER))
    assert not excuses(tags, at("$.items", DifferenceKind.ORDER))


def test_an_unordered_list_still_shows_a_lost_repeat():
    rules = RuleBook.of([rule("$", Unordered())], TODAY).at(ITEM)
    (order,) = compare_json([1, 2, 3], [3, 1, 2], rules=rules)
    assert order.excused_by == "known"
    (lost,) = compare_json([1, 2, 1], [1, 2], rules=rules)
    assert lost.excused_by is None


@pytest.mark.parametrize(
    ("endpoint", "holds"),
    [
        ("*", True),
        ("GET /items/{id}", True),
        ("GET *", True),
        ("* /items/*", True),
        ("POST *", False),
        ("GET /items", False),
        ("GET /items/[{]id}", False),
    ],
)
def test_a_rule_holds_for_its_endpoints(endpoint, holds):
    assert excuses(rule("status", endpoint=endpoint), at("status")) is holds


def test_a_rule_holds_through_the_day_on_which_it_expires():
    assert excuses(rule("status", expires=TODAY), at("status"))
    expired = rule("status", expires=date(2026, 6, 30))
    assert not excuses(expired, at("status"))
    assert RuleBook.of([expired], TODAY).expired == ("known",)


def test_nothing_is_deleted_and_the_first_rule_is_named():
    first = Rule(name="first", action=Ignore(), location="$.a", reason="r")
    differences = (at("$.a"), at("$.b"))
    rules = RuleBook.of([first, rule("$")], TODAY).at(ITEM)
    assert [_name(rules, difference) for difference in differences] == ["first", "known"]
    assert RuleBook().at(ITEM) is None


@pytest.mark.parametrize(
    ("location", "advice"),
    [
        ("", "use status"),
        ("stauts", "use status"),
        ("items[*].price", "use status"),
        ("header:", "write header:etag"),
        ("header:set cookie", "write header:etag"),
        ("$.items[", "is no JSONPath"),
        ("$.items.[*]", "is no JSONPath"),
        ("$.odd name", "is no JSONPath"),
        ("$[?@.price > 3]", "no filters"),
        ("$.items[-1]", "nothing from the end"),
        ("$.items[-2:]", "nothing from the end"),
        ("$.items[::-1]", "nothing from the end"),
        ("$" + ".a" * 1_000, "at most 1,000 characters"),
        ("$[" + "(" * 900, "is no JSONPath"),
    ],
)
def test_a_location_that_is_none_says_what_is_possible(location, advice):
    with pytest.raises(ValueError, match=advice):
        parse_location(location)


def test_a_mistake_in_a_rule_names_the_rule():
    with pytest.raises(ValueError, match="rule 'known': 'nowhere' is no location"):
        RuleBook.of([rule("nowhere")], TODAY)


def test_a_pattern_of_many_descendants_is_quick():
    deep = at("$" + ".a" * 60)
    assert not excuses(rule("$" + "..a" * 50 + "..b"), deep)
    assert not excuses(rule("header:" + "*a" * 60 + "b"), at("header:" + "a" * 60))
