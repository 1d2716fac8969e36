"""The tear sheet in a real browser: parts come when they are looked at, numbers open, trades filter, nothing complains."""

from __future__ import annotations

import re
import time

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]


def until(page, script, *, seconds=20.0):
    """Wait until a script is true; the page's own policy forbids Playwright's way of waiting for one."""
    end = time.monotonic() + seconds
    while not page.evaluate(script):
        assert time.monotonic() < end, f"never: {script}"
        page.wait_for_timeout(100)


@pytest.fixture
def sheet(visit):
    """Opens the demo desk's timing run in a window of the size that a test asks for."""

    def open_sheet(**options):
        alice = visit(**options).sign_in()
        alice.open("/backtests/?sort=created_at&q=Moving-average+timing")
        alice.page.get_by_test_id("backtest-row").get_by_role("link", name="Moving-average timing").first.click()
        alice.page.wait_for_url(re.compile(r"/backtests/[0-9a-f-]{36}/"))
        return alice

    return open_sheet


def test_number_opens_what_it_is_and_closes(sheet):
    alice = sheet()
    page = alice.page

    page.get_by_test_id("tile-sharpe_ratio").get_by_role("link").click()

    expect(page.get_by_test_id("definition")).to_contain_text("daily simple returns")
    expect(page.get_by_test_id("definition")).to_contain_text("apps.domain.metrics.sharpe_ratio")
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("definition")).not_to_be_visible()
    assert alice.complaints == []


def test_parts_and_charts_come_when_they_are_looked_at(sheet):
    alice = sheet()
    page = alice.page
    assert page.locator(".chart .main-svg").count() == 0

    for name in ("bootstrap", "attribution", "regimes", "capacity", "bridge"):
        slot = page.get_by_test_id(f"slot-{name}")
        slot.scroll_into_view_if_needed()
        expect(slot.locator("table, .empty").first).to_be_visible(timeout=20_000)
    for figure in ("rolling", "days", "exposure", "excursions"):
        page.locator(f"#{figure}").scroll_into_view_if_needed()
        expect(page.locator(f"#{figure} .main-svg").first).to_be_visible(timeout=20_000)
    page.locator("#rolling + *, .chart-table").first.scroll_into_view_if_needed()
    page.locator(".chart-table summary").first.click()
    expect(page.locator(".chart-table table").first).to_contain_text("Dec 2012")
    assert alice.complaints == []


def test_growth_switches_to_a_logarithmic_scale_and_the_address_says_so(sheet):
    alice = sheet()
    page = alice.page
    page.locator("#equity").scroll_into_view_if_needed()
    expect(page.locator("#equity .main-svg").first).to_be_visible(timeout=20_000)

    page.get_by_text("Log", exact=True).click()

    until(page, "document.getElementById('equity').layout?.yaxis?.type === 'log'")
    assert "scale=log" in page.url
    page.reload()
    page.locator("#equity").scroll_into_view_if_needed()
    until(page, "document.getElementById('equity').layout?.yaxis?.type === 'log'")
    assert alice.complaints == []


def shown_range(page):
    return page.evaluate("document.getElementById('equity').layout.xaxis.range.map(d => String(d).slice(0, 10))")


def drawn(page):
    page.locator("#equity").scroll_into_view_if_needed()
    expect(page.locator("#equity .main-svg").first).to_be_visible(timeout=20_000)
    page.wait_for_timeout(300)


def test_copied_link_opens_the_same_view(sheet):
    alice = sheet()
    page = alice.page
    alice.context.grant_permissions(["clipboard-read", "clipboard-write"])
    drawn(page)

    page.get_by_text("3Y", exact=True).click()
    page.get_by_text("Log", exact=True).click()
    until(page, "document.getElementById('equity').layout?.yaxis?.type === 'log'")
    page.wait_for_timeout(300)
    before = shown_range(page)
    page.get_by_test_id("copy-link").click()
    expect(page.get_by_test_id("toast").first).to_contain_text("Link copied")
    link = page.evaluate("navigator.clipboard.readText()")
    page.goto(link)
    drawn(page)

    assert "range=3" in link
    assert "scale=log" in link
    assert shown_range(page) == before
    assert page.locator("input[data-range][value='3']").is_checked()
    assert page.evaluate("document.getElementById('equity').layout.yaxis.type") == "log"
    assert alice.complaints == []


