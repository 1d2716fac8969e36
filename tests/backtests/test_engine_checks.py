"""A run followed by another engine: queued, kept, told, refused by name; with the real bt."""

from __future__ import annotations

import json

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from apps.accounts.enums import NotAllowedError
from apps.backtests import queries, services
from apps.backtests.models import EngineCheck
from apps.backtests.services.engine_checks import agreement
from apps.events.queries import history
from apps.jobs.models import Job
from tests.backtests.test_backtests import approved, start
from tests.domain.examples import CROSS_MOMENTUM, TEN_MONTH_TIMING, parameter

pytestmark = pytest.mark.usefixtures("market_data")


def with_stop(spec):
    content = spec.model_dump(mode="json")
    content["parameters"]["stop"] = parameter("Stop loss", 0.1, "fraction")
    content["overlay"]["stop_loss"] = "stop"
    return type(spec).model_validate(content)


@pytest.fixture
def done(alice, run_jobs):
    run = start(approved(alice), alice)
    run_jobs()
    return queries.backtest(backtest_id=run.id)


def checked(run, actor, run_jobs):
    asked = services.check_with(backtest_id=run.id, engine="bt", actor=actor, at=timezone.now())
    run_jobs()
    asked.refresh_from_db()
    return asked


@pytest.mark.parametrize("spec", [TEN_MONTH_TIMING, CROSS_MOMENTUM], ids=["one name", "a rotation"])
def test_bt_agrees_with_a_stored_run_on_real_data(alice, run_jobs, spec):
    run = start(approved(alice, spec), alice)
    run_jobs()

    made = checked(queries.backtest(backtest_id=run.id), alice, run_jobs)

    assert (made.status, made.outcome, made.finding["day"]) == ("done", "agrees", "")
    assert made.finding["largest"] < 0.01
    assert made.finding["n_days"] == queries.stored_run(queries.backtest(backtest_id=run.id)).equity.size
    assert made.engine_version.startswith("1.")
    assert made.own_version
    assert history(subject_id=run.id)[-1].data.sentence().endswith("it agrees to the cent")


def test_difference_is_named_with_its_first_day_and_both_sums(done, alice, run_jobs, monkeypatch):
    from apps.backtests.adapters import ENGINES

    own = type(ENGINES["bt"]).equity
    stored = queries.stored_run(done)

    def off(self, told, /, *, progress):
        values = own(self, told, progress=progress).copy()
        values[100:] += 2.5
        return values

    monkeypatch.setattr(type(ENGINES["bt"]), "equity", off)
    made = checked(done, alice, run_jobs)

    assert made.outcome == "differs"
    assert made.finding["day"] == str(stored.days[100])
    assert made.finding["other"] - made.finding["stored"] == pytest.approx(2.5, abs=1e-6)
    assert f"First difference on {stored.days[100]}" in services.check_as_text(made)


def test_what_bt_cannot_say_is_kept_as_refused_by_name(alice, run_jobs):
    run = start(approved(alice, with_stop(TEN_MONTH_TIMING)), alice)
    run_jobs()

    made = checked(queries.backtest(backtest_id=run.id), alice, run_jobs)

    assert (made.status, made.outcome) == ("done", "refused")
    assert made.finding == {"reasons": ["stops, targets or time exits"]}
    assert services.check_as_text(made) == "bt cannot say: stops, targets or time exits."


def test_library_that_is_not_installed_is_said_with_what_to_do(done, alice, client_of, monkeypatch):
    monkeypatch.setattr("apps.backtests.services.engine_checks.installed_version", lambda engine, /: None)
    client = client_of(alice)

    page = client.get(f"/backtests/{done.id}/evidence/").content.decode()
    refused = client.post(
        f"/api/v1/backtests/{done.id}/engine-checks", {"engine": "bt"}, content_type="application/json"
    )

    assert "<code>pip install bt</code>" in page
    assert "check-with-bt" not in page
    assert (refused.status_code, refused.json()["code"]) == (409, "engine_not_installed")
    assert EngineCheck.objects.count() == 0


def test_asked_twice_is_made_once(done, alice):
    one = services.check_with(backtest_id=done.id, engine="bt", actor=alice, at=timezone.now())
    other = services.check_with(backtest_id=done.id, engine="bt", actor=alice, at=timezone.now())

    assert one.id == other.id
    assert Job.objects.filter(kind=services.ENGINE_CHECK_JOB).count() == 1


