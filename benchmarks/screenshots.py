"""`make screenshots`: the pages of the README and of docs, desktop and phone, light and dark."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.browser.conftest import ARGUMENTS, CHROMIUM, Visit
from tests.platform.running import Platform, wait_for

FOLDER = Path(__file__).parents[1] / "docs" / "screenshots"
SIZES = {"desktop": (1440, 900), "phone": (390, 844)}


def main() -> int:
    """Make every screenshot."""
    from playwright.sync_api import sync_playwright

    FOLDER.mkdir(exist_ok=True)
    running = Platform(demo=True)
    try:
        wait_for(running.is_ready, seconds=60, what="ready")
        with sync_playwright() as playwright:
            chromium = playwright.chromium.launch(executable_path=str(CHROMIUM), headless=True, args=ARGUMENTS)
            for device, (width, height) in SIZES.items():
                for scheme in ("light", "dark"):
                    visit = Visit(
                        chromium, f"http://localhost:{running.port}", width=width, height=height, scheme=scheme
                    ).sign_in()
                    _tour(visit, f"{device}-{scheme}")
                    visit.close()
            chromium.close()
    finally:
        running.remove()
    return 0


def _tour(visit: Visit, suffix: str) -> None:
    def shot(name: str) -> None:
        visit.page.wait_for_timeout(900)
        visit.page.screenshot(path=str(FOLDER / f"{name}-{suffix}.png"))
        print(f"{name}-{suffix}")

    shot("home")
    visit.open("/documents/")
    shot("documents")
    visit.open("/strategies/?status=draft")
    visit.page.locator("[data-testid=strategy-row] th a").first.click()
    shot("review")
    visit.open("/backtests/")
    visit.page.locator("[data-testid=backtest-row] th a").first.click()
    shot("result")
    visit.page.locator("#curve").scroll_into_view_if_needed()
    visit.page.locator("#equity .main-svg").first.wait_for(timeout=20_000)
    visit.page.evaluate("document.querySelector('#curve').scrollIntoView()")
    shot("equity")


if __name__ == "__main__":
    sys.exit(main())
