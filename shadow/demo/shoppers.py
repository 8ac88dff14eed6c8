"""The shop's users: who asks what, and how often. The same seed gives the same requests."""

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import quote
from uuid import UUID

from shadow.demo.catalogue import CATEGORIES, category_etag

_SEARCHES = ("rain coat", "oak desk", "lamp", "copper kettle", "2 person tent", "dive watch")
_LANGUAGES = ("en", "en", "fi", "de", "en", "nl", "sv", "en")
_APOSTROPHES = ("men's boots", "climber's rucksack", "o'neill coat")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One request a user sends; `path` is the request target as it goes out."""

    request_id: str
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes | None

    @property
    def credentials(self) -> frozenset[str]:
        """The secrets in the request: its bearer token and its session id."""
        token = self.headers["Authorization"].removeprefix("Bearer ")
        session = self.headers["Cookie"].partition(";")[0].removeprefix("sid=")
        return frozenset({token, session})


type _Make = Callable[[random.Random], tuple[str, Mapping[str, str]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Share:
    """One kind of request, `weight` of all weights of them."""

    weight: int
    make: _Make
    method: str = "GET"
    body: bytes | None = None


def plan(requests: int, seed: int) -> tuple[Ask, ...]:
    """Decide what `requests` requests ask, in which order.

    Every kind gets its share exactly (rounded), so that no endpoint is short of comparisons.
    """
    dice = random.Random(seed)
    asks = [_ask(share, dice) for share in _portions(requests)]
    dice.shuffle(asks)
    return tuple(asks)


def _portions(requests: int) -> Iterator[_Share]:
    total = sum(share.weight for share in _SHARES)
    reached = 0
    for share in _SHARES:
        before = requests * reached // total
        reached += share.weight
        for _ in range(requests * reached // total - before):
            yield share


def _ask(share: _Share, dice: random.Random) -> Ask:
    path, extra = share.make(dice)
    user = dice.randrange(40)
    headers = {
        "X-Request-Id": str(UUID(int=dice.getrandbits(128), version=4)),
        "User-Agent": "demo-shopper/1.0",
        "Accept": "application/json, text/html;q=0.9",
        "Accept-Encoding": "gzip",
        "Accept-Language": _LANGUAGES[user % len(_LANGUAGES)],
        "Authorization": f"Bearer {random.Random(user).randbytes(24).hex()}",
        "Cookie": f"sid={random.Random(-user - 1).randbytes(16).hex()}; theme=dark",
        **extra,
    }
    return Ask(
        request_id=headers["X-Request-Id"],
        method=share.method,
        path=path,
        headers=headers,
        body=share.body,
    )


def _sku(dice: random.Random) -> str:
    return f"SKU-{10_000 + dice.randrange(240)}"


def _make_product(dice: random.Random) -> tuple[str, Mapping[str, str]]:
    return f"/products/{_sku(dice)}", {}


def _make_unknown(dice: random.Random) -> tuple[str, Mapping[str, str]]:
    return f"/products/SKU-{90_000 + dice.randrange(999)}", {}


def _make_listing(dice: random.Random) -> tuple[str, Mapping[str, str]]:
    return f"/products?page={dice.randint(1, 20)}", {}


def _make_recommendations(dice: random.Random) -> tuple[str, Mapping[str, str]]:
    return f"/products/{_sku(dice)}/recommendations", {}


def _make_category(dice: random.Random) -> tuple[str, Mapping[str, str]]:
    return f"/categories/{dice.choice(CATEGORIES)}", {}


def _make_revalidation(dice: random.Random) -> tuple[str, Mapping[str, str]]:
    category = dice.choice(CATEGORIES)
    return f"/categories/{category}", {"If-None-Match": category_etag(category)}


def _make_search(dice: random.Random) -> tuple[str, Mapping[str, str]]:
    return f"/search?q={quote(dice.choice(_SEARCHES))}", {}


def _make_apostrophe(dice: random.Random) -> tuple[str, Mapping[str, str]]:
    return f"/search?q={quote(dice.choice(_APOSTROPHES), safe="'")}", {}


def _make_quote(dice: random.Random) -> tuple[str, Mapping[str, str]]:
    return f"/carts/{dice.randrange(10**5, 10**6)}/quote", {}


def _make_order(dice: random.Random) -> tuple[str, Mapping[str, str]]:
    return f"/orders/2026-{dice.randrange(10**5):05d}", {}


def _make_stock(dice: random.Random) -> tuple[str, Mapping[str, str]]:
    return f"/stock/{_sku(dice)}", {}


def _make_line(dice: random.Random) -> tuple[str, Mapping[str, str]]:
    return f"/carts/{dice.randrange(10**5, 10**6)}/lines", {"Content-Type": "application/json"}


_SHARES = (
    _Share(weight=1130, make=_make_product),
    _Share(weight=20, make=_make_unknown),
    _Share(weight=520, make=_make_product, method="HEAD"),
    _Share(weight=520, make=_make_listing),
    _Share(weight=520, make=_make_recommendations),
    _Share(weight=520, make=_make_category),
    _Share(weight=30, make=_make_revalidation),
    _Share(weight=450, make=_make_search),
    _Share(weight=80, make=_make_apostrophe),
    _Share(weight=530, make=_make_quote),
    _Share(weight=520, make=_make_order),
    _Share(weight=540, make=_make_stock),
    _Share(weight=520, make=lambda _: ("/", {})),
    _Share(weight=50, make=lambda _: ("/health", {})),
    _Share(weight=50, make=_make_line, method="POST", body=b'{"sku":"SKU-10007","quantity":1}'),
)
