"""Two published releases of a real web service, told apart by Shadow alone.

httpbin 0.7.0 (December 2017) serves as production, twice; httpbin 0.10.1 (August 2023) is the
pre-release. Both run on the same Flask, Werkzeug and waitress, so what differs is httpbin's own
doing. Its changelog says little ("a number of fixes for code rot", "substantial housekeeping"), so
each expected difference names the code in `httpbin/core.py` that makes it.
"""

import hashlib
import http.client
import json
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.processes import (
    ROOT,
    clean_environment,
    free_port,
    process,
    proxy,
    shadow,
    until,
)

RELEASES = Path(__file__).parent / "releases"
ROUNDS = 24
"""How often each request is made; a difference seen so often is evidence."""

BEARER = "Bearer abc123"
TOKEN = "Token xyz789"

EXPECTED = {
    # a_json_endpoint, the Swagger page and view_landing_page at /legacy are new
    ("GET /json", "status", "status"),
    ("GET /spec.json", "status", "status"),
    ("GET /legacy", "status", "status"),
    # `/` shows the Swagger page instead of view_landing_page
    ("GET /", "somewhere in the page", "another page"),
    # decode_base64 answers a bad text instead of raising
    ("GET /base64/{text}", "status", "status"),
    # bearer_auth cuts "Bearer " off; it stripped those letters from the token's own front
    ("GET /bearer", "$.token", "value"),
    # bearer_auth refuses what is no Bearer token
    ("GET /bearer", "status", "status"),
    # autocorrect_location_header is now set on the class that answers, so redirects are relative
    ("GET /redirect/{n}", "header:location", "shape"),
    ("GET /relative-redirect/{n}", "header:location", "shape"),
    ("GET /cookies/set", "header:location", "shape"),
    # Response comes from Werkzeug instead of Flask, and with it text/plain
    ("GET /range/{n}", "header:content-type", "header"),
    # JSONIFY_PRETTYPRINT_REGULAR makes answers longer; this one quotes its own length
    ("GET /response-headers", "$['Content-Length']", "value"),
}
"""Endpoint, location and kind of every difference that there is to find."""


def found(finding: dict[str, Any]) -> tuple[str, str, str]:
    """A finding as it is expected; a page that is another one differs in all its elements."""
    if finding["endpoint"] == "GET /" and finding["location"].startswith("$"):
        return "GET /", "somewhere in the page", "another page"
    return finding["endpoint"], finding["location"], finding["kind"]


NOISE = {("GET /uuid", "$.uuid"), ("GET /cache", "header:etag")}
"""What differs between two production servers too; `$.uuid` is uuid4, the ETag as well."""

ENDPOINTS = """
endpoints: [/json, /spec.json, /legacy, "/base64/{text}", "/redirect/{n}",
            "/relative-redirect/{n}", /cookies/set, "/range/{n}", /response-headers]
capture: {queue_exchanges: 10000}
policy: {min_exchanges: 20}
"""

ASKED_BY_CURL = (
    "/",
    "/json",
    "/spec.json",
    "/legacy",
    "/html",
    "/xml",
    "/robots.txt",
    "/get?a=1",
    "/redirect/2",
    "/relative-redirect/2",
    "/cookies/set?k=v",
    "/image/png",
)
ASKED_BY_URLLIB = (
    "/headers",
    "/ip",
    "/uuid",
    "/cache",
    "/deny",
    "/encoding/utf8",
    "/gzip",
    "/response-headers?X-Test=1",
    "/anything/foo?x=1",
    "/links/5/2",
)
ASKED_BY_HTTPX = (
    "/base64/aGVsbG8",
    "/range/26",
    "/range/0",
    "/stream/3",
    "/bytes/64?seed=7",
    "/deflate",
    "/user-agent",
    "/status/204",
    "/etag/abc",
    "/forms/post",
)


