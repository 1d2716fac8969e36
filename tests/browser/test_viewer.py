"""The viewer of documents in a real browser: words, highlights, find, and many pages in little memory."""

from __future__ import annotations

import re

import pymupdf
import pytest
from playwright.sync_api import expect

from tests.documents import files

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

RULES = (
    "Timing with a moving average\n\nWe compare the closing price of the S&P 500 with its eight-month simple moving average at the end "
    "of each month. We hold the index when it closes above the average and move to cash otherwise. The portfolio is rebalanced "
    "monthly. Orders are filled at the open of the next trading day. The sample runs from January 2000 to December 2012."
)
COSTS = "Every order pays 7 basis points to the broker. Nothing else is paid."


def bring(visit, path, n_pages):
    """Upload a file and wait until it is read and its last page is drawn; its address."""
    visit.open("/documents/")
    visit.page.get_by_test_id("upload-input").set_input_files(str(path))
    visit.page.wait_for_url(re.compile(r"/documents/[0-9a-f-]{36}/"))
    expect(visit.page.get_by_test_id("progress")).to_contain_text(f"{n_pages} of {n_pages}", timeout=60_000)
    for _ in range(400):
        if visit.page.request.get(f"{visit.page.url}pages/{n_pages}.webp").ok:
            return visit.page.url.removeprefix(visit.base)
        visit.page.wait_for_timeout(150)
    raise AssertionError("the pages were not drawn")


def drag_over(page, first, last):
    """Select from one word to another with the mouse, as a person would: from inside the one to inside the other."""
    page.wait_for_timeout(600)  # a smooth scroll ends
    begin, end = first.bounding_box(), last.bounding_box()
    page.mouse.move(begin["x"] + 2, begin["y"] + begin["height"] / 2)
    page.mouse.down()
    page.mouse.move(begin["x"] + 30, begin["y"] + begin["height"] / 2)
    page.mouse.move(end["x"] + end["width"] / 2, end["y"] + end["height"] / 2)
    page.mouse.up()


def word(page, number, text):
    return (
        page.locator(f"#page-{number} .words-of-page span").filter(has_text=re.compile(rf"^{re.escape(text)} ?$")).first
    )


def test_selection_on_the_page_becomes_the_citation_of_the_open_parameter(visit, tmp_path):
    note = tmp_path / "costs-on-page-two.pdf"
    note.write_bytes(files.pdf(RULES, COSTS))
    alice = visit().sign_in()
    page = alice.page
    bring(alice, note, 2)
    page.get_by_test_id("open-strategy").click()
    cost = page.get_by_test_id("field-cost")
    cost.locator(".name").click()

    page.locator(".pages").focus()
    page.keyboard.press("n")
    expect(page.get_by_test_id("page-now")).to_have_value("2")
    drag_over(page, word(page, 2, "Every"), word(page, 2, "broker."))
    expect(page.locator(".chosen rect")).to_have_count(1)
    page.get_by_test_id("cite-selection").click()

    expect(cost).to_contain_text("Every order pays 7 basis points to the broker.")
    expect(page.get_by_test_id("toast")).to_contain_text("It has no value yet")
    expect(page.locator("#page-2 .mark")).to_have_attribute("aria-label", re.compile("cost", re.IGNORECASE))
    cost.get_by_test_id("input-cost").fill("7 bps")
    cost.get_by_test_id("save-cost").click()
    expect(cost).to_contain_text("Analyst")
    drag_over(page, word(page, 2, "Every"), word(page, 2, "points"))
    page.get_by_test_id("cite-selection").click()
    expect(cost.locator("> .cite")).to_contain_text("p. 2")
    assert alice.complaints == []


def review(visit):
    """The review of the demo desk's draft with questions."""
    visit.open("/strategies/?status=draft")
    visit.page.locator("[data-testid=strategy-row] th a", has_text="Cross-sectional").first.click()
    visit.page.locator(".words-of-page span").first.wait_for(state="attached")


def test_parameter_and_highlight_lead_to_each_other_by_mouse_and_by_keyboard(visit):
    alice = visit(height=600).sign_in()
    page = alice.page
    review(alice)
    page.keyboard.press("n")
    expect(page.get_by_test_id("page-now")).to_have_value("2")
    mark = page.locator("#page-1 .mark[href='#f-fill']")

    page.locator("#f-fill > a.cite").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("page-now")).to_have_value("1")
    expect(mark).to_have_class(re.compile(r"\bon\b"))
    expect(mark.locator("rect").first).to_be_in_viewport()

    page.locator("#f-lookback .name").click()
    expect(mark).not_to_have_class(re.compile(r"\bon\b"))
    page.wait_for_timeout(600)  # a smooth scroll ends
    mark.locator("rect").first.scroll_into_view_if_needed()
    box = mark.locator("rect").first.bounding_box()
    page.mouse.click(box["x"] + 20, box["y"] + box["height"] / 2)
    expect(page.locator("#f-fill")).to_have_class(re.compile(r"\bopen\b"))
    expect(mark).to_have_class(re.compile(r"\bon\b"))

    page.keyboard.press("m")
    expect(page.locator(".mark:focus")).to_have_count(1)
    chosen = page.locator(".mark:focus").get_attribute("href")
    page.keyboard.press("Enter")
    expect(page.locator(chosen)).to_be_in_viewport()
    assert alice.complaints == []