def test_zoom_is_part_of_the_address_and_goes_with_a_double_click(sheet):
    alice = sheet()
    page = alice.page
    drawn(page)

    page.evaluate("Plotly.relayout('equity', {'xaxis.range[0]': '2008-01-02', 'xaxis.range[1]': '2009-06-30'})")
    until(page, "location.search.includes('range=2008-01-02..2009-06-30')")
    page.reload()
    drawn(page)
    zoomed = shown_range(page)
    page.evaluate("Plotly.relayout('equity', {'xaxis.autorange': true})")
    until(page, "!location.search.includes('range=')")

    assert zoomed == ["2008-01-02", "2009-06-30"]
    assert page.locator("input[data-range][value='max']").is_checked()


def test_trades_are_filtered_and_the_address_keeps_it(sheet):
    alice = sheet()
    page = alice.page
    page.locator("#trade-table").scroll_into_view_if_needed()
    expect(page.get_by_test_id("trade-count")).to_contain_text("of 6")

    page.get_by_test_id("trade-filters").locator("select[name=outcome]").select_option("open")

    expect(page.get_by_test_id("trade-count")).to_contain_text("1 to 1 of 1")
    expect(page.get_by_test_id("trades")).to_contain_text("open")
    page.wait_for_url(re.compile("outcome=open"))
    page.reload()
    page.locator("#trade-table").scroll_into_view_if_needed()
    expect(page.get_by_test_id("trade-count")).to_contain_text("1 to 1 of 1")
    with page.expect_download() as download:
        page.get_by_test_id("export-trades").click()
    assert download.value.suggested_filename == "trades.csv"
    assert alice.complaints == []


def test_prices_come_in_detail_when_zoomed(sheet):
    alice = sheet()
    page = alice.page
    page.get_by_test_id("slot-price").scroll_into_view_if_needed()
    page.locator("#price").scroll_into_view_if_needed()
    expect(page.locator("#price .main-svg").first).to_be_visible(timeout=20_000)
    assert page.evaluate("document.getElementById('price').data[0].type") == "scatter"

    page.evaluate("Plotly.relayout('price', {'xaxis.range': ['2004-01-01', '2004-12-31']})")

    until(page, "document.getElementById('price').data[0].type === 'candlestick'")
    assert page.evaluate("document.getElementById('price').data[0].x.length") < 300
    assert alice.complaints == []


def test_sensitivity_is_run_when_it_is_looked_at(sheet):
    alice = sheet()
    slot = alice.page.get_by_test_id("slot-sensitivity")

    slot.scroll_into_view_if_needed()

    expect(slot.get_by_test_id("sensed").first).to_contain_text("100 bps", timeout=60_000)
    expect(slot).to_contain_text("Moving-average window")
    assert alice.complaints == []


@pytest.mark.parametrize(("width", "scheme"), [(1440, "dark"), (390, "light")])
def test_sheet_fits_its_window(sheet, width, scheme):
    alice = sheet(width=width, scheme=scheme)
    page = alice.page
    for at in range(0, page.evaluate("document.documentElement.scrollHeight"), 700):
        page.evaluate(f"scrollTo(0, {at})")
        page.wait_for_timeout(120)

    assert alice.overflow() <= 0
    assert alice.complaints == []


def test_printed_page_has_every_part_at_once(sheet):
    alice = sheet()
    alice.open(re.sub(r"^https?://[^/]+", "", alice.page.url) + "?print=1")

    until(alice.page, "document.documentElement.dataset.ready === 'print'", seconds=60)

    assert alice.page.locator(".waiting .skeleton").count() == 0
    assert alice.page.locator(".chart .main-svg").count() > 8
    assert alice.complaints == []
