"""The bell: it counts, tells in a toast without taking the focus, opens its list, and is a link without JavaScript."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.documents import files
from tests.platform.running import Api

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]


def test_bell_tells_of_a_document_that_cannot_be_read(visit, demo_platform):
    alice = visit(width=1200).sign_in()
    page = alice.page
    alice.open("/settings/")
    expect(page.locator("#live")).to_have_attribute("data-state", "live", timeout=20_000)
    page.get_by_label("What will use it?").focus()

    Api(demo_platform).upload("scan-of-a-letter.pdf", files.image_only())

    toast = page.get_by_test_id("toast").filter(has_text="Document could not be read")
    expect(toast).to_be_visible(timeout=30_000)
    expect(page.get_by_label("What will use it?")).to_be_focused()
    expect(page.locator(".toasts")).to_have_attribute("aria-live", "polite")
    toast.get_by_role("button", name="Dismiss").click()
    expect(toast).to_have_count(0)
    expect(page.get_by_test_id("unread")).to_be_visible()

    page.get_by_test_id("bell").click()
    newest = page.get_by_test_id("bell-list").get_by_role("link").first
    expect(newest).to_contain_text("Could not read")
    page.get_by_test_id("bell").click()
    expect(newest).to_be_hidden()
    page.get_by_test_id("bell").press("Enter")
    expect(newest).to_be_visible()
    newest.click()
    page.wait_for_url(re.compile(r"/documents/[0-9a-f-]{36}/"))

    page.get_by_test_id("bell").click()
    page.get_by_role("button", name="Mark all as read").click()
    expect(page.get_by_test_id("unread")).to_have_count(0)
    expect(page.get_by_test_id("bell-list").get_by_role("link").first).not_to_contain_text("unread")
    assert alice.complaints == []


def test_bell_is_a_link_without_javascript(browser, demo_platform):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(demo_platform.url("/"))
    page.fill("input[name=login]", "alice@meridian.example")
    page.fill("input[name=password]", "research-desk-demo")
    page.press("input[name=password]", "Enter")

    page.get_by_test_id("bell").click()

    page.wait_for_url(re.compile(r"/notifications/$"))
    expect(page.get_by_role("heading", name="Notifications", exact=True)).to_be_visible()
    context.close()


@pytest.mark.parametrize(
    ("path", "who"),
    [("/notifications/", "alice"), ("/settings/notifications/", "alice"), ("/settings/web-hooks/", "ada")],
)
@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1440, "light")])
def test_page_with_its_bell_open_is_accessible_and_fits(visit, path, who, width, scheme):
    one = visit(width=width, scheme=scheme).sign_in(f"{who}@meridian.example")

    one.open(path)
    expect(one.page.locator("#live")).to_have_attribute("data-state", "live", timeout=20_000)
    one.page.get_by_test_id("bell").click()
    expect(one.page.locator("#bell-menu hr")).to_be_visible()
    found = Axe().run(one.page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]})

    assert [f"{v['id']}: {v['nodes'][0]['html'][:120]}" for v in found.response["violations"]] == []
    assert one.overflow() == 0
    assert one.complaints == []
