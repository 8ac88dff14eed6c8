"""The reviewer's whole way, in a browser."""

import time

from playwright.sync_api import Browser, Route, expect

from tests.support.browser import Watched, watched
from tests.support.reviewed import ITEMS, ORDERS, fill, observation


def _open_judged(window: Watched) -> None:
    """Open the release; until it is judged there is nothing to decide, and the page comes again."""
    window.open("/releases/2.4.0")
    expect(window.page.locator("h1")).to_contain_text("FAIL")


def _open_the_finding(window: Watched) -> None:
    _open_judged(window)
    window.follow(window.page.locator(".brief a").first)


def test_a_reviewer_opens_understands_accepts_and_sees_the_verdict_change(
    browser: Browser, url: str
) -> None:
    with watched(browser, url) as window:
        page = window.page
        window.open("/")
        expect(page.locator(".release").first).to_contain_text("FAIL")
        window.follow(page.get_by_role("link", name="2.4.0"))
        expect(page.locator("h1")).to_contain_text("FAIL")
        finding = page.locator(".brief").first
        expect(finding).to_contain_text("$.price")
        expect(finding).to_contain_text("60 of 500")
        expect(finding).to_contain_text("query:currency=EUR")
        window.follow(finding.get_by_role("link"))
        expect(page.get_by_role("cell", name="1999").first).to_be_visible()
        expect(page.locator(".diff .m.finding")).to_have_count(1)
        page.keyboard.press("a")
        page.keyboard.type("Rita")
        page.get_by_label("Why is it intended?").fill("prices are in cents now")
        window.press("Enter")
        expect(page.get_by_role("status")).to_contain_text("2.4.0 is PASS")
        window.press("b")
        expect(page.locator("h1")).to_contain_text("PASS")
        expect(page.get_by_role("table", name="").first).to_be_visible()
        expect(page.locator("main")).to_contain_text("prices are in cents now")


def test_what_was_accepted_is_undone_by_one_key(browser: Browser, url: str) -> None:
    with watched(browser, url) as window:
        page = window.page
        _open_the_finding(window)
        page.keyboard.press("a")
        page.keyboard.type("Rita")
        page.get_by_label("Why is it intended?").fill("by mistake")
        window.press("Enter")
        expect(page.get_by_role("status")).to_contain_text("PASS")
        window.press("u")
        expect(page.get_by_role("status")).to_contain_text("is FAIL")
        window.open("/audit")
        expect(page.locator(".log li")).to_have_count(2)
        expect(page.locator(".log")).to_contain_text("Taken back by Rita")


def test_a_finding_is_made_a_rule_the_verdict_changes_and_one_key_undoes_it(
    browser: Browser, url: str
) -> None:
    with watched(browser, url) as window:
        page = window.page
        _open_the_finding(window)
        window.press("r")
        expect(page.locator("main")).to_contain_text("This finding.")
        expect(page.locator("main")).to_contain_text("Nothing else")
        page.keyboard.press("r")
        page.keyboard.type("Rita")
        page.get_by_label("Why is it intended?").first.fill("prices are in cents now")
        window.press("Enter")
        expect(page.get_by_role("status")).to_contain_text("2.4.0 is PASS")
        expect(page.locator(".finding-head")).to_contain_text("excused by a rule")
        expect(page.locator(".acts")).to_contain_text("Rita made in 2.4.0")
        window.press("u")
        expect(page.get_by_role("status")).to_contain_text("2.4.0 is FAIL")
        window.open("/audit")
        expect(page.locator(".log li")).to_have_count(2)
        expect(page.locator(".log")).to_contain_text("Withdrew a rule by Rita")


def test_a_kept_rule_is_listed_and_withdrawn_on_the_page_of_rules(
    browser: Browser, url: str
) -> None:
    with watched(browser, url) as window:
        page = window.page
        _open_the_finding(window)
        window.press("r")
        page.keyboard.press("r")
        page.keyboard.type("Rita")
        page.get_by_label("Why is it intended?").first.fill("prices are in cents now")
        page.get_by_label("It holds in").select_option("here")
        window.press("Enter")
        expect(page.get_by_role("status")).to_contain_text("2.4.0 is PASS")
        window.open("/releases/2.4.0/noise")
        expect(page.get_by_role("table").last).to_contain_text("kept by Rita")
        window.open("/rules")
        expect(page.locator(".rule")).to_contain_text("for this release alone")
        page.locator("summary", has_text="Withdraw the rule").click()
        page.get_by_label("Your name").fill("Sam")
        page.get_by_label("Why?").fill("billing reads it")
        window.follow(page.get_by_role("button", name="Withdraw", exact=True))
        expect(page.get_by_role("status")).to_contain_text("withdrawn")
        expect(page.locator(".rule")).to_have_count(0)
        window.open("/releases/2.4.0")
        expect(page.locator("h1")).to_contain_text("FAIL")


def test_a_rule_shows_what_else_it_would_excuse_and_why_it_cannot_be_kept(
    browser: Browser, url: str
) -> None:
    with watched(browser, url) as window:
        page = window.page
        _open_the_finding(window)
        window.press("r")
        rule = page.get_by_label("The rule, as YAML")
        assert '"$.price"' in rule.input_value()
        rule.fill(rule.input_value().replace("$.price", "$.*").replace("same_shape", "ignore"))
        window.follow(page.get_by_role("button", name="Try it"))
        expect(page.get_by_role("table")).to_contain_text("$.served_at")
        expect(page.get_by_role("button", name="Keep", exact=True)).to_be_visible()
        rule = page.get_by_label("The rule, as YAML")
        rule.fill(rule.input_value().replace("ignore", "tolerance\n  relative: 99"))
        window.follow(page.get_by_role("button", name="Try it"))
        expect(page.locator(".acts")).to_contain_text("tolerance looks at values")
        expect(page.get_by_role("button", name="Keep", exact=True)).to_have_count(0)
        rule = page.get_by_label("The rule, as YAML")
        rule.fill("- name: half a rule")
        window.follow(page.get_by_role("button", name="Try it"))
        expect(page.get_by_role("alert")).to_contain_text("action")


