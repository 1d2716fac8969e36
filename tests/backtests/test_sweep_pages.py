"""Pages of sweeps: read and used without JavaScript, refused in words, filled while a sweep runs."""

from __future__ import annotations

import csv
import io
import json
import re

import pytest
from django.db import connection
from django.utils import timezone

from apps.backtests.models import Sweep
from apps.backtests.queries.sweep_pages import figures_of, heat_map, order_of
from apps.backtests.queries.sweeps import members_of
from apps.backtests.services.sweeps import cancel_sweep
from apps.jobs.models import Job
from apps.jobs.services import run
from apps.strategies import queries as strategies
from tests.backtests.sweeping import AMBIGUOUS, approved, draft, swept

pytestmark = pytest.mark.usefixtures("market_data")
GRID = {"kind": "grid", "objective": "sharpe_ratio", "share": "70"}


@pytest.fixture
def done(alice, run_jobs):
    sweep = swept(approved(alice), alice)
    run_jobs()
    sweep.refresh_from_db()
    return sweep


def test_form_offers_the_ranges_of_the_parameters_and_counts_their_runs(alice, client_of):
    strategy = approved(alice)

    page = client_of(alice).get(f"/sweeps/of/{strategy.id}/").content.decode()

    assert 'name="axis-window" value="2:12:2"' in page
    assert re.search(r"<b>6</b> runs", page)
    assert 'name="axis-dataset"' not in page
    assert page.count("optional") == 0


def test_estimate_follows_what_is_typed_and_says_what_is_wrong(alice, client_of):
    strategy = approved(alice)
    client, address = client_of(alice), f"/sweeps/of/{strategy.id}/estimate/"

    good = client.get(address, {**GRID, "axis-window": "1:24:1", "axis-cost": "0,5"}).content.decode()
    large = client.get(address, {**GRID, "axis-window": "1:1000:1", "axis-cost": "0:9999:1"}).content.decode()
    wrong = client.get(address, {**GRID, "share": "5", "axis-window": "1:24:1"}).content.decode()

    assert re.search(r"<b>48</b> runs", good)
    assert "10,000,000 combinations" in large
    assert "draw 100,000 of them at random" in large
    assert "Chosen on the first" in wrong


def test_sweep_is_started_followed_and_read_without_javascript(alice, client_of, run_jobs):
    strategy = approved(alice)
    client = client_of(alice)

    started = client.post(f"/sweeps/of/{strategy.id}/start/", {**GRID, "axis-window": "2:12:2", "axis-cost": "0, 10"})
    waiting = client.get(started["Location"]).content.decode()
    run_jobs()
    page = client.get(started["Location"]).content.decode()

    assert started.status_code == 302
    assert "0 of 12 runs" in waiting
    assert 'data-testid="sweep-headline"' in page
    assert 'data-testid="sweep-map"' in page
    assert len(re.findall(r"/members/\d+/\" title=", page)) == 12
    assert "Counting the search" in page
    assert "After 12 runs" in page


def test_form_that_cannot_be_shows_itself_again_with_what_was_typed(alice, client_of):
    strategy = approved(alice)

    response = client_of(alice).post(f"/sweeps/of/{strategy.id}/start/", {**GRID, "axis-window": "9:1:1"})
    page = response.content.decode()

    assert response.status_code == 422
    assert "low comes first" in page
    assert 'value="9:1:1"' in page
    assert not Sweep.objects.exists()


def test_map_fills_while_the_sweep_runs(alice, client_of, monkeypatch, run_jobs):
    monkeypatch.setattr("apps.backtests.queries.sweep_plans.PIECE_MEMBERS", 6)
    sweep = swept(approved(alice), alice)
    first = Job.objects.filter(kind="backtests.sweep_piece").earliest("queued_at")
    run(tenant_id=alice.tenant_id, job_id=first.id)
    client = client_of(alice)

    half = client.get(f"/sweeps/{sweep.id}/live/").content.decode()
    run_jobs()
    end = client.get(f"/sweeps/{sweep.id}/live/")

    assert "6 of 18 runs" in half
    assert len(re.findall(r"/members/\d+/\" title=", half)) == 6
    assert (end.status_code, end["HX-Refresh"]) == (204, "true")


