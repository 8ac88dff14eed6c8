"""The regressions planted in the demo's candidate, and what Shadow must say about each."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP

from shadow.model import DifferenceKind, Endpoint, Signature

PRODUCTION = "2.3.0"
CANDIDATE = "2.4.0"
FIXED = "2.4.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """In what a release of the shop departs from what it should do; the default is not at all.

    `rounding` is a rounding mode of `decimal`; percentages are of the answers. `listing_seconds`
    is about what a page of products takes.
    """

    lost_description_percent: int = 0
    rounding: str = ROUND_HALF_UP
    apostrophe_breaks_search: bool = False
    category_is_cacheable: bool = True
    quantity_is_text: bool = False
    undated_stock_percent: int = 0
    german_prices_are_text: bool = False
    listing_seconds: float = 0.02


RELEASES: Mapping[str, Behaviour] = {
    PRODUCTION: Behaviour(),
    CANDIDATE: Behaviour(
        lost_description_percent=2,
        rounding=ROUND_HALF_EVEN,
        apostrophe_breaks_search=True,
        category_is_cacheable=False,
        quantity_is_text=True,
        undated_stock_percent=6,
        german_prices_are_text=True,
        listing_seconds=0.06,
    ),
    FIXED: Behaviour(),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Planted:
    """One regression: where Shadow must find it, and what it is in words.

    `trait` is what Shadow must say that the requests it hits share; empty where all are hit.
    """

    signature: Signature
    description: str
    trait: str = ""


def _planted(
    template: str, location: str, kind: DifferenceKind, description: str, trait: str = ""
) -> Planted:
    endpoint = Endpoint(method="GET", template=template)
    return Planted(
        signature=Signature(endpoint=endpoint, location=location, kind=kind),
        description=description,
        trait=trait,
    )


PLANTED = (
    _planted(
        "/products/{sku}",
        "$.description",
        DifferenceKind.MISSING,
        "the description is lost in 2 % of answers",
    ),
    _planted(
        "/carts/{cart}/quote",
        "$.total",
        DifferenceKind.VALUE,
        "half a cent is rounded to even instead of up",
    ),
    _planted(
        "/search",
        "status",
        DifferenceKind.STATUS_5XX,
        "an apostrophe in the search words gives a 500",
    ),
    _planted(
        "/categories/{category}",
        "header:cache-control",
        DifferenceKind.MISSING,
        "the Cache-Control header is lost",
    ),
    _planted(
        "/orders/{order}",
        "$.lines[*].quantity",
        DifferenceKind.TYPE,
        'the quantity became text: 2 is now "2"',
    ),
    _planted(
        "/stock/{sku}",
        "$.generated_at",
        DifferenceKind.SHAPE,
        'inside noise: a timestamp is at times "N/A"',
    ),
    _planted(
        "/products/{sku}/recommendations",
        "$.items[*].price",
        DifferenceKind.TYPE,
        'for German users alone: a price became text, "12,50"',
        "header:accept-language=de",
    ),
    _planted(
        "/products",
        "latency",
        DifferenceKind.SLOW,
        "a page of products takes three times as long",
    ),
)

PLANTED_WITHOUT_SECONDARY = tuple(
    each for each in PLANTED if each.signature.kind is not DifferenceKind.SLOW
)
"""What is found where production itself is asked again: its times are no match for another's."""
