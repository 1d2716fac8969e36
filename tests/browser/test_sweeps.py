"""A sweep in a real browser: counted while typing, followed while it runs, drawn, and one member taken into the draft."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import ARGUMENTS, CHROMIUM, Visit
from tests.domain.examples import TEN_MONTH_TIMING
from tests.platform.running import Api

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]


# What Chromium says of drawing in software, where there is no graphics card.
OF_WEBGL = re.compile(r"GPU stall due to ReadPixels|willReadFrequently")


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (390, "dark")])
def test_sweep_from_the_strategy_to_a_draft_of_its_best(visit, demo_platform, width, scheme):
    api = Api(demo_platform)
    strategy = api.post("/strategies", {"specification": TEN_MONTH_TIMING.model_dump(mode="json")})
    api.post(f"/strategies/{strategy['id']}/approve")
    alice = visit(width=width, scheme=scheme).sign_in()
    page = alice.page

    alice.open(f"/strategies/{strategy['id']}/")
    page.get_by_test_id("sweep").click()
    page.get_by_test_id("axis-window").fill("1:1000:1")
    page.get_by_test_id("axis-cost").fill("0:9999:1")
    expect(page.locator("#sweep-estimate")).to_contain_text("10,000,000 combinations")
    page.get_by_test_id("axis-window").fill("2:13:1")
    page.get_by_test_id("axis-cost").fill("0:45:5")
    expect(page.get_by_test_id("sweep-total")).to_contain_text("120")
    assert alice.overflow() <= 0

    page.get_by_test_id("start-sweep").click()
    page.wait_for_url(re.compile(r"/sweeps/[0-9a-f-]{36}/"))
    assert alice.complaints == [], f"before: {alice.complaints}"
    expect(page.get_by_test_id("sweep-headline")).to_contain_text("Counting the search", timeout=60_000)
    expect(page.get_by_test_id("sweep-map").locator("td a")).to_have_count(120)
    for name in ("best-curve", "surface", "parallel"):
        page.locator(f"#{name}").scroll_into_view_if_needed()
        expect(page.locator(f"#{name} .main-svg").first).to_be_visible(timeout=20_000)
    assert page.evaluate("['surface', 'parallel'].map(id => document.querySelectorAll(`#${id} canvas`).length)") == [
        1,
        3,
    ]
    assert alice.overflow() <= 0

    alice.complaints[:] = [said for said in alice.complaints if not OF_WEBGL.search(said)]
    assert alice.complaints == [], f"live: {alice.complaints}"
    page.get_by_test_id("best-member").click()
    expect(page.get_by_test_id("member-measures")).to_contain_text("Sharpe ratio")
    page.get_by_label("Why these values").fill("It stands on a plateau")
    page.get_by_test_id("choose-member").click()
    page.wait_for_url(re.compile(r"/strategies/[0-9a-f-]{36}/review/"))
    assert alice.complaints == [], alice.complaints


def test_browser_without_webgl_draws_with_lines(browser, demo_platform):
    api = Api(demo_platform)
    strategy = api.post("/strategies", {"specification": TEN_MONTH_TIMING.model_dump(mode="json")})
    api.post(f"/strategies/{strategy['id']}/approve")
    sweep = api.post(
        "/sweeps", {"strategy_id": strategy["id"], "kind": "grid", "axes": {"window": "2:6:2", "cost": "0, 5"}}
    )
    without = browser.browser_type.launch(executable_path=str(CHROMIUM), args=[*ARGUMENTS, "--disable-3d-apis"])
    alice = Visit(without, f"http://localhost:{demo_platform.port}").sign_in()

    alice.open(f"/sweeps/{sweep['id']}/")
    expect(alice.page.get_by_test_id("sweep-headline")).to_be_visible(timeout=60_000)
    for name in ("surface", "parallel"):
        alice.page.locator(f"#{name}").scroll_into_view_if_needed()
        expect(alice.page.locator(f"#{name} .main-svg").first).to_be_visible(timeout=20_000)

    assert alice.page.locator("#surface canvas, #parallel canvas").count() == 0
    assert alice.complaints == []
    without.close()