@pytest.fixture(scope="module")
def verdict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    folder = tmp_path_factory.mktemp("httpbin")
    with (
        httpbin("0.7.0") as primary,
        httpbin("0.7.0") as secondary,
        httpbin("0.10.1") as candidate,
        proxy(
            folder, primary=primary, secondary=secondary, candidate=candidate, settings=ENDPOINTS
        ) as running,
    ):
        through = f"http://127.0.0.1:{running.port}"
        for _ in range(ROUNDS):
            ask_with_curl(through)
            ask_with_urllib(through)
            ask_with_httpx(through)
        assert running.stop() == 0
        code, found = running.gate()
        assert code == 1
        report = shadow("report", *running.asked(), "--format", "html", "--output", "-")
        yield {**found, "report": report.stdout}


def test_every_difference_between_the_releases_is_found_and_nothing_else(
    verdict: dict[str, Any],
) -> None:
    assert {found(f) for f in verdict["findings"]} == EXPECTED


def test_what_differs_between_two_production_servers_is_noise(verdict: dict[str, Any]) -> None:
    assert {(f["endpoint"], f["location"]) for f in verdict["noise"]} >= NOISE


def test_every_request_of_the_real_clients_is_accounted_for(verdict: dict[str, Any]) -> None:
    each = len(ASKED_BY_CURL) + len(ASKED_BY_URLLIB) + len(ASKED_BY_HTTPX) + 3
    assert verdict["accounting"]["captured"] == ROUNDS * each
    assert verdict["accounting"]["missing"] == 0


def test_an_endpoint_that_is_the_same_in_both_releases_is_not_blamed(
    verdict: dict[str, Any],
) -> None:
    blamed = {
        endpoint["endpoint"] for endpoint in verdict["endpoints"] if endpoint["decision"] == "FAIL"
    }
    assert not blamed & {"GET /html", "GET /xml", "GET /get", "GET /gzip", "GET /stream/{int}"}


def test_the_report_shows_the_difference_with_an_example(verdict: dict[str, Any]) -> None:
    assert "GET /redirect/{n}" in verdict["report"]
    assert "http://shop.test/cookies" in verdict["report"]


def ask_with_curl(through: str) -> None:
    curl = shutil.which("curl")
    assert curl, "curl is needed as one of the real clients: install it"
    urls = [part for path in ASKED_BY_CURL for part in (f"{through}{path}", "-o", "/dev/null")]
    subprocess.run((curl, "-sS", "-H", "Host: shop.test", *urls), check=True)


def ask_with_urllib(through: str) -> None:
    for path in ASKED_BY_URLLIB:
        with urllib.request.urlopen(through + path) as response:
            response.read()
    host, _, port = through.removeprefix("http://").partition(":")
    connection = http.client.HTTPConnection(host, int(port))
    connection.request("HEAD", "/get")
    connection.getresponse().read()
    connection.close()


def ask_with_httpx(through: str) -> None:
    with httpx.Client(base_url=through) as client:
        for path in ASKED_BY_HTTPX:
            client.get(path)
        for authorization in (BEARER, TOKEN):
            client.get("/bearer", headers={"Authorization": authorization})


@contextmanager
def httpbin(release: str) -> Iterator[str]:
    """Run a release of httpbin and give its base URL."""
    port = free_port()
    serve = str(environment_of(release) / "bin" / "waitress-serve")
    settled = {**clean_environment(), "PYTHONHASHSEED": "0"}
    settled.pop("PYTHONPATH")
    command = (serve, f"--listen=127.0.0.1:{port}", "--ident=", "httpbin:app")
    with process(*command, env=settled, stderr=subprocess.DEVNULL):
        url = f"http://127.0.0.1:{port}"
        until(lambda: answers(url), f"httpbin {release}")
        yield url


def answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/get").status_code == 200
    except httpx.TransportError:
        return False


def environment_of(release: str) -> Path:
    """A virtual environment with this release alone, made once and kept in .cache."""
    locked = RELEASES / f"httpbin-{release}.txt"
    digest = hashlib.sha256(locked.read_bytes() + sys.version.encode()).hexdigest()[:12]
    place = ROOT / ".cache" / "acceptance" / f"httpbin-{release}-{digest}"
    if not (place / "ready").exists():
        subprocess.run((sys.executable, "-m", "venv", str(place)), check=True)
        pip = (str(place / "bin" / "python"), "-m", "pip", "install", "--quiet", "--no-deps")
        subprocess.run((*pip, "--require-hashes", "-r", str(locked)), check=True)
        (place / "ready").write_text(json.dumps({"release": release}))
    return place
