"""A worker killed in the middle of its work loses nothing: the work is done again."""

from __future__ import annotations

import time

import pytest

from tests.documents import files
from tests.platform.running import Api, wait_for

pytestmark = [pytest.mark.platform, pytest.mark.timeout(300)]
N_PAGES = 1500


def test_document_whose_worker_was_killed_is_read_by_the_next(demo_platform):
    api = Api(demo_platform)
    wait_for(demo_platform.is_ready, seconds=40, what="ready")
    content = files.pdf(
        *[f"Page {n}. " + "Nothing of interest stands on this page of the annual report. " * 12 for n in range(N_PAGES)]
    )
    document = api.upload("annual-report.pdf", content)
    address = f"/documents/{document['id']}"
    wait_for(lambda: api.get(address)["status"] == "reading", seconds=20, what="reading begins")

    demo_platform.kill("worker-documents")
    killed = time.monotonic()

    state = wait_for(
        lambda: (found := api.get(address))["status"] in {"read", "failed"} and found, seconds=60, what="read again"
    )
    assert (state["status"], state["n_pages"]) == ("read", N_PAGES)
    assert time.monotonic() - killed < 30 + 15  # thirty seconds to be taken up again, and the reading itself
    assert api.get(f"{address}/pages/{N_PAGES}")["text"].startswith(f"Page {N_PAGES - 1}.")


def test_work_asked_for_while_the_broker_is_away_is_done_when_it_is_back(demo_platform):
    api = Api(demo_platform)
    wait_for(demo_platform.is_ready, seconds=60, what="ready")
    old = demo_platform.kill("valkey")
    document = wait_for(lambda: _upload(api), seconds=20, what="upload while the broker is away or coming back")

    wait_for(lambda: demo_platform.pid("valkey") != old, seconds=20, what="Valkey is back")
    state = wait_for(
        lambda: (found := api.get(f"/documents/{document['id']}"))["status"] == "read" and found,
        seconds=200,  # the images of the long document before it may be on their way
        what="read",
    )

    assert state["n_pages"] == 1


def _upload(api):
    try:
        return api.upload("late.txt", b"We hold the index while it is above its ten-month moving average.")
    except OSError:
        return None