def test_citation_of_the_strategys_page_opens_the_viewer_with_its_highlight(visit):
    alice = visit().sign_in()
    alice.open("/strategies/?status=draft")
    href = alice.page.locator("[data-testid=strategy-row] th a", has_text="Cross-sectional").first.get_attribute("href")
    alice.open(href.removesuffix("review/"))

    link = alice.page.locator("td a.cite").first
    assert re.search(r"\?mark=[\w-]+#page-\d+$", link.get_attribute("href"))
    link.click()

    expect(alice.page.locator(".mark.on").first).to_be_attached()
    expect(alice.page.locator(".mark.on rect").first).to_be_in_viewport()
    expect(alice.page.locator(".field.open")).to_have_count(1)


def test_search_hit_opens_marked_and_find_goes_round(visit):
    alice = visit().sign_in()
    page = alice.page
    alice.open("/documents/search/?q=rebalancing")
    page.get_by_test_id("hit").first.locator("a").click()

    expect(page.get_by_test_id("find-count")).to_contain_text("other forms")
    expect(page.locator(".hit.now rect").first).to_be_in_viewport()

    page.get_by_test_id("find-input").fill("the")
    expect(page.get_by_test_id("find-count")).to_have_text(re.compile(r"^\d+ of \d+$"))
    n = int(page.get_by_test_id("find-count").inner_text().split(" of ")[1])
    assert n >= 2
    assert page.locator(".hit").count() == n
    page.keyboard.press("Enter")
    second = page.get_by_test_id("find-count").inner_text()
    page.keyboard.press("Shift+Enter")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("find-count")).to_have_text(second)
    page.get_by_test_id("find-input").fill("nowhere to be seen")
    expect(page.get_by_test_id("find-count")).to_have_text("Not found")

    page.keyboard.press("Escape")
    expect(page.locator(".hit")).to_have_count(0)
    expect(page.get_by_test_id("find-input")).to_be_hidden()
    page.keyboard.press("f")
    expect(page.get_by_test_id("find-input")).to_be_focused()
    assert alice.complaints == []


def test_evidence_of_a_document_points_at_its_sentence(visit):
    alice = visit(height=700).sign_in()
    page = alice.page
    alice.open("/documents/")
    page.locator("[data-testid=document-row] a", has_text="Time-series momentum").first.click()
    page.get_by_test_id("evidence").locator("summary").click()
    page.get_by_test_id("evidence").locator("a[data-boxes]").last.click()

    expect(page.locator(".pointed rect").first).to_be_in_viewport()
    expect(page).to_have_url(re.compile(r"#page-\d+$"))


N_PAGES = 300
LIVE = """() => ({
  images: document.querySelectorAll('.sheet img[src]').length, canvases: document.querySelectorAll('.sheet canvas').length,
  words: document.querySelectorAll('.words-of-page').length, thumbs: document.querySelectorAll('.thumbs img[src]').length,
})"""


def long_document(n):
    document = pymupdf.open()
    for number in range(1, n + 1):
        document.new_page(width=420, height=595).insert_text(
            (40, 60), f"Page {number} of a long study, needle{number}.", fontsize=11
        )
    return document.tobytes()


def test_three_hundred_pages_scroll_with_few_of_them_alive(visit, tmp_path):
    book = tmp_path / "long-study.pdf"
    book.write_bytes(long_document(N_PAGES))
    alice = visit().sign_in()
    page = alice.page
    alice.open(bring(alice, book, N_PAGES))
    expect(page.locator(".sheet")).to_have_count(N_PAGES)
    page.locator("#page-1 .words-of-page").wait_for(state="attached")
    height = page.evaluate("document.querySelector('.pages').scrollHeight")
    page.keyboard.press("+")  # beyond the image's own size, so that pdf.js draws too

    most = {"images": 0, "canvases": 0, "words": 0, "thumbs": 0}
    for at in range(0, 101, 4):
        page.evaluate(
            "at => { const p = document.querySelector('.pages'); p.scrollTop = p.scrollHeight * at / 100; }", at
        )
        page.wait_for_timeout(160)
        now = page.evaluate(LIVE)
        most = {name: max(most[name], now[name]) for name in most}
    expect(page.get_by_test_id("page-now")).to_have_value(str(N_PAGES))
    expect(word(page, N_PAGES, f"needle{N_PAGES}.")).to_be_attached()
    expect(page.locator(f"#page-{N_PAGES} canvas")).to_be_attached()

    now = page.evaluate(LIVE)
    most = {name: max(most[name], now[name]) for name in most}
    assert 0 < most["images"] <= 8
    assert 0 < most["canvases"] <= 8
    assert 0 < most["words"] <= 8
    assert 0 < most["thumbs"] <= 20
    page.keyboard.press("0")
    assert page.evaluate("document.querySelector('.pages').scrollHeight") == height  # asleep pages keep their place

    page.get_by_test_id("page-now").fill("150")
    page.keyboard.press("Enter")
    expect(page.locator("#page-150 img")).to_have_attribute("src", re.compile("150.webp"))
    expect(page.locator("#page-1 img")).not_to_have_attribute("src", re.compile("webp"))
    assert alice.complaints == []


