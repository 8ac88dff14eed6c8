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

    `rounding` is a rounding mode of `decimal`; percentages are of the answers.
    """

    lost_description_percent: int = 0
    rounding: str = ROUND_HALF_UP
    apostrophe_breaks_search: bool = False
    category_is_cacheable: bool = True
    quantity_is_text: bool = False
    undated_stock_percent: int = 0


RELEASES: Mapping[str, Behaviour] = {
    PRODUCTION: Behaviour(),
    CANDIDATE: Behaviour(
        lost_description_percent=2,
        rounding=ROUND_HALF_EVEN,
        apostrophe_breaks_search=True,
        category_is_cacheable=False,
        quantity_is_text=True,
        undated_stock_percent=6,
    ),
    FIXED: Behaviour(),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Planted:
    """One regression: where Shadow must find it, and what it is in words."""

    signature: Signature
    description: str


def _planted(template: str, location: str, kind: DifferenceKind, description: str) -> Planted:
    endpoint = Endpoint(method="GET", template=template)
    return Planted(
        signature=Signature(endpoint=endpoint, location=location, kind=kind),
        description=description,
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
)
