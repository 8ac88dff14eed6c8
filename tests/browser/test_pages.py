"""Every page: readable by everybody, on every screen, and closed to what strangers write."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import web
from tests.support.browser import Watched, watched
from tests.support.hostile_store import fill_hostile, settings_of_rules
from tests.support.reviewed import ORDERS, fill, observation

_SCREENS = (
    {"viewport": {"width": 360, "height": 800}, "color_scheme": "light"},
    {"viewport": {"width": 1440, "height": 900}, "color_scheme": "dark"},
    {"viewport": {"width": 3840, "height": 2160}, "color_scheme": "light"},
)
_RELEASE = "/releases/2.4.0"
_MOST_LINKS = 60


def pages_of(window: Watched) -> list[str]:
    """The address of every kind of page that can be come to."""
    own = f"{_RELEASE}/"
    parts = ("", "/endpoints", "/latency", "/noise", "/history", "/decisions")
    found = ["/", "/rules", "/audit", "/settings", "/nothing", *(_RELEASE + p for p in parts)]
    for start in (_RELEASE, f"{_RELEASE}/endpoints", f"{_RELEASE}/noise"):
        window.open(start)
        links = window.page.eval_on_selector_all("a", "all => all.map(a => a.getAttribute('href'))")
        one_page = {link.partition("?")[0] for link in links if link.startswith(own)}
        found += [link for link in sorted(one_page) if link.count("/") == 4][:_MOST_LINKS]
    findings = [path for path in found if "/findings/" in path]
    return list(dict.fromkeys((*found, *(f"{path}/rule" for path in findings[:3]))))


@pytest.mark.parametrize("screen", _SCREENS, ids=["phone", "dark", "4k"])
def test_pages_are_accessible_and_fit_the_screen(
    browser: Browser, store: str, url: str, screen: dict[str, object]
) -> None:
    fill(store, [observation(n, ORDERS) for n in range(30)], release="2.5.0")
    with watched(browser, url, **screen) as window:
        for path in (*pages_of(window), "/releases/2.5.0", "/releases/2.5.0/endpoints"):
            window.open(path)
            assert window.axe() == [], path
            assert not window.is_too_wide(), path


def test_what_strangers_write_is_text_on_every_page(browser: Browser, tmp_path: Path) -> None:
    store = f"sqlite:///{tmp_path / 'hostile.db'}"
    fill_hostile(store, "2.4.0")
    settings = tmp_path / "shadow.yaml"
    settings.write_text(settings_of_rules(), encoding="utf-8")
    with web(store, settings) as url, watched(browser, url) as window:
        paths = pages_of(window)
        assert sum("/findings/" in path for path in paths) > 20
        for path in paths:
            window.open(path)
            assert _made(window.page) == [], path


def _made(page: Page) -> list[str]:
    """Elements that no page of ours has: they would be a stranger's."""
    return page.eval_on_selector_all(
        "iframe, object, embed, base, math, template, img, style, script:not([src^='/static/']),"
        "meta[http-equiv], [onerror], [onload], [onfocus], [onmouseover], [ontoggle], [style],"
        "a[href^='javascript:'], a[href^='data:'], form[action^='//']",
        "all => all.map(one => one.outerHTML.slice(0, 200))",
    )