def test_run_without_a_result_and_unknown_engines_are_refused(alice):
    run = start(approved(alice), alice)

    with pytest.raises(queries.NotFinishedError):
        services.check_with(backtest_id=run.id, engine="bt", actor=alice, at=timezone.now())
    with pytest.raises(services.UnknownEngineError, match="Choose among bt"):
        services.check_with(backtest_id=run.id, engine="lean", actor=alice, at=timezone.now())


def test_page_and_api_start_a_check_and_show_it(done, alice, run_jobs, client_of):
    client = client_of(alice)

    page = client.post(f"/backtests/{done.id}/check-with/bt/", headers={"HX-Request": "true"}).content.decode()
    asked = client.post(f"/api/v1/backtests/{done.id}/engine-checks", {"engine": "bt"}, content_type="application/json")
    run_jobs()
    told = client.get(f"/api/v1/backtests/{done.id}/engine-checks").json()
    shown = client.get(f"/backtests/{done.id}/evidence/", headers={"HX-Request": "true"}).content.decode()

    assert "Checking with bt…" in page
    assert (asked.status_code, asked.json()["status"]) == (202, "queued")
    assert [(check["id"], check["outcome"]) for check in told] == [(asked.json()["id"], "agrees")]
    assert client.get(f"/api/v1/backtests/{done.id}/evidence").json()["engine_checks"] == told
    assert "<b>Agrees</b>, to the cent." in shown


def test_viewer_may_look_and_not_check(done, viewer, client_of):
    client = client_of(viewer)

    assert client.get(f"/api/v1/backtests/{done.id}/engine-checks").status_code == 200
    assert client.post(f"/backtests/{done.id}/check-with/bt/").status_code == 403
    body = {"data": {"engine": "bt"}, "content_type": "application/json"}
    assert client.post(f"/api/v1/backtests/{done.id}/engine-checks", **body).status_code == 403
    assert "check-with-bt" not in client.get(f"/backtests/{done.id}/evidence/").content.decode()
    with pytest.raises(NotAllowedError):
        services.check_with(backtest_id=done.id, engine="bt", actor=viewer, at=timezone.now())


def test_other_desk_finds_no_run_to_check(done, charlie, client_of):
    client = client_of(charlie)

    body = {"data": {"engine": "bt"}, "content_type": "application/json"}
    assert client.post(f"/api/v1/backtests/{done.id}/engine-checks", **body).status_code == 404
    assert client.get(f"/api/v1/backtests/{done.id}/engine-checks").status_code == 404
    assert client.post(f"/backtests/{done.id}/check-with/bt/").status_code == 404


def test_checks_are_kept_inside_the_desk():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relrowsecurity, relforcerowsecurity FROM pg_class WHERE relname = 'backtests_enginecheck'"
        )
        assert cursor.fetchone() == (True, True)


def test_command_checks_with_another_engine(tmp_path, capsys):
    file, stopped = tmp_path / "spec.json", tmp_path / "stopped.json"
    file.write_text(TEN_MONTH_TIMING.model_dump_json())
    stopped.write_text(with_stop(TEN_MONTH_TIMING).model_dump_json())

    call_command("backtest", str(file), "--json", "--check-with", "bt")
    told = json.loads(capsys.readouterr().out)["second_engine"]

    assert (told["engine"], told["outcome"], told["day"]) == ("bt", "agrees", "")
    with pytest.raises(SystemExit) as refused:
        call_command("backtest", str(stopped), "--check-with", "bt")
    assert refused.value.code == 2
    assert "refused. bt cannot say: stops, targets or time exits." in capsys.readouterr().out
    with pytest.raises(CommandError, match="Choose among bt"):
        call_command("backtest", str(file), "--check-with", "lean")


@pytest.mark.parametrize(("apart", "day"), [(0.0099, ""), (0.0101, "2020-01-03")])
def test_a_cent_is_the_border(apart, day):
    days = np.array(["2020-01-01", "2020-01-02", "2020-01-03"], dtype="datetime64[D]")
    ours = np.array([1000.0, 1001.0, 1002.0])

    found = agreement(days=days, ours=ours, theirs=ours - [0.0, 0.001, apart], n_orders=2)

    assert (found.day, found.largest_day) == (day, "2020-01-03")
    assert found.largest == pytest.approx(apart)
