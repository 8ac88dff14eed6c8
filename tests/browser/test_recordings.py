"""What a browser really saves of its traffic is replayed by `shadow replay`."""

import json
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser

from tests.support.processes import shadow, target

PAGES = 30
ASK = """async (pages) => {
    for (let n = 0; n < pages; n++) await (await fetch(`/page/${n}?of=${pages}`)).text();
    await fetch("/orders", {method: "POST", body: JSON.stringify({sku: "a1"})});
}"""


def test_what_chromium_saves_is_compared_with_the_answers_that_it_got(
    browser: Browser, tmp_path: Path
) -> None:
    recording = tmp_path / "shop.har"
    with target() as shop:
        # As "Save all as HAR with content" in the developer tools writes it.
        window = browser.new_context(record_har_path=recording, record_har_content="embed")
        page = window.new_page()
        page.goto(f"{shop}/start")
        page.evaluate(ASK, PAGES)
        window.close()
    with target() as same:
        equal = _verdict_after_replay(tmp_path, recording, same, "2.4.0")
    with target(mark="pre-release") as other:
        differing = _verdict_after_replay(tmp_path, recording, other, "2.5.0")
    counted = equal["accounting"]
    assert counted["compared"] > PAGES
    assert counted["missing"] == counted["dropped"] == 0
    assert counted["reasons"]["skipped"]["method"] == 1
    assert equal["findings"] == []
    # Without a secondary noise is not known, and so few differences are none that is sure.
    assert equal["suspects"] == []
    assert {each["endpoint"] for each in differing["suspects"]} >= {"GET /page/{int}"}


def _verdict_after_replay(
    folder: Path, recording: Path, candidate: str, release: str
) -> dict[str, Any]:
    about = ("--release", release, "--store", f"sqlite:///{folder}/shadow.db")
    done = shadow(*("replay", str(recording), "--candidate", candidate, "--speed", "max"), *about)
    assert done.returncode == 0, done.stderr
    verdict: dict[str, Any] = json.loads(shadow("gate", *about, "--format", "json").stdout)
    return verdict
