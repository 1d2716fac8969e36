"""A worker killed in the middle of a sweep costs its piece: another takes it up, and the sweep ends whole."""

from __future__ import annotations

import time

import pytest

from tests.domain.examples import CROSS_MOMENTUM
from tests.platform.running import Api, wait_for

pytestmark = [pytest.mark.platform, pytest.mark.timeout(300)]


def test_sweep_whose_worker_was_killed_goes_on_from_its_other_pieces(demo_platform):
    api = Api(demo_platform)
    wait_for(demo_platform.is_ready, seconds=60, what="ready")
    content = CROSS_MOMENTUM.model_dump(mode="json")
    content["parameters"]["rebalance"]["value"] = "daily"
    strategy = api.post("/strategies", {"specification": content})["id"]
    api.post(f"/strategies/{strategy}/approve")
    axes = {"lookback": "3:12:1", "count": "1:10:1", "cost": "0, 5, 10, 15, 20, 25"}
    address = f"/sweeps/{api.post('/sweeps', {'strategy_id': strategy, 'axes': axes})['id']}"
    begun = wait_for(
        lambda: (found := api.get(address))["n_pieces_done"] >= 1 and found, seconds=90, what="the first piece"
    )
    assert begun["status"] == "running", "the sweep must still be on its way for its worker to be lost"

    demo_platform.kill("worker")
    killed = time.monotonic()

    ended = wait_for(
        lambda: (found := api.get(address))["status"] in {"done", "failed"} and found, seconds=180, what="the end"
    )
    members = api.get(f"{address}/members?limit=1000")
    assert (ended["status"], ended["n_pieces_done"]) == ("done", ended["n_pieces"])
    assert len({item["number"] for item in members["items"]}) == members["n_members"] == 600
    assert time.monotonic() - killed < 180