def test_a_bug_gets_a_link_and_loses_it_again(browser: Browser, url: str) -> None:
    with watched(browser, url) as window:
        page = window.page
        _open_the_finding(window)
        page.keyboard.press("m")
        page.keyboard.type("Rita")
        page.get_by_label("Where is it dealt with?").fill("https://tracker.example/1234")
        window.press("Enter")
        expect(page.get_by_role("status")).to_contain_text("Marked as a bug")
        link = page.get_by_role("link", name="https://tracker.example/1234")
        expect(link).to_have_attribute("rel", "noreferrer noopener nofollow")
        window.press("b")
        expect(page.locator(".brief").first).to_contain_text("bug")
        page.go_back()
        window.press("u")
        expect(page.get_by_role("status")).to_contain_text("no longer")


def test_a_release_is_signed_off_against_the_verdict_with_a_reason(
    browser: Browser, url: str
) -> None:
    with watched(browser, url) as window:
        page = window.page
        _open_judged(window)
        window.press("6")
        page.keyboard.press("s")
        page.keyboard.type("Rita")
        page.get_by_label("Why?").fill("the shop is closed anyway")
        page.get_by_label("Against the verdict").check()
        window.follow(page.get_by_role("button", name="Sign off"))
        expect(page.get_by_role("status")).to_contain_text("Signed off")
        expect(page.locator(".log")).to_contain_text("against the verdict FAIL")


def test_the_whole_way_needs_no_script(browser: Browser, url: str) -> None:
    with watched(browser, url, java_script_enabled=False) as window:
        page = window.page
        window.open("/")
        window.follow(page.get_by_role("link", name="2.4.0"))
        window.follow(page.locator(".brief a").first)
        page.locator("summary", has_text="Accept as intended").click()
        page.get_by_label("Your name").first.fill("Rita")
        page.get_by_label("Why is it intended?").fill("prices are in cents now")
        window.follow(page.get_by_role("button", name="Accept", exact=True))
        expect(page.get_by_role("status")).to_contain_text("2.4.0 is PASS")
        window.follow(page.get_by_role("button", name="Undo"))
        expect(page.get_by_role("status")).to_contain_text("2.4.0 is FAIL")
        window.follow(page.get_by_role("link", name="Make it a rule"))
        page.get_by_label("Your name").first.fill("Rita")
        page.get_by_label("Why is it intended?").first.fill("prices are in cents now")
        window.follow(page.get_by_role("button", name="Keep", exact=True))
        expect(page.get_by_role("status")).to_contain_text("2.4.0 is PASS")
        window.follow(page.get_by_role("button", name="Undo"))
        expect(page.get_by_role("status")).to_contain_text("2.4.0 is FAIL")
        page.get_by_role("button", name="Keyboard shortcuts").click()
        expect(page.get_by_role("dialog")).to_be_visible()


def test_a_page_that_is_open_shows_what_comes_later(browser: Browser, store: str, url: str) -> None:
    with watched(browser, url) as window:
        page = window.page
        window.open("/releases/2.4.0")
        expect(page.locator(".brief").first).to_contain_text("60 of 500")
        fill(store, [observation(n, ITEMS) for n in range(500, 700)], line="two")
        expect(page.locator(".brief").first).to_contain_text("60 of 700")


def test_a_page_that_is_open_shows_what_comes_while_it_is_renewed(
    browser: Browser, store: str, url: str
) -> None:
    with watched(browser, url) as window:
        page = window.page
        renewals = []

        def answer_late(route: Route) -> None:
            answer = route.fetch()
            renewals.append(answer.status)
            if len(renewals) == 1:
                fill(store, [observation(n, ITEMS) for n in range(500, 700)], line="two")
                time.sleep(6)  # so that the page is told of these before it has what it asked for
            route.fulfill(response=answer)

        window.open("/releases/2.4.0")
        expect(page.locator(".brief").first).to_contain_text("60 of 500")
        page.route("**/releases/2.4.0", answer_late)
        fill(store, [observation(n, ITEMS) for n in range(700, 710)], line="three")
        expect(page.locator(".brief").first).to_contain_text("60 of 710")
        assert len(renewals) > 1


def test_a_list_of_releases_that_is_open_gets_a_new_one(
    browser: Browser, store: str, url: str
) -> None:
    with watched(browser, url) as window:
        page = window.page
        window.open("/")
        expect(page.locator(".release")).to_have_count(1)
        fill(store, [observation(n, ORDERS) for n in range(30)], release="2.5.0")
        expect(page.locator(".release")).to_have_count(2)
        expect(page.locator(".release").first).to_contain_text("needs about")


def test_keys_move_through_findings_and_help_is_one_key_away(browser: Browser, url: str) -> None:
    with watched(browser, url) as window:
        page = window.page
        window.open("/")
        page.keyboard.press("?")
        expect(page.get_by_role("dialog")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_be_hidden()
        page.keyboard.press("j")
        page.keyboard.press("Enter")
        page.wait_for_url("**/releases/2.4.0")
        page.keyboard.press("j")
        page.keyboard.press("Enter")
        page.wait_for_url("**/findings/*")
        page.keyboard.press("g")
        page.keyboard.press("s")
        page.wait_for_url("**/settings")
