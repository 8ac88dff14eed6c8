"""Debian's Chromium, and pages that must behave in it: no error, and no outside address."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect, sync_playwright

from tests.support.processes import PATIENCE_SECONDS
from tests.support.programs import needed

# How busy the machine is decides nothing.
expect.set_options(timeout=PATIENCE_SECONDS * 1000)

HOW = "apt-get install chromium"
_SERIOUS = frozenset({"serious", "critical"})


@contextmanager
def chromium() -> Iterator[Browser]:
    """Run Chromium until the block ends; without it a test fails in CI and says so elsewhere."""
    path = needed("chromium", HOW)
    # Chromium has no sandbox where root runs it.
    arguments = ["--disable-dev-shm-usage", *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=arguments)
        try:
            yield browser
        finally:
            browser.close()


@dataclass(slots=True)
class Watched:
    """A browser's window on one server, and what it should not have done."""

    context: BrowserContext
    page: Page
    url: str
    wrong: list[str] = field(default_factory=list)

    def open(self, path: str) -> None:
        """Go to a page of the server."""
        self.page.goto(self.url + path, wait_until="load")

    def follow(self, link: Locator) -> None:
        """Click on something that leads to another page, and wait for that."""
        with self.page.expect_navigation():
            link.click()

    def press(self, key: str) -> None:
        """Press a key that leads to another page, and wait for that."""
        with self.page.expect_navigation():
            self.page.keyboard.press(key)

    def axe(self) -> list[str]:
        """Return what axe calls serious on the page that is open."""
        found = Axe().run(self.page).response["violations"]
        return [
            f"{each['id']}: {each['nodes'][0]['html'][:200]}"
            for each in found
            if each["impact"] in _SERIOUS
        ]

    def is_too_wide(self) -> bool:
        """Whether the page has to be scrolled sideways."""
        return bool(self.page.evaluate("document.documentElement.scrollWidth > window.innerWidth"))


@contextmanager
def watched(browser: Browser, url: str, **options: Any) -> Iterator[Watched]:
    """Open a window; at the end of the block, nothing must have gone wrong in it.

    Wrong are errors of scripts, whatever the policy of content refused, dialogs, and requests to
    other addresses than the server's.
    """
    context = browser.new_context(**options)
    context.set_default_timeout(PATIENCE_SECONDS * 1000)
    page = context.new_page()
    window = Watched(context=context, page=page, url=url)
    wrong = window.wrong

    def asked(address: str) -> None:
        if not address.startswith((f"{url}/", "data:", "about:", "blob:")):
            wrong.append(f"outside request: {address}")

    def said(kind: str, text: str) -> None:
        # A page that is refused is one on purpose.
        if kind == "error" and "Failed to load resource" not in text:
            wrong.append(f"console: {text}")

    context.on("request", lambda request: asked(request.url))
    context.on("console", lambda message: said(message.type, message.text))
    context.on("weberror", lambda error: wrong.append(f"script: {error.error}"))
    page.on("dialog", lambda dialog: (wrong.append(f"dialog: {dialog.message}"), dialog.dismiss()))
    page.on("popup", lambda popup: wrong.append(f"window: {popup.url}"))
    try:
        yield window
    finally:
        context.close()
    assert not wrong, wrong
