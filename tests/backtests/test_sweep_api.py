"""Sweeps for programs, and from the command line."""

from __future__ import annotations

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from apps.accounts.enums import Role
from apps.backtests.models import Sweep
from apps.backtests.queries.sweeps import members_of
from tests.backtests.sweeping import AMBIGUOUS, RANGED, approved, draft, swept

pytestmark = pytest.mark.usefixtures("market_data")


def post(client, path, **body):
    return client.post(f"/api/v1{path}", body, content_type="application/json")


def test_sweep_is_asked_for_once_read_and_paged(alice, client_of, run_jobs):
    strategy, client = approved(alice), client_of(alice)
    body = {"strategy_id": str(strategy.id), "axes": {"window": [2, 4, 6], "cost": "0:10:5"}}

    first = post(client, "/sweeps", **body)
    second = post(client, "/sweeps", **body)
    run_jobs()
    third = post(client, "/sweeps", **body)
    address = f"/api/v1/sweeps/{first.json()['id']}"
    read = client.get(address).json()
    page = client.get(f"{address}/members?limit=4&sort=-m:sharpe_ratio").json()
    some = client.get(f"{address}/members?where=window=4&where=cost=5").json()
    one = client.get(f"{address}/members/{some['items'][0]['number']}").json()

    assert [r.status_code for r in (first, second, third)] == [202, 202, 200]
    assert len({r.json()["id"] for r in (first, second, third)}) == 1
    assert (read["status"], read["n_members"], read["n_done"]) == ("done", 9, 9)
    assert [axis["values"] for axis in read["axes"]] == [[2, 4, 6], [0.0, 5.0, 10.0]]
    assert (page["n_members"], len(page["items"]), page["next_offset"]) == (9, 4, 4)
    sharpes = [item["figures"]["m:sharpe_ratio"] for item in page["items"]]
    assert sharpes == sorted(sharpes, reverse=True)
    assert [item["values"] for item in some["items"]] == [{"window": 4, "cost": 5.0}]
    assert one == some["items"][0]


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"axes": {"window": "1:1000:1", "cost": "0:9999:1"}}, 422, "sweep_too_large"),
        ({"axes": {}}, 422, "sweep_refused"),
        ({"axes": {"nothing": "1"}}, 422, "sweep_refused"),
        ({"kind": "swirl"}, 422, "invalid_request"),
        ({"kind": "walk_forward", "train_days": 9999}, 422, "sweep_refused"),
        ({"strategy_id": "0e0e5f6e-0000-4000-8000-000000000000"}, 404, "strategy_not_found"),
    ],
)
def test_bad_input_is_refused_with_its_code(alice, client_of, change, status, code):
    body = {"strategy_id": str(approved(alice).id), "axes": {"window": "2:6:2"}} | change

    response = post(client_of(alice), "/sweeps", **body)

    assert (response.status_code, response.json()["code"]) == (status, code)
    assert not Sweep.objects.exists()


def test_members_that_cannot_be_sorted_or_filtered_so_are_refused(alice, client_of, run_jobs):
    sweep, client = swept(approved(alice), alice), client_of(alice)
    run_jobs()

    for query in ("sort=nonsense", "where=nothing=1", "where=window", "where=window=x"):
        assert client.get(f"/api/v1/sweeps/{sweep.id}/members?{query}").status_code == 422


def test_sweep_that_has_not_begun_has_no_members_and_can_be_cancelled(alice, client_of):
    sweep, client = swept(approved(alice), alice), client_of(alice)

    members = client.get(f"/api/v1/sweeps/{sweep.id}/members").json()
    cancelled = post(client, f"/sweeps/{sweep.id}/cancel")
    twice = post(client, f"/sweeps/{sweep.id}/cancel")

    assert members == {"items": [], "n_members": 0, "next_offset": None}
    assert (cancelled.status_code, cancelled.json()["status"]) == (202, "cancelled")
    assert (twice.status_code, twice.json()["code"]) == (409, "job_finished")


def test_program_may_sweep_but_not_choose(desk, alice, client_of, run_jobs):
    robot = desk.person("Robot", Role.API_USER)
    strategy, client = approved(alice), client_of(robot)

    started = post(client, "/sweeps", strategy_id=str(strategy.id), axes={"window": "2, 4"})
    run_jobs()
    chosen = post(client, f"/sweeps/{started.json()['id']}/members/1/choose", reason="best")

    assert (started.status_code, chosen.status_code, chosen.json()["code"]) == (202, 403, "not_allowed")


def test_choice_goes_into_the_draft(alice, client_of, run_jobs):
    fan, client = swept(draft(alice, AMBIGUOUS), alice, "readings", {}), client_of(alice)
    run_jobs()

    body = post(client, f"/sweeps/{fan.id}/members/5/choose", reason="Table 2").json()

    assert (body["strategy_id"], body["status"], body["revision"]) == (str(fan.strategy_id), "draft", 3)


def test_command_line_gives_the_same_members_as_the_platform(alice, run_jobs, tmp_path):
    sweep = swept(approved(alice), alice)
    run_jobs()
    sweep.refresh_from_db()
    path, out = tmp_path / "spec.json", StringIO()
    path.write_text(RANGED.model_dump_json())

    call_command("sweep", str(path), "--axis", "window=2:12:2", "--axis", "cost=0,5,10", "--json", stdout=out)
    printed = json.loads(out.getvalue())

    assert printed["members"] == members_of(sweep).to_pylist()
    assert printed["summary"] == sweep.summary


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--axis", "window"], "is not NAME=VALUES"),
        (["--axis", "window=1:1000:1", "--axis", "cost=0:9999:1"], "10,000,000 combinations"),
        ([], "Nothing would differ"),
    ],
)
def test_command_line_refuses_in_words(db, tmp_path, arguments, words):
    path = tmp_path / "spec.json"
    path.write_text(RANGED.model_dump_json())

    with pytest.raises(CommandError, match=words):
        call_command("sweep", str(path), *arguments)


def test_command_line_prints_the_best(db, tmp_path):
    path, out = tmp_path / "spec.json", StringIO()
    path.write_text(RANGED.model_dump_json())

    call_command("sweep", str(path), "--axis", "window=2:12:2", "--top", "2", stdout=out)

    assert out.getvalue().startswith("6 runs, 0 refused; the best by i:sharpe_ratio")
    assert len(out.getvalue().strip().splitlines()) == 3