def odd_document():
    """Turned pages, a scan without text, tiny and hidden words, a font that is not there, after a page of words."""
    document = pymupdf.open("pdf", files.pdf("A first page with plain words on it."))
    for degrees in (90, 180, 270):
        page = document.new_page(width=400, height=600)
        page.insert_text((60, 120), "Hold the index above its average", fontsize=14)
        page.set_rotation(degrees)
    document.new_page().insert_image(
        pymupdf.Rect(0, 0, 595, 842), pixmap=pymupdf.open("pdf", files.pdf("scanned"))[0].get_pixmap()
    )
    page = document.new_page(width=300, height=300)
    page.insert_text((20, 40), "tiny words of one point", fontsize=1)
    page.insert_text((20, 80), "hidden layer of a scan", fontsize=12, render_mode=3)
    content = document.xref_stream(page.get_contents()[-1])
    document.update_stream(page.get_contents()[-1], content + b"\nBT /Nope 12 Tf 20 140 Td (broken) Tj ET")
    return document.tobytes()


OUTSIDE = """sheet => { const s = sheet.getBoundingClientRect(); return [...sheet.querySelectorAll('.words-of-page span')].filter(w => {
  const r = w.getBoundingClientRect(); return r.left < s.left - 1 || r.right > s.right + 1 || r.top < s.top - 1 || r.bottom > s.bottom + 1; }).length; }"""


def test_odd_pages_show_their_words_where_they_are(visit, tmp_path):
    odd = tmp_path / "odd-pages.pdf"
    odd.write_bytes(odd_document())
    alice = visit().sign_in()
    page = alice.page
    alice.open(bring(alice, odd, 6))
    seen = {}
    for number in range(1, 7):
        page.get_by_test_id("page-now").fill(str(number))
        page.keyboard.press("Enter")
        sheet = page.locator(f"#page-{number}")
        sheet.locator(".words-of-page").wait_for(state="attached")
        seen[number] = sheet.locator(".words-of-page span").count()
        assert sheet.evaluate(OUTSIDE) == 0, number

    assert all(seen[n] == 6 for n in (2, 3, 4))
    assert (seen[1], seen[6]) == (8, 6)  # what nobody sees is no word of the page
    page.keyboard.press("f")
    page.keyboard.type("one point")
    expect(page.locator("#page-6 .hit.now rect")).to_be_in_viewport()
    tiny = page.locator("#page-6 .hit.now rect").bounding_box()
    first = word(page, 6, "one").bounding_box()
    assert abs(tiny["x"] - first["x"]) < 8
    assert abs(tiny["y"] - first["y"]) < 8
    assert alice.complaints == []


@pytest.mark.parametrize("width", [390, 1440])
def test_viewer_with_find_open_is_accessible_and_fits(visit, width):
    from axe_playwright_python.sync_playwright import Axe

    alice = visit(width=width, height=844).sign_in()
    alice.open("/documents/")
    href = alice.page.locator("[data-testid=document-row] a", has_text="Time-series momentum").first.get_attribute(
        "href"
    )
    alice.open(f"{href}?find=month#page-1")
    expect(alice.page.get_by_test_id("find-count")).to_contain_text(" of ")
    alice.page.wait_for_timeout(300)

    found = Axe().run(alice.page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]})

    assert [f"{v['id']}: {v['nodes'][0]['html'][:160]}" for v in found.response["violations"]] == []
    assert alice.overflow() == 0
    assert alice.complaints == []


def test_viewer_without_script_shows_pages_and_takes_a_pasted_quote(browser, demo_platform):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(demo_platform.url("/"))
    page.fill("input[name=login]", "alice@meridian.example")
    page.fill("input[name=password]", "research-desk-demo")
    page.click("button[type=submit]")
    page.goto(demo_platform.url("/strategies/?status=draft"))
    page.locator("[data-testid=strategy-row] th a", has_text="Cross-sectional").first.click()

    expect(page.locator(".sheet img").first).to_be_visible()
    assert page.locator(".sheet img").first.evaluate("img => img.naturalWidth") > 400
    assert page.get_by_test_id("open-find").is_hidden()
    form = page.locator("#cite-cost form")
    page.get_by_test_id("cite-cost").click()
    form.locator("[name=quote]").fill("There are no short positions, so the rule captures only the winner side")
    form.get_by_role("button", name="Cite").click()
    expect(page.locator("#f-cost")).to_contain_text("There are no short positions")
    context.close()
