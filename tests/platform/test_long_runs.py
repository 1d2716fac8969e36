"""Long runs with real workers: cancelled within a second, taken up after a killed worker, one for two people at once."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.domain.examples import TEN_MONTH_TIMING
from tests.platform.long_run import LONG_RUN
from tests.platform.running import Api, wait_for
from tests.strategies.change import changed

pytestmark = [pytest.mark.platform, pytest.mark.timeout(240)]


@pytest.fixture
def api(demo_platform):
    wait_for(demo_platform.is_ready, seconds=60, what="ready")
    return Api(demo_platform)


def approved(api, spec):
    strategy = api.post("/strategies", {"specification": spec.model_dump(mode="json")})
    api.post(f"/strategies/{strategy['id']}/approve")
    return strategy["id"]


def start(api, strategy, **options):
    return api.post("/backtests", {"strategy_id": strategy, "options": options})


def status(api, run):
    return api.get(f"/backtests/{run['id']}")["status"]


def is_running(api, run):
    return wait_for(lambda: status(api, run) == "running", seconds=30, what="runs")


def test_long_runs_are_cancelled_within_a_second_and_their_workers_are_free(api):
    long_one = approved(api, LONG_RUN)
    runs = [start(api, long_one, cost_bps=bps) for bps in (1, 2)]
    for run in runs:
        is_running(api, run)
    waiting = start(api, approved(api, changed(TEN_MONTH_TIMING, "/parameters/window/value", 7)))
    time.sleep(1.5)  # in the midst of formulas, long before the next report
    assert status(api, waiting) == "queued"

    for run in runs:
        api.post(f"/backtests/{run['id']}/cancel")
        asked = time.monotonic()
        wait_for(lambda run=run: status(api, run) == "cancelled", seconds=1.5, what="cancelled")
        took = time.monotonic() - asked
        assert took < 1.0 + 0.1  # the test itself looks ten times a second

    wait_for(lambda: status(api, waiting) == "done", seconds=5, what="the next run of the queue")


def test_run_whose_worker_was_killed_is_made_by_the_next(api, demo_platform):
    run = start(api, approved(api, LONG_RUN), cost_bps=3)
    is_running(api, run)

    demo_platform.kill("worker")

    done = wait_for(
        lambda: (found := api.get(f"/backtests/{run['id']}"))["status"] not in {"queued", "running"} and found,
        seconds=150,
        what="made again",
    )
    assert (done["status"], done["error_message"]) == ("done", "")


def test_same_run_asked_for_by_two_people_at_once_is_one_run(api, demo_platform):
    strategy = approved(api, changed(TEN_MONTH_TIMING, "/parameters/window/value", 8))
    people = [api, Api(demo_platform, "bob@meridian.example")] * 4

    with ThreadPoolExecutor(len(people)) as threads:
        runs = list(threads.map(lambda person: start(person, strategy, window="full"), people))

    assert len({run["id"] for run in runs}) == 1
    assert wait_for(lambda: status(people[1], runs[0]) == "done", seconds=30, what="both see it done")
