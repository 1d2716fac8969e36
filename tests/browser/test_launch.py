"""Launch a run in a real browser and follow it in two tabs: progress, curve, a lost socket, cancel."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from playwright.sync_api import expect

from tests.platform.long_run import LONG_RUN
from tests.platform.running import Api, wait_for

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]


def test_run_is_launched_with_other_costs_followed_in_two_tabs_and_cancelled(visit, demo_platform):
    wait_for(demo_platform.is_ready, seconds=60, what="ready")
    api = Api(demo_platform)
    strategy = api.post("/strategies", {"specification": LONG_RUN.model_dump(mode="json")})
    api.post(f"/strategies/{strategy['id']}/approve")
    alice = visit().sign_in()
    page = alice.page

    alice.open(f"/strategies/{strategy['id']}/")
    page.get_by_test_id("launch-options").click()
    expect(page.get_by_test_id("window-after")).to_be_disabled()
    page.get_by_test_id("costs-house").check()
    expect(page.get_by_test_id("overrides")).to_contain_text("10 bps a fill (version: 5 bps a fill)")
    page.get_by_test_id("launch").click()
    page.wait_for_url(re.compile(r"/backtests/[0-9a-f-]{36}/"))
    expect(page.get_by_test_id("overrides")).to_contain_text("other costs")
    expect(page.get_by_test_id("eta")).to_be_visible(timeout=20_000)

    second = alice.context.new_page()
    second.goto(page.url)
    expect(second.locator("#live")).to_have_attribute("data-state", "live")
    alice.context.set_offline(True)
    expect(second.locator("#live")).not_to_have_attribute("data-state", "live", timeout=10_000)
    expect(second.locator("#live .word")).to_have_text(re.compile("Reconnecting|Offline"))
    alice.context.set_offline(False)
    expect(second.locator("#live")).to_have_attribute("data-state", "live", timeout=20_000)

    expect(page.get_by_test_id("partial-equity")).to_be_visible(timeout=60_000)
    expect(second.get_by_test_id("partial-equity")).to_be_visible()
    expect(page.get_by_test_id("eta")).to_contain_text("left")

    run_id = re.search(r"[0-9a-f-]{36}", page.url).group()
    page.bring_to_front()  # a page behind another may wait for its turn to be drawn
    clicked = datetime.now(UTC)
    page.get_by_test_id("cancel").click()
    expect(second.get_by_text("This run was cancelled")).to_be_visible(timeout=10_000)
    stopped = datetime.fromisoformat(api.get(f"/backtests/{run_id}")["finished_at"])
    assert (stopped - clicked).total_seconds() < 2  # the click, its way to the server, and a second to stop
    expect(page.get_by_text("This run was cancelled")).to_be_visible()


def test_launch_works_without_a_script(browser, demo_platform):
    wait_for(demo_platform.is_ready, seconds=60, what="ready")
    api, base = Api(demo_platform), f"http://localhost:{demo_platform.port}"
    strategy = api.post("/strategies", {"specification": LONG_RUN.model_dump(mode="json")})
    api.post(f"/strategies/{strategy['id']}/approve")
    context = browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.goto(base + "/")
    page.fill("input[name=login]", "alice@meridian.example")
    page.fill("input[name=password]", "research-desk-demo")
    page.press("input[name=password]", "Enter")

    page.goto(f"{base}/backtests/of/{strategy['id']}/launch/")
    page.get_by_test_id("window-full").check()
    page.get_by_role("button", name="Check again").click()
    expect(page.get_by_test_id("overrides")).to_contain_text("all days of the data")
    page.get_by_test_id("launch").click()
    expect(page.get_by_role("heading", name="Running")).to_be_visible()
    page.get_by_test_id("cancel").click()
    page.wait_for_timeout(1_000)
    page.get_by_role("link", name="Backtests").first.click()
    expect(page.get_by_test_id("backtest-row").first).to_contain_text("Cancelled")
    context.close()
