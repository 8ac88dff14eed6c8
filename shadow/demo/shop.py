"""A small but lifelike shop, served over HTTP: what the demo puts behind Shadow.

Run as `python -m shadow.demo.shop --listen 127.0.0.1:0 --release 2.4.0 [--ledger FILE]`. It
prints one JSON line, `{"listening": "127.0.0.1:PORT"}`, when it can be asked, and stops on
SIGTERM or SIGINT. With a ledger it notes the digest of every answer it sends to a request that
bears an `X-Request-Id`, those to copies of live requests apart.
"""

import argparse
import asyncio
import gzip
import random
import signal
import sys
from contextlib import ExitStack
from pathlib import Path
from uuid import uuid4

import orjson
from aiohttp import web

from shadow.demo.answers import Answers, Json, Visitor
from shadow.demo.catalogue import CATEGORIES, Product, build_catalogue, category_etag
from shadow.demo.ledger import Ledger, digest, of_copy
from shadow.demo.planted import RELEASES, Behaviour
from shadow.model import LOOP_GUARD

REQUEST_ID = "X-Request-Id"
_MAX_BODY_BYTES = 64 * 1024


class Shop:
    """The handlers of one release of the shop."""

    def __init__(self, behaviour: Behaviour) -> None:
        self._behaviour = behaviour
        self._catalogue = build_catalogue()
        self._answers = Answers(catalogue=self._catalogue, behaviour=behaviour)

    def routes(self) -> list[web.RouteDef]:
        """All that can be asked; every GET may be asked as HEAD too."""
        return [
            web.get("/", self.home),
            web.get("/health", self.health),
            web.get("/products", self.listing),
            web.get("/products/{sku}", self.product),
            web.get("/products/{sku}/recommendations", self.recommendations),
            web.get("/categories/{category}", self.category),
            web.get("/search", self.search),
            web.get("/carts/{cart}/quote", self.quote),
            web.get("/orders/{order}", self.order),
            web.get("/stock/{sku}", self.stock),
            web.post("/carts/{cart}/lines", self.add_line),
        ]

    async def home(self, request: web.Request) -> web.Response:
        """Answer with the front page, compressed where the client takes it, and a new session."""
        page = self._answers.home().encode()
        response = web.Response(body=page, content_type="text/html", charset="utf-8")
        if "gzip" in request.headers.get("Accept-Encoding", ""):
            response.body = gzip.compress(page, mtime=0)
            response.headers["Content-Encoding"] = "gzip"
        return _with_session(response)

    async def health(self, _: web.Request) -> web.Response:
        """Answer `ok`."""
        return web.Response(text="ok\n")

    async def listing(self, request: web.Request) -> web.Response:
        """Answer with the page of products asked for."""
        page = request.query.get("page", "1")
        if not (page.isascii() and page.isdigit()):
            return _refused(400, "page is not a number")
        await asyncio.sleep(self._behaviour.listing_seconds * random.uniform(0.8, 1.2))
        return _json(self._answers.listing(int(page)))

    async def product(self, request: web.Request) -> web.Response:
        """Answer with one product."""
        product = self._product(request)
        if product is None:
            return _refused(404, "no such product")
        return _json(self._answers.product(product, _visitor(request)))

    async def recommendations(self, request: web.Request) -> web.Response:
        """Answer with what goes with a product."""
        product = self._product(request)
        if product is None:
            return _refused(404, "no such product")
        return _json(self._answers.recommendations(product, _visitor(request)))

    async def category(self, request: web.Request) -> web.Response:
        """Answer with a category, or say that the client's copy is still good."""
        category = request.match_info["category"]
        if category not in CATEGORIES:
            return _refused(404, "no such category")
        etag = category_etag(category)
        if request.headers.get("If-None-Match") == etag:
            return web.Response(status=304, headers={"ETag": etag})
        response = _json(self._answers.category(category))
        response.headers["ETag"] = etag
        if self._behaviour.category_is_cacheable:
            response.headers["Cache-Control"] = "public, max-age=300"
        return response

    async def search(self, request: web.Request) -> web.Response:
        """Answer with what some words find."""
        words = request.query.get("q", "")
        if self._behaviour.apostrophe_breaks_search and "'" in words:
            return _refused(500, "internal error")
        return _json(self._answers.search(words))

    async def quote(self, request: web.Request) -> web.Response:
        """Answer with what a cart costs."""
        return _with_session(_json(self._answers.quote(request.match_info["cart"])))

    async def order(self, request: web.Request) -> web.Response:
        """Answer with an order."""
        return _json(self._answers.order(request.match_info["order"], _visitor(request)))

    async def stock(self, request: web.Request) -> web.Response:
        """Answer with the stock of a product."""
        product = self._product(request)
        if product is None:
            return _refused(404, "no such product")
        return _json(self._answers.stock(product, _visitor(request)))

    async def add_line(self, request: web.Request) -> web.Response:
        """Take a line for a cart; the shop is forgetful and keeps nothing."""
        line = await request.read()
        return _json({"cart": request.match_info["cart"], "bytes": len(line)}, status=201)

    def _product(self, request: web.Request) -> Product | None:
        return self._catalogue.products.get(request.match_info["sku"])


