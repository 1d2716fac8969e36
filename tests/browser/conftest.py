"""Headless Chromium from Debian, driven by Playwright."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--disable-dev-shm-usage",
]  # fmt: skip


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """One browser per module: while it lives, its loop would be in the way of asynchronous tests."""
    if not CHROMIUM.exists():
        pytest.skip("Chromium is not installed; `make test` installs it where it may (sudo apt-get install chromium)")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=str(CHROMIUM), headless=True, args=ARGUMENTS)
        yield chromium
        chromium.close()


class Visit:
    """A page in a window of its own; remembers what the browser complains about."""

    def __init__(self, browser: Any, base: str, *, width: int = 1440, height: int = 900, scheme: str = "light") -> None:
        self.base, self.complaints = base, []
        self.context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
        self.page = self.context.new_page()
        self.page.on("console", lambda m: self.complaints.append(m.text) if m.type in {"error", "warning"} else None)
        self.page.on("pageerror", lambda e: self.complaints.append(str(e)))
        self.page.on("response", lambda r: self.complaints.append(f"{r.status} {r.url}") if r.status >= 400 else None)

    def sign_in(self, email: str = "alice@meridian.example") -> Visit:
        self.page.goto(self.base + "/")
        self.page.fill("input[name=login]", email)
        self.page.fill("input[name=password]", "research-desk-demo")
        self.page.press("input[name=password]", "Enter")
        self.page.wait_for_url(self.base + "/")
        return self

    def open(self, path: str) -> None:
        self.page.goto(self.base + path)

    def overflow(self) -> int:
        """By how many pixels the page is wider than the window."""
        return int(self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))

    def close(self) -> None:
        self.context.close()


@pytest.fixture
def visit(browser: Any, demo_platform: Any) -> Iterator[Any]:
    made: list[Visit] = []

    def make(**options: Any) -> Visit:
        made.append(Visit(browser, f"http://localhost:{demo_platform.port}", **options))
        return made[-1]

    yield make
    for one in made:
        one.close()
