"""Large files in a real browser: interrupted, paused, reloaded, continued; the bytes that arrive are those of the file."""

from __future__ import annotations

import hashlib
import re

import pytest
from playwright.sync_api import expect

from tests.documents import files

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

MB = 1024 * 1024
PIECES = re.compile(r"/api/v1/uploads/[0-9a-f-]{36}$")


@pytest.fixture
def large(tmp_path):
    """A PDF of 13 MB with a strategy on its page, another each time."""

    def make(name):
        note = files.pdf(f"Note {tmp_path.name} {name}. We hold the index when it closes above its ten-month average.")
        path = tmp_path / name
        path.write_bytes(note + b"\n% " + hashlib.sha256(name.encode()).hexdigest().encode() * (13 * MB // 64))
        return path

    return make


def offsets(visit):
    """The offsets of the pieces that the browser sends, as it sends them."""
    sent = []
    visit.page.on(
        "request", lambda r: sent.append(int(r.headers["upload-offset"])) if r.method == "PATCH" else None
    )  # fmt: skip
    return sent


def drop(visit, path):
    visit.page.get_by_test_id("upload-input").set_input_files(str(path))


def arrived(visit, path):
    """Whether the document that the page shows has the bytes of the file."""
    visit.page.wait_for_url(re.compile(r"/documents/[0-9a-f-]{36}/"), timeout=60_000)
    content = visit.page.request.get(f"{visit.page.url}file/").body()
    return hashlib.sha256(content).digest() == hashlib.sha256(path.read_bytes()).digest()


def stop_after(visit, n):
    """Let so many pieces through; the connection is lost after that, until it is called again with None."""
    left = [n]

    def handle(route):
        if route.request.method == "PATCH" and left[0] is not None:
            if left[0] == 0:
                return route.abort("connectionreset")
            left[0] -= 1
        return route.continue_()

    visit.page.route(PIECES, handle)
    return lambda: left.__setitem__(0, None)


def test_lost_connection_is_waited_for_and_the_upload_goes_on(visit, large):
    alice, path = visit().sign_in(), large("lost.pdf")
    alice.open("/documents/")
    sent, mend = offsets(alice), stop_after(alice, 2)

    drop(alice, path)
    expect(alice.page.get_by_test_id("upload-list")).to_contain_text("The connection is lost", timeout=30_000)
    mend()

    assert arrived(alice, path)
    assert sorted(set(sent)) == [0, 4 * MB, 8 * MB, 12 * MB]
    assert sent.count(0) == sent.count(4 * MB) == 1


def test_reloaded_page_tells_what_is_unfinished_and_the_same_file_goes_on(visit, large):
    alice, path = visit().sign_in(), large("reloaded.pdf")
    alice.open("/documents/")
    stop_after(alice, 2)
    drop(alice, path)
    expect(alice.page.get_by_test_id("upload-list")).to_contain_text("The connection is lost", timeout=30_000)

    alice.page.unroute_all()
    alice.open("/documents/")
    expect(alice.page.get_by_test_id("unfinished")).to_contain_text("reloaded.pdf")
    sent = offsets(alice)
    drop(alice, path)

    assert arrived(alice, path)
    assert sent == [8 * MB, 12 * MB]
    alice.open("/documents/")
    expect(alice.page.get_by_test_id("unfinished")).to_have_count(0)


def test_another_browser_goes_on_with_the_same_file_and_begins_anew_with_one_that_looks_like_it(visit, large):
    first, path = visit().sign_in(), large("elsewhere.pdf")
    first.open("/documents/")
    stop_after(first, 1)
    drop(first, path)
    expect(first.page.get_by_test_id("upload-list")).to_contain_text("The connection is lost", timeout=30_000)
    first.close()
    alike = path.parent / "alike" / path.name
    alike.parent.mkdir()
    alike.write_bytes(path.read_bytes()[:-1] + b"x")

    second = visit().sign_in()
    second.open("/documents/")
    sent = offsets(second)
    drop(second, alike)
    assert arrived(second, alike)
    assert sent[0] == 0
    second.open("/documents/")
    sent.clear()
    drop(second, path)

    assert arrived(second, path)
    assert sent[0] == 4 * MB


def test_upload_is_paused_continued_and_discarded(visit, large):
    alice, path = visit().sign_in(), large("paused.pdf")
    page = alice.page
    alice.open("/documents/")
    page.route(
        PIECES, lambda route: None if route.request.method == "PATCH" else route.continue_()
    )  # a slow connection
    drop(alice, path)
    page.get_by_test_id("upload-pause").click()
    expect(page.get_by_test_id("upload-list")).to_contain_text("Paused")
    sent = offsets(alice)
    page.wait_for_timeout(1500)
    assert sent == []

    page.get_by_test_id("upload-discard").click()
    expect(page.get_by_test_id("upload-list")).to_contain_text("Discarded")
    page.unroute_all()
    drop(alice, path)
    page.get_by_test_id("upload-pause").click()
    page.get_by_test_id("upload-pause").click()

    assert arrived(alice, path)
    assert sent[0] == 0


def test_two_tabs_that_send_the_same_file_make_one_document(visit, large):
    alice, path = visit().sign_in(), large("twice.pdf")
    alice.open("/documents/")
    stop_after(alice, 1)
    drop(alice, path)
    expect(alice.page.get_by_test_id("upload-list")).to_contain_text("The connection is lost", timeout=30_000)
    alice.page.unroute_all()
    other = alice.context.new_page()
    alice.open("/documents/")
    other.goto(alice.base + "/documents/")

    for page in (alice.page, other):
        page.get_by_test_id("upload-input").set_input_files(str(path))
    other.wait_for_url(re.compile(r"/documents/[0-9a-f-]{36}/"), timeout=60_000)

    assert arrived(alice, path)
    assert alice.page.url == other.url


def test_file_that_is_refused_when_it_is_whole_says_why(visit, tmp_path):
    alice, path = visit().sign_in(), tmp_path / "picture.pdf"
    path.write_bytes(b"\x89PNG" + bytes(9 * MB))
    alice.open("/documents/")

    drop(alice, path)

    expect(alice.page.get_by_test_id("upload-list")).to_contain_text("This is a picture", timeout=30_000)