def test_every_cell_of_the_map_is_its_member(done):
    table = members_of(done)
    shown = figures_of(done, table)[0]
    values = {row["place"]: row["i:sharpe_ratio"] for row in table.to_pylist()}

    found = heat_map(done, table, x="window", y="cost", shown=shown)

    assert [label for label, _ in found.rows] == ["0", "5", "10"]
    assert found.columns == ("2", "4", "6", "8", "10", "12")
    assert all(values[cell.number] == cell.value for _, cells in found.rows for cell in cells)
    [best] = [cell.number for _, cells in found.rows for cell in cells if cell.is_best]
    assert values[best] == max(values.values())


def test_fine_grid_is_shown_in_blocks_each_by_its_best(done, monkeypatch):
    monkeypatch.setattr("apps.backtests.queries.sweep_pages.MOST_CELLS", 3)
    table = members_of(done)
    shown = figures_of(done, table)[0]
    values = {(r["v:window"], r["v:cost"]): r["i:sharpe_ratio"] for r in table.to_pylist()}

    found = heat_map(done, table, x="window", y="cost", shown=shown)

    assert found.columns == ("2–4", "6–8", "10–12")
    assert found.rows[0][1][0].value == max(values[2.0, 0.0], values[4.0, 0.0])


def test_third_axis_is_held_at_a_value_or_shown_by_its_best(alice, client_of, run_jobs):
    sweep = swept(approved(alice), alice, axes={"window": "4, 8", "cost": "0, 10", "capital": "1000, 2000, 3000"})
    run_jobs()
    client = client_of(alice)

    best = client.get(f"/sweeps/{sweep.id}/?x=window&y=cost").content.decode()
    held = client.get(f"/sweeps/{sweep.id}/?x=window&y=cost&hold-capital=1").content.decode()
    nonsense = client.get(f"/sweeps/{sweep.id}/?x=nothing&y=nothing&hold-capital=99&show=nothing&page=x&sort=y")
    cells = {int(n) for n in re.findall(r"/members/(\d+)/\" title=", held)}

    assert "each cell is the best of up to 3 runs" in best
    assert cells == {1, 4, 7, 10}
    assert nonsense.status_code == 200


def test_members_are_sorted_paged_and_given_as_csv(done, alice, client_of):
    client = client_of(alice)

    page = client.get(f"/sweeps/{done.id}/?sort=-m:max_drawdown").content.decode()
    rows = list(csv.DictReader(io.StringIO(client.get(f"/sweeps/{done.id}/members.csv").content.decode())))
    table = members_of(done)
    drawdowns = table.column("m:max_drawdown").to_pylist()
    order = order_of(done, table, sort="-m:max_drawdown")

    assert [drawdowns[at] for at in order] == sorted(drawdowns, reverse=True)
    assert 'aria-sort="descending"' in page
    assert len(rows) == 18
    assert {row["window"] for row in rows} == {"2.0", "4.0", "6.0", "8.0", "10.0", "12.0"}


@pytest.mark.parametrize("name", ["surface", "parallel", "line", "curve"])
def test_figures_carry_roles_and_no_colour(done, alice, client_of, name):
    response = client_of(alice).get(f"/sweeps/{done.id}/{name}.json")
    figure = json.loads(response.content)

    assert response.status_code == 200
    assert all("role" in trace["meta"] for trace in figure["data"])
    assert "#" not in response.content.decode()


@pytest.mark.parametrize(("name", "kind"), [("surface", "surface"), ("parallel", "parcoords")])
def test_browser_with_webgl_gets_the_same_figure_solid(done, alice, client_of, name, kind):
    client = client_of(alice)

    drawn = json.loads(client.get(f"/sweeps/{done.id}/{name}.json").content)
    solid = json.loads(client.get(f"/sweeps/{done.id}/{name}.json?solid").content)
    page = client.get(f"/sweeps/{done.id}/").content.decode()

    assert {trace["type"] for trace in drawn["data"]} == {"scatter"}
    assert [(trace["type"], trace["meta"]["role"]) for trace in solid["data"]] == [(kind, name)]
    assert "#" not in json.dumps(solid)
    assert page.count("plotly-strict") == 2


