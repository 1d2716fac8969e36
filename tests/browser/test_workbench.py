"""The review workbench by keyboard, in a real browser on the whole platform."""

from __future__ import annotations

import re

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


def test_signal_is_added_used_and_removed_and_the_json_keeps_up(visit):
    alice = visit().sign_in()
    page = alice.page
    open_draft(alice)

    page.get_by_test_id("new-formula").locator("summary").click()
    page.get_by_test_id("new-name").fill("gap")
    page.get_by_test_id("new-text").fill("close / open - 1")
    expect(page.locator("#c-new").get_by_test_id("check-words")).to_be_visible()
    page.get_by_test_id("new-save").click()
    expect(page.get_by_test_id("rule-signals-gap")).to_be_visible()
    page.get_by_role("tab", name="JSON").click()
    expect(page.locator("#spec-json")).to_contain_text('"gap": "close / open - 1"')
    page.get_by_role("tab", name="Values").click()
    page.get_by_test_id("remove-signals-gap").click()

    expect(page.get_by_test_id("rule-signals-gap")).to_have_count(0)
    page.get_by_role("tab", name="JSON").click()
    expect(page.locator("#spec-json")).not_to_contain_text('"gap"')
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


def test_comment_appears_where_another_person_reads(visit):
    alice, bob = visit().sign_in(), visit().sign_in("bob@meridian.example")
    open_draft(alice)
    bob.open(alice.page.url.removeprefix(alice.base))
    expect(bob.page.locator("#live")).to_have_attribute("data-state", "live")
    alice.page.wait_for_load_state()

    for _ in range(2):
        alice.page.keyboard.press("j")
    field = alice.page.locator(".review .field:focus")
    name = field.get_attribute("id").removeprefix("f-")
    alice.page.keyboard.press("c")
    alice.page.keyboard.type("Is this what the paper does?")
    alice.page.keyboard.press("Tab")
    alice.page.keyboard.press("Enter")
    thread = f"thread-parameters-{name}"

    expect(alice.page.get_by_test_id(thread)).to_contain_text("Alice Moreau")
    expect(bob.page.locator(f"#said-parameters-{name}")).to_contain_text("1", timeout=15_000)
    bob.page.get_by_test_id(f"field-{name}").click()
    expect(bob.page.get_by_test_id(thread)).to_contain_text("Is this what the paper does?")
    expect(alice.page.locator(f"#say-parameters-{name}")).to_have_value("")
    assert alice.complaints + bob.complaints == []


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (390, "dark")])
def test_pages_of_the_workbench_are_accessible_and_fit(visit, width, scheme):
    from axe_playwright_python.sync_playwright import Axe

    one = visit(width=width, height=900, scheme=scheme).sign_in()
    page = one.page
    open_draft(one)
    first = page.url
    page.get_by_test_id("approve").click()
    page.wait_for_url(re.compile(r"/strategies/[0-9a-f-]{36}/$"))
    one.open(re.sub("review/$", "", first).removeprefix(one.base) + "review/")
    page.get_by_role("button", name="Open it again as a draft").click()
    box = page.locator("input[data-complete]").first
    box.fill("trading_days_left_in_month <= before")
    expect(page.get_by_test_id("check-words")).to_be_visible()
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#review-actions")).to_have_attribute("data-revision", "2")
    open_draft(one)
    second = re.search(r"[0-9a-f-]{36}", page.url).group()
    problems = []
    paths = [first.removeprefix(one.base), re.sub("review/$", "diff/", first).removeprefix(one.base)]
    for path in [*paths, f"{paths[0].replace('review/', 'merge/')}?other={second}", page.url.removeprefix(one.base)]:
        one.open(path)
        if path == paths[0]:
            page.locator("input[data-complete]").first.press_sequentially(" or clo")
            expect(page.get_by_role("option").first).to_be_visible()
        page.wait_for_timeout(300)
        found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]})
        problems += [f"{path}: {v['id']}: {v['nodes'][0]['html'][:160]}" for v in found.response["violations"]]
        if one.overflow() > 0:
            problems.append(f"{path}: {one.overflow()} px too wide")

    assert problems == []
    assert one.complaints == []
