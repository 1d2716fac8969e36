"""The review workbench by keyboard, in a real browser on the whole platform."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]


def open_draft(one):
    one.open("/library/turn-of-the-month/")
    one.page.get_by_test_id("start-from-library").click()
    one.page.wait_for_url("**/review/")
    expect(one.page.get_by_test_id("formulas")).to_be_visible()


def test_formula_is_completed_checked_and_saved_by_keyboard(visit):
    alice = visit().sign_in()
    page = alice.page
    open_draft(alice)

    page.keyboard.press("f")
    box = page.locator("input[data-complete]").first
    expect(box).to_be_focused()
    before = box.input_value()
    page.keyboard.press("End")
    page.keyboard.type(" and close > sm")
    expect(page.get_by_role("option", name="sma(x, days)")).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.keyboard.type("clse, 200)")
    expect(page.get_by_test_id("check-error")).to_contain_text("Did you mean “close”")
    page.get_by_role("button", name="Take “close”").click()
    expect(page.get_by_test_id("check-words")).to_contain_text("200-day simple moving average")
    page.keyboard.press("Enter")

    expect(page.get_by_test_id("explanation-lines").first).to_contain_text("200-day simple moving average")
    expect(box).to_be_focused()
    expect(box).to_have_value(f"{before} and close > sma(close, 200)")
    assert alice.complaints == []


def test_values_are_walked_edited_and_confirmed_by_keyboard_with_focus_kept(visit):
    alice = visit().sign_in()
    page = alice.page
    open_draft(alice)

    capital = page.get_by_test_id("field-capital")
    for _ in range(40):
        page.keyboard.press("j")
        if capital.evaluate("e => e === document.activeElement"):
            break
    page.keyboard.press("y")
    expect(capital.locator(".confirm")).to_have_attribute("aria-pressed", "true")
    expect(capital).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.type("2000000")
    page.keyboard.press("Enter")
    expect(capital.locator(".control")).to_contain_text("2,000,000")
    page.keyboard.press("Escape")
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")

    expect(page.locator("#review-actions")).to_have_attribute("data-revision", "3")
    expect(page.locator(".review .error")).to_have_count(0)
    page.keyboard.press("Escape")
    page.keyboard.press("a")
    expect(page.get_by_test_id("approve")).to_be_focused()
    assert alice.complaints == []