def test_figure_that_a_sweep_does_not_have_is_a_conflict(done, alice, client_of):
    response = client_of(alice).get(f"/sweeps/{done.id}/outside.json")

    assert response.status_code == 409


def test_folds_have_a_page_and_figures(alice, client_of, run_jobs):
    sweep = swept(approved(alice), alice, "walk_forward", {"window": "2:12:2"})
    run_jobs()
    client = client_of(alice)

    page = client.get(f"/sweeps/{sweep.id}/").content.decode()
    curve = json.loads(client.get(f"/sweeps/{sweep.id}/curve.json").content)
    bars = json.loads(client.get(f"/sweeps/{sweep.id}/outside.json").content)

    assert 'data-testid="sweep-folds"' in page
    assert "Out of sample, joined" in page
    assert [note["text"] for note in curve["layout"]["annotations"]][:2] == ["1", "2"]
    assert len(bars["data"]) == 2


def test_fan_of_a_draft_is_one_click_and_its_choice_one_form(alice, client_of, run_jobs):
    strategy = draft(alice, AMBIGUOUS)
    client = client_of(alice)

    form = client.get(f"/sweeps/of/{strategy.id}/?kind=readings").content.decode()
    started = client.post(f"/sweeps/of/{strategy.id}/start/", {"kind": "readings", "objective": "sharpe_ratio"})
    run_jobs()
    page = client.get(started["Location"]).content.decode()
    member = f"{started['Location']}members/3/"
    without = client.post(f"{member}choose/", {"reason": ""})
    chosen = client.post(f"{member}choose/", {"reason": "The table is right"})

    assert re.search(r"<b>6</b> runs", form)
    assert "8 months, 10 months, 12 months" in form
    assert 'data-testid="spread"' in page
    assert "moves it most" in page
    assert (without.status_code, "Say why" in without.content.decode()) == (422, True)
    assert (chosen.status_code, chosen["Location"]) == (302, f"/strategies/{strategy.id}/review/")
    after = client.get(started["Location"]).content.decode()
    assert "The table is right" in after
    assert strategies.strategy(strategy_id=strategy.id).n_questions == 0


def test_cancelled_sweep_offers_to_go_on(alice, client_of):
    sweep = swept(approved(alice), alice)
    client = client_of(alice)

    client.post(f"/sweeps/{sweep.id}/cancel/")
    page = client.get(f"/sweeps/{sweep.id}/").content.decode()
    twice = client.post(f"/sweeps/{sweep.id}/cancel/", follow=True).content.decode()
    again = client.post(f"/sweeps/{sweep.id}/again/")

    assert "This sweep was cancelled" in page
    assert "already ended" in twice
    assert again["Location"] != f"/sweeps/{sweep.id}/"


def test_viewer_may_look_and_nothing_else(done, viewer, client_of):
    client = client_of(viewer)

    assert client.get(f"/sweeps/{done.id}/").status_code == 200
    assert client.get(f"/sweeps/{done.id}/members/3/").status_code == 200
    assert "choose-member" not in client.get(f"/sweeps/{done.id}/members/3/").content.decode()
    assert client.post(f"/sweeps/of/{done.strategy_id}/start/", {**GRID, "axis-window": "3"}).status_code == 403
    assert client.post(f"/sweeps/{done.id}/members/3/choose/", {"reason": "x"}).status_code == 403
    assert client.post(f"/sweeps/{done.id}/cancel/").status_code == 403


def test_member_that_is_not_there_is_not_found(done, alice, client_of):
    assert client_of(alice).get(f"/sweeps/{done.id}/members/999/").status_code == 404


@pytest.mark.parametrize("path", ["/sweeps/", "/api/v1/sweeps"])
def test_list_takes_the_same_number_of_queries_for_one_row_and_for_twenty(alice, client_of, path):
    from django.test.utils import CaptureQueriesContext

    client, counts, strategy = client_of(alice), [], approved(alice)
    for n in (1, 20):
        while Sweep.objects.count() < n:
            sweep = swept(strategy, alice, axes={"cost": [Sweep.objects.count()]})
            cancel_sweep(sweep_id=sweep.id, actor=alice, at=timezone.now())
        with CaptureQueriesContext(connection) as captured:
            assert client.get(path).status_code == 200
        counts.append(len(captured))

    assert counts[0] == counts[1]
