"""The path of a new user, in a real browser on the whole platform: a note goes in, a judged strategy comes out."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.documents import files

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

NOTE = (
    "Timing the S&P 500 with a moving average\n\nWe test a simple rule on the S&P 500 index from 2000 to 2012. On the last trading day of each month we compare the closing "
    "price of the S&P 500 with its eight-month simple moving average. We hold the index when it closes above the average and move to cash otherwise. "
    "The portfolio is rebalanced monthly. Orders are filled at the open of the next trading day. The strategy earns 6.0% per year with a Sharpe ratio of 0.55 "
    "and a maximum drawdown of 20%."
)


def test_note_becomes_a_judged_strategy(visit, tmp_path):
    note = tmp_path / "eight-month-timing.pdf"
    note.write_bytes(files.pdf(NOTE, "Further reading is left to the reader."))
    alice = visit().sign_in()
    page = alice.page

    expect(page.get_by_test_id("next-step")).to_contain_text("question")
    alice.open("/documents/")
    page.get_by_test_id("upload-input").set_input_files(str(note))

    page.wait_for_url(re.compile(r"/documents/[0-9a-f-]{36}/"))
    expect(page.get_by_test_id("progress")).to_contain_text("2 of 2", timeout=20_000)
    expect(page.get_by_test_id("open-strategy")).to_be_visible(timeout=20_000)
    page.get_by_test_id("open-strategy").click()

    expect(page.get_by_test_id("mark").first).to_be_attached()
    expect(page.get_by_test_id("open-questions")).to_contain_text("cost")
    cost = page.locator(".field[data-status=missing]").first
    cost.click()
    cost.locator("input[name=value][type=text]").fill("5 bps")
    cost.get_by_role("button", name="Answer").click()
    expect(page.get_by_test_id("open-questions")).to_have_count(0)

    page.get_by_test_id("approve-and-run").click()
    page.wait_for_url(re.compile(r"/backtests/[0-9a-f-]{36}/"))
    expect(page.get_by_test_id("verdict").first).to_be_visible(timeout=20_000)
    expect(page.get_by_test_id("comparisons")).to_contain_text("against the claimed")
    expect(page.get_by_test_id("reasons")).to_contain_text("comparable claims")
    expect(page.get_by_test_id("gates")).to_contain_text("at least 252")
    page.locator("#trade-table").scroll_into_view_if_needed()
    expect(page.get_by_test_id("trades")).to_contain_text("SPX")
    page.locator("#equity").scroll_into_view_if_needed()
    expect(page.locator("#equity .main-svg").first).to_be_visible(timeout=20_000)
    assert alice.complaints == []


def test_refused_file_says_why_where_the_user_stands(visit, tmp_path):
    picture = tmp_path / "chart.pdf"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n....")
    alice = visit().sign_in()
    alice.open("/documents/")

    alice.page.get_by_test_id("upload-input").set_input_files(str(picture))

    expect(alice.page.get_by_test_id("upload-list")).to_contain_text("This is a picture")


def test_unreadable_document_says_why_without_a_reload(visit, tmp_path):
    scan = tmp_path / "scan.pdf"
    scan.write_bytes(files.image_only())
    alice = visit().sign_in()
    alice.open("/documents/")

    alice.page.get_by_test_id("upload-input").set_input_files(str(scan))

    expect(alice.page.get_by_test_id("progress")).to_contain_text("Run text recognition", timeout=20_000)


PLACES = [
    "/",
    "/documents/",
    "/documents/search/?q=momentum",
    "/documents/?deleted=1",
    "/strategies/",
    "/library/",
    "/library/turn-of-the-month/",
    "/library/dispersion-trading/",
    "/evaluation/",
    "/backtests/",
    "/market-data/",
    "/market-data/us-five/",
    "/activity/",
    "/notifications/",
    "/settings/notifications/",
    "/settings/",
]


def deep_places(one):
    one.open("/documents/")
    yield one.page.locator("[data-testid=document-row] a").last.get_attribute("href")
    one.open("/strategies/")
    strategy = one.page.locator("[data-testid=strategy-row] th a").last.get_attribute("href")
    yield strategy
    yield re.sub(r"review/$", "", strategy) + "review/"
    one.open("/backtests/")
    yield one.page.locator("[data-testid=backtest-row] th a").last.get_attribute("href")


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (1440, "dark"), (360, "light"), (390, "dark")])
def test_every_page_is_accessible_fits_and_breaks_no_policy(visit, width, scheme):
    from axe_playwright_python.sync_playwright import Axe

    one = visit(width=width, height=844 if width < 500 else 900, scheme=scheme).sign_in()
    problems = []
    for path in [*PLACES, *deep_places(one)]:
        one.open(path)
        one.page.wait_for_timeout(250)
        found = Axe().run(one.page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]})
        problems += [f"{path}: {v['id']}: {v['nodes'][0]['html'][:120]}" for v in found.response["violations"]]
        if one.overflow() > 0:
            problems.append(f"{path}: {one.overflow()} px too wide")

    assert problems == []
    assert one.complaints == []


def test_pages_work_without_script(browser, demo_platform):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(demo_platform.url("/"))
    page.fill("input[name=login]", "alice@meridian.example")
    page.fill("input[name=password]", "research-desk-demo")
    page.click("button[type=submit]")

    page.goto(demo_platform.url("/strategies/?status=draft"))
    page.locator("[data-testid=strategy-row] th a").first.click()

    expect(page.locator(".field[data-status=missing]").first).to_be_visible()
    expect(page.locator(".mark").first).to_be_attached()
    context.close()


def test_keyboard_alone_reaches_search_and_a_result(visit):
    page = visit().sign_in().page

    page.keyboard.press("Control+k")
    page.keyboard.type("momentum")
    expect(page.locator("#palette")).to_contain_text("momentum", ignore_case=True)
    page.locator("#palette a", has_text="Strategy").first.wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")

    page.wait_for_url(re.compile(r"/(strategies|documents|backtests)/"))


def test_published_strategy_is_found_started_and_run(visit):
    alice = visit().sign_in()
    page = alice.page
    page.get_by_test_id("nav-library").click()
    expect(page.get_by_test_id("n-expressible")).to_have_text("100")

    page.get_by_label("Search the library").fill("Smidt turn of the month")
    expect(page.get_by_test_id("library-row")).to_have_count(1)
    page.get_by_role("link", name="Turn of the month in equity indexes").click()
    expect(page.get_by_test_id("explanation")).to_contain_text("the trading days left in the month")
    page.get_by_test_id("start-from-library").click()

    page.get_by_test_id("approve-and-run").click()
    page.wait_for_url(re.compile(r"/backtests/[0-9a-f-]{36}/"))
    expect(page.get_by_test_id("verdict").first).to_be_visible(timeout=20_000)
    page.locator("#trade-table").scroll_into_view_if_needed()
    expect(page.get_by_test_id("trades")).to_contain_text("SPX")
    assert alice.complaints == []
