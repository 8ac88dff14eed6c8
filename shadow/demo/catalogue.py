"""What the demo shop sells: the same goods, carts and orders in every process, from fixed seeds."""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from zlib import crc32

CATEGORIES = ("boots", "coats", "desks", "kettles", "lamps", "rucksacks", "tents", "watches")
WAREHOUSES = ("AMS1", "ARN2", "BCN1", "CDG4", "DUB3", "FRA1", "LHR2", "LIS1", "MXP5", "WAW2")
_MAKERS = ("Abel", "Brandt", "Calder", "Dahl", "Eriksen", "Fjord", "Garner", "Holm")
_CENTS = ("0.05", "0.25", "0.45", "0.50", "0.95", "0.99")
_PHRASES = (
    "Made to be repaired, with parts that are kept in stock for ten years.",
    "Tested over two winters by people who were not asked to be kind.",
    "The seams are taped and the zips can be changed without tools.",
    "Ships flat and needs one key, which is in the box.",
    "The finish is water based and safe for children and pets.",
    "Comes with a spare set of everything that is likely to get lost.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """One thing on sale; `price` is in euros before any discount."""

    sku: str
    name: str
    category: str
    price: Decimal
    description: str
    colours: tuple[str, ...]
    rating: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """So many of one product in a cart or an order."""

    product: Product
    quantity: int

    @property
    def amount(self) -> Decimal:
        """Price times quantity, exact."""
        return self.product.price * self.quantity


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """All products by SKU."""

    products: Mapping[str, Product]

    def in_category(self, category: str) -> tuple[Product, ...]:
        """The products of one category, in order of their SKU."""
        return tuple(p for p in self.products.values() if p.category == category)

    def page(self, number: int, size: int) -> tuple[Product, ...]:
        """The `number`-th page (from 1) of all products."""
        return tuple(self.products.values())[(number - 1) * size : number * size]

    def search(self, words: str, limit: int) -> tuple[Product, ...]:
        """Products for some words, the same ones in the same order every time."""
        return tuple(_dice("search", words).sample(tuple(self.products.values()), limit))

    def related(self, sku: str, count: int) -> tuple[Product, ...]:
        """Products to show beside one; always the same set."""
        return tuple(_dice("related", sku).sample(tuple(self.products.values()), count))

    def lines(self, cart_or_order: str) -> tuple[Line, ...]:
        """What a cart or an order holds."""
        dice = _dice("lines", cart_or_order)
        chosen = dice.sample(tuple(self.products.values()), dice.randint(2, 6))
        return tuple(Line(product=product, quantity=dice.randint(1, 4)) for product in chosen)

    def stock(self, sku: str) -> Mapping[str, int]:
        """Pieces on hand by warehouse code."""
        dice = _dice("stock", sku)
        codes = sorted(dice.sample(WAREHOUSES, dice.randint(5, 9)))
        return {code: dice.randint(0, 400) for code in codes}


def build_catalogue(size: int = 240) -> Catalogue:
    """Invent `size` products; the same ones whenever it is called."""
    products = (_product(number) for number in range(size))
    return Catalogue(products={product.sku: product for product in products})


def category_etag(category: str) -> str:
    """The validator of a category's answer, which changes only with the catalogue."""
    return f'"cat-{crc32(category.encode()):08x}"'


def _product(number: int) -> Product:
    dice = _dice("product", str(number))
    category = CATEGORIES[number % len(CATEGORIES)]
    return Product(
        sku=f"SKU-{10_000 + number}",
        name=f"{dice.choice(_MAKERS)} {category} no. {number}",
        category=category,
        price=Decimal(dice.randint(8, 320)) + Decimal(dice.choice(_CENTS)),
        description=" ".join(dice.sample(_PHRASES, 4)),
        colours=tuple(dice.sample(("black", "green", "ochre", "red", "slate", "white"), 3)),
        rating=dice.randint(31, 49) / 10,
    )


def _dice(purpose: str, key: str) -> random.Random:
    return random.Random(f"{purpose}:{key}")
