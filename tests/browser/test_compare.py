"""From the list of runs to a comparison, in a real browser: choose two, read what differs, keep a view."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]


def test_two_runs_of_the_list_are_compared_and_a_view_is_kept(visit):
    alice = visit().sign_in()
    page = alice.page

    alice.open("/backtests/?sort=-calmar_ratio&columns=calmar_ratio,sharpe_ratio")
    expect(page.get_by_test_id("backtest-row").first.locator("svg.spark path")).to_be_attached()
    boxes = page.locator("input[name=id]")
    for place in (0, 1):
        boxes.nth(place).check()
    page.get_by_test_id("bulk-compare").click()

    page.wait_for_url(re.compile(r"/backtests/compare/\?ids=[0-9a-f-]{36},[0-9a-f-]{36}"))
    expect(page.get_by_test_id("difference")).to_contain_text("differ")
    expect(page.get_by_test_id("judgement")).to_contain_text("No winner")
    expect(page.get_by_test_id("measures")).to_contain_text("[")
    page.locator("#growth").scroll_into_view_if_needed()
    expect(page.locator("#growth .main-svg").first).to_be_visible(timeout=20_000)

    alice.open("/backtests/?sort=-calmar_ratio&columns=calmar_ratio,sharpe_ratio")
    page.get_by_test_id("save-view").click()
    page.fill("#view-name", "Calm ones")
    page.get_by_role("button", name="Save view").click()
    expect(page.get_by_test_id("views").get_by_role("link", name="Calm ones")).to_have_attribute("aria-current", "page")
    assert "sort=-calmar_ratio" in page.url
    assert alice.complaints == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_list_and_comparison_fit_a_phone(visit, scheme):
    alice = visit(width=390, height=844, scheme=scheme).sign_in()
    page = alice.page

    alice.open("/backtests/")
    assert alice.overflow() == 0
    ids = page.eval_on_selector_all("input[name=id]", "found => found.slice(0, 2).map(box => box.value)")
    alice.open(f"/backtests/compare/?ids={','.join(ids)}")
    assert alice.overflow() == 0
    alice.open(f"/backtests/compare/?ids={ids[0]}")
    page.get_by_test_id("offered").first.get_by_role("checkbox").check()
    page.get_by_test_id("compare").click()
    expect(page.get_by_test_id("inputs")).to_be_visible()
    assert alice.overflow() == 0
    assert alice.complaints == []
