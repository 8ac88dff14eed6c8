"""The bodies of the demo shop's answers: the goods, the noise of a real service, the behaviour.

Noise is in every release and is truly random: when an answer was made, its own id, how long it
took, a score that jitters, an order that is shuffled, a token of any length.
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from hashlib import blake2b
from math import ceil
from secrets import token_hex, token_urlsafe
from uuid import uuid4

from shadow.demo.catalogue import Catalogue, Line, Product
from shadow.demo.planted import Behaviour

type Json = Mapping[str, object]

_CENT = Decimal("0.01")
_PAGE_SIZE = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Who asks: the request's id, the credentials it came with, and the language, as `de`."""

    request_id: str
    authorization: str
    cookie: str
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """Makes the body of every answer of one release."""

    catalogue: Catalogue
    behaviour: Behaviour

    def product(self, product: Product, visitor: Visitor) -> Json:
        """One product in full."""
        body = {
            **_stamped(),
            **_card(product),
            "category": product.category,
            "currency": "EUR",
            "description": product.description,
            "colours": product.colours,
            "delivery": {"days": 2 + len(product.name) % 5, "free_from": 50, "returns_days": 30},
            "related": f"/products/{product.sku}/recommendations",
        }
        if _happens(self.behaviour.lost_description_percent, visitor, "description"):
            del body["description"]
        return body

    def listing(self, page: int) -> Json:
        """One page of all products."""
        return {
            **_stamped(),
            "page": page,
            "pages": ceil(len(self.catalogue.products) / _PAGE_SIZE),
            "cursor": f"v1.{token_urlsafe(random.randint(12, 48))}",
            "items": [_card(product) for product in self.catalogue.page(page, _PAGE_SIZE)],
        }

    def category(self, category: str) -> Json:
        """All products of a category; the one answer without noise, as it may be cached."""
        products = self.catalogue.in_category(category)
        return {"category": category, "items": [_card(product) for product in products]}

    def search(self, words: str) -> Json:
        """Products for some words, each with a score that is never twice the same."""
        found = self.catalogue.search(words, limit=10)
        results = [
            {**_card(product), "score": round(1 - rank / 12 + random.uniform(0, 0.02), 10)}
            for rank, product in enumerate(found)
        ]
        return {**_stamped(), "query": words, "results": results}

    def quote(self, cart: str) -> Json:
        """What a cart costs today."""
        lines = self.catalogue.lines(cart)
        subtotal = sum((line.amount for line in lines), Decimal())
        total = (subtotal * Decimal("0.9")).quantize(_CENT, rounding=self.behaviour.rounding)
        return {
            **_stamped(),
            "cart": cart,
            "lines": [_line(line) for line in lines],
            "subtotal": float(subtotal),
            "discount_percent": 10,
            "total": float(total),
            "currency": "EUR",
        }

    def order(self, order: str, visitor: Visitor) -> Json:
        """An order and, as careless services do, the credentials that asked for it."""
        lines = self.catalogue.lines(order)
        subtotal = sum((line.amount for line in lines), Decimal())
        return {
            **_stamped(),
            "order": order,
            "status": "shipped",
            "asked_by": {"authorization": visitor.authorization, "cookie": visitor.cookie},
            "lines": [self._ordered(line) for line in lines],
            "subtotal": float(subtotal),
            "tax": float((subtotal * Decimal("0.21")).quantize(_CENT, rounding=ROUND_HALF_UP)),
            "ship_to": {"name": "Ida Holm", "street": "Kaivokatu 8", "city": "Helsinki"},
        }

    def recommendations(self, product: Product, visitor: Visitor) -> Json:
        """Related products, in another order every time."""
        related = list(self.catalogue.related(product.sku, count=8))
        random.shuffle(related)
        items = [_card(item) for item in related]
        if self.behaviour.german_prices_are_text and visitor.language == "de":
            items = [item | {"price": f"{item['price']:.2f}".replace(".", ",")} for item in items]
        return {**_stamped(), "sku": product.sku, "items": items}

    def stock(self, product: Product, visitor: Visitor) -> Json:
        """Pieces on hand, keyed by warehouse code."""
        stock = self.catalogue.stock(product.sku)
        body = {
            **_stamped(),
            "sku": product.sku,
            "warehouses": {
                code: {"on_hand": count, "reserved": count // 7, "counted_at": _now()}
                for code, count in stock.items()
            },
        }
        if _happens(self.behaviour.undated_stock_percent, visitor, "stock"):
            body["generated_at"] = "N/A"
        return body

    def home(self) -> str:
        """The front page as HTML, with a token for its form."""
        cards = "\n".join(
            f'<li><a href="/products/{p.sku}">{p.name}</a> {p.price} EUR</li>'
            for p in self.catalogue.page(1, _PAGE_SIZE)
        )
        return (
            "<!doctype html>\n<html lang=en><head><title>The demo shop</title></head>\n"
            f'<body><form action="/search"><input name=q><input name=t value="{token_hex(16)}">'
            f"</form>\n<ul>\n{cards}\n</ul>\n<footer>made {_now()}</footer></body></html>\n"
        )

    def _ordered(self, line: Line) -> Json:
        quantity = str(line.quantity) if self.behaviour.quantity_is_text else line.quantity
        return {**_line(line), "quantity": quantity}


def _stamped() -> dict[str, object]:
    return {
        "request_id": str(uuid4()),
        "generated_at": _now(),
        "took_ms": round(random.uniform(1, 40), 7),
    }


def _card(product: Product) -> dict[str, object]:
    return {
        "sku": product.sku,
        "name": product.name,
        "price": float(product.price),
        "rating": product.rating,
    }


def _line(line: Line) -> dict[str, object]:
    return {
        "sku": line.product.sku,
        "name": line.product.name,
        "quantity": line.quantity,
        "unit_price": float(line.product.price),
        "amount": float(line.amount),
    }


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds")


def _happens(percent: int, visitor: Visitor, what: str) -> bool:
    """Tell whether a request is among those that are hit; the same one always is."""
    drawn = blake2b(f"{what}:{visitor.request_id}".encode(), digest_size=4).digest()
    return int.from_bytes(drawn) % 1000 < percent * 10