def build_app(behaviour: Behaviour, ledger: Ledger | None) -> web.Application:
    """Put together the shop; answers are entered in `ledger` where there is one."""

    async def enter(request: web.Request, response: web.StreamResponse) -> None:
        if ledger is not None and REQUEST_ID in request.headers:
            ledger.enter(_entry(request), _digest(request, response))

    app = web.Application(client_max_size=_MAX_BODY_BYTES)
    app.add_routes(Shop(behaviour).routes())
    app.on_response_prepare.append(enter)
    return app


def parser() -> argparse.ArgumentParser:
    """The shop's command line."""
    arguments = argparse.ArgumentParser(description="The demo's shop.")
    arguments.add_argument("--listen", default="127.0.0.1:0", metavar="HOST:PORT")
    arguments.add_argument("--release", choices=sorted(RELEASES), required=True)
    arguments.add_argument("--ledger", type=Path)
    return arguments


def main() -> None:
    """Serve until told to stop."""
    options = parser().parse_args()
    host, _, port = options.listen.rpartition(":")
    with ExitStack() as stack:
        ledger = stack.enter_context(Ledger(options.ledger)) if options.ledger else None
        asyncio.run(_serve(build_app(RELEASES[options.release], ledger), host, int(port)))


async def _serve(app: web.Application, host: str, port: int) -> None:
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
        bound = runner.addresses[0]
        sys.stdout.write(orjson.dumps({"listening": f"{bound[0]}:{bound[1]}"}).decode() + "\n")
        sys.stdout.flush()
        await stopped.wait()
    finally:
        await runner.cleanup()


def _entry(request: web.Request) -> str:
    name = request.headers[REQUEST_ID]
    return of_copy(name) if LOOP_GUARD.decode() in request.headers else name


def _digest(request: web.Request, response: web.StreamResponse) -> str:
    # aiohttp asks its hooks when every header is set and before the first byte is written.
    headers = tuple((n.encode(), v.encode()) for n, v in response.headers.items())
    body = response.body if isinstance(response, web.Response) else None
    sent = body if isinstance(body, bytes) and request.method != "HEAD" else b""
    return digest(response.status, headers, sent)


def _visitor(request: web.Request) -> Visitor:
    return Visitor(
        request_id=request.headers.get(REQUEST_ID) or str(uuid4()),
        authorization=request.headers.get("Authorization", ""),
        cookie=request.headers.get("Cookie", ""),
        language=request.headers.get("Accept-Language", ""),
    )


def _json(body: Json, status: int = 200) -> web.Response:
    return web.Response(
        body=orjson.dumps(body),
        status=status,
        content_type="application/json",
        headers={"Server": "shop", "X-Response-Id": str(uuid4())},
    )


def _refused(status: int, why: str) -> web.Response:
    return _json({"error": why}, status=status)


def _with_session(response: web.Response) -> web.Response:
    response.headers.add("Set-Cookie", f"sid={uuid4().hex}; Path=/; HttpOnly; SameSite=Lax")
    return response


if __name__ == "__main__":
    main()
