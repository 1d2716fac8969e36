"""Evidence: a run made again is identical or names what differs; a bundle reproduces itself and refuses what was changed."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import zipfile

import pyarrow as pa
import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from apps.accounts.enums import NotAllowedError
from apps.backtests import queries, services
from apps.backtests.models import Rerun
from apps.backtests.services.differences import first_difference
from apps.events.queries import history
from apps.jobs.models import Job
from tests.backtests.test_backtests import approved, start
from tests.domain.examples import CROSS_MOMENTUM, TEN_MONTH_TIMING

pytestmark = pytest.mark.usefixtures("market_data")


@pytest.fixture
def done(alice, run_jobs):
    run = start(approved(alice), alice)
    run_jobs()
    return queries.backtest(backtest_id=run.id)


def again(run, actor, run_jobs):
    asked = services.rerun(backtest_id=run.id, actor=actor, at=timezone.now())
    run_jobs()
    asked.refresh_from_db()
    return asked


def test_run_made_again_is_identical(done, alice, run_jobs):
    made = again(done, alice, run_jobs)

    assert (made.status, made.outcome, made.difference) == ("done", "identical", None)
    assert history(subject_id=done.id)[-1].data.sentence().endswith("identical, to the byte")


def test_run_whose_files_were_written_in_the_earlier_form_is_identical_to_the_byte(done):
    from apps.backtests.services.files import is_same, parquet

    tables = {part: getattr(queries.frames_of(done), part) for part in ("curves", "trades", "orders")}
    earlier = {part: hashlib.sha256(parquet(table, 1)).hexdigest() for part, table in tables.items()}

    assert earlier != done.files
    assert is_same(tables, done.files)
    assert is_same(tables, earlier)
    assert not is_same(tables, earlier | {"trades": "0" * 64})


def test_run_of_many_instruments_is_identical_too(alice, run_jobs):
    run = start(approved(alice, CROSS_MOMENTUM), alice)
    run_jobs()

    assert again(queries.backtest(backtest_id=run.id), alice, run_jobs).outcome == "identical"


def test_another_engine_is_named_with_the_first_day_that_differs(done, alice, run_jobs, monkeypatch):
    from apps.backtests.services import runs
    from apps.domain.engine import _fill_kernels  # noqa: F401 -- loaded before it is changed

    dearer = runs.made

    def made(plan, given, /, *, progress=None):
        other = json.loads(json.dumps(plan))
        other["specification"]["parameters"]["cost"]["value"] = 50.0
        return dearer(other, given, progress=progress)

    monkeypatch.setattr("apps.backtests.services.reruns.made", made)
    made_again = again(done, alice, run_jobs)
    first_order = queries.frames_of(done).orders.column("day")[0].as_py()

    assert made_again.outcome == "different"
    assert made_again.difference["day"] == str(first_order)
    assert "must not happen" in made_again.difference["why"]


def test_data_that_are_gone_are_said_so(done, alice, run_jobs, monkeypatch):
    from apps.marketdata.queries import DataSetNotFoundError

    def gone(plan, /):
        raise DataSetNotFoundError("There is no data set “us-five”.")

    monkeypatch.setattr("apps.backtests.services.reruns.given_of", gone)

    made = again(done, alice, run_jobs)

    assert (made.status, made.error_message) == ("failed", "There is no data set “us-five”.")


def test_asked_twice_is_made_once(done, alice):
    one = services.rerun(backtest_id=done.id, actor=alice, at=timezone.now())
    other = services.rerun(backtest_id=done.id, actor=alice, at=timezone.now())

    assert one.id == other.id
    assert Job.objects.filter(kind=services.RERUN_JOB).count() == 1


def test_run_without_a_result_is_not_made_again(alice):
    run = start(approved(alice), alice)

    with pytest.raises(queries.NotFinishedError):
        services.rerun(backtest_id=run.id, actor=alice, at=timezone.now())


def test_viewer_may_look_and_not_run(done, viewer, client_of):
    client = client_of(viewer)

    assert client.get(f"/backtests/{done.id}/evidence/").status_code == 200
    assert client.post(f"/backtests/{done.id}/rerun/").status_code == 403
    assert client.post(f"/api/v1/backtests/{done.id}/reruns").status_code == 403
    with pytest.raises(NotAllowedError):
        services.rerun(backtest_id=done.id, actor=viewer, at=timezone.now())


def test_evidence_counts_trials_and_reruns(done, alice, run_jobs, client_of):
    again(done, alice, run_jobs)
    client = client_of(alice)

    told = client.get(f"/api/v1/backtests/{done.id}/evidence").json()
    page = client.get(f"/backtests/{done.id}/evidence/", headers={"HX-Request": "true"}).content.decode()

    assert told["trials"] == {"strategy": 1, "family": 1, "document": None, "person": 1}
    assert [made["outcome"] for made in told["reruns"]] == ["identical"]
    assert "<b>Identical</b>, to the byte" in page
    assert done.fingerprint in page


@pytest.fixture
def bundle(done):
    return services.bundle_of(backtest_id=done.id)


def test_bundle_is_the_same_bytes_each_time(done, bundle):
    assert services.bundle_of(backtest_id=done.id) == bundle


def test_bundle_reproduces_itself_without_a_database(bundle, django_assert_num_queries):
    with django_assert_num_queries(0):
        found = services.verify(io.BytesIO(bundle))

    assert found.difference is None
    assert (found.judged.word == found.manifest and True) or found.judged.word


def changed_bundle(bundle, name, content):
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(bundle)) as old, zipfile.ZipFile(out, "w") as new:
        for entry in old.infolist():
            new.writestr(entry.filename, content if entry.filename == name else old.read(entry))
    return out.getvalue()


@pytest.mark.parametrize(
    "name", ["specification.json", "verdict.json", "data/bars.parquet", "results/orders.parquet", "README.txt"]
)
def test_bundle_that_was_changed_is_refused_by_the_name_of_the_file(bundle, name):
    with pytest.raises(services.BundleError, match=name):
        services.verify(io.BytesIO(changed_bundle(bundle, name, b"{}")))


def test_manifest_that_names_other_data_is_refused(bundle):
    with zipfile.ZipFile(io.BytesIO(bundle)) as archive:
        manifest = json.loads(archive.read("bundle.json"))
    manifest["plan"]["data_snapshot"] = "0" * 64

    with pytest.raises(services.BundleError, match="not the snapshot"):
        services.verify(io.BytesIO(changed_bundle(bundle, "bundle.json", json.dumps(manifest))))


@pytest.mark.parametrize("content", [b"", b"no zip", b"PK\x05\x06" + b"\0" * 18])
def test_what_is_no_bundle_is_said_so(content):
    with pytest.raises(services.BundleError):
        services.verify(io.BytesIO(content))


def test_command_verifies_and_tells_a_changed_file(bundle, tmp_path, capsys):
    good, bad = tmp_path / "good.zip", tmp_path / "bad.zip"
    good.write_bytes(bundle)
    bad.write_bytes(changed_bundle(bundle, "metrics.json", b"{}"))

    call_command("verify", str(good), "--json")
    told = json.loads(capsys.readouterr().out)

    assert (told["outcome"], told["difference"]) == ("identical", None)
    with pytest.raises(CommandError, match=r"metrics\.json") as refused:
        call_command("verify", str(bad))
    assert refused.value.returncode == 2


def test_command_runs_a_specification(tmp_path, capsys):
    file = tmp_path / "spec.json"
    file.write_text(TEN_MONTH_TIMING.model_dump_json())

    call_command("backtest", str(file), "--json")
    told = json.loads(capsys.readouterr().out)

    assert told["n_orders"] > 0
    assert len(told["execution_hash"]) == 64
    with pytest.raises(SystemExit):
        call_command("backtest", str(file), "--expect", "reproduced")


@pytest.mark.parametrize(
    ("text", "said"),
    [("{", "not JSON"), ("[]", "JSON object"), ('{"meta": 1}', "not a specification")],
)
def test_command_refuses_what_is_no_specification(tmp_path, text, said):
    file = tmp_path / "spec.json"
    file.write_text(text)

    with pytest.raises(CommandError, match=said) as refused:
        call_command("backtest", str(file))
    assert refused.value.returncode == 2


def tables(**changes):
    orders = {"day": ["2020-01-02", "2020-02-03"], "decided": ["2020-01-01", "2020-02-01"], "shares": [1.0, 2.0]}
    curves = {"day": ["2020-01-01", "2020-01-02", "2020-02-03"], "equity": [1.0, float("nan"), 3.0]}
    return queries.Frames(
        pa.table(curves | changes.get("curves", {})), pa.table({}), pa.table(orders | changes.get("orders", {}))
    )


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({}, None),
        ({"orders": {"shares": [1.0, 2.5]}}, ("shares of order 2", "2020-02-03", "2.0", "2.5")),
        ({"curves": {"equity": [1.5, float("nan"), 3.0]}}, ("equity", "2020-01-01", "1.0", "1.5")),
        (
            {"orders": {"day": ["2020-01-02"], "decided": ["2020-01-01"], "shares": [1.0]}},
            ("the number of orders", "2020-02-03", "2", "1"),
        ),
        ({"curves": {"benchmark": [1.0, 1.0, 1.0]}}, ("the benchmark curve", "", "missing", "there")),
    ],
)
def test_first_difference_is_the_earliest(changes, wanted):
    other = tables(**changes)
    found = first_difference(tables(), {"orders": other.orders, "curves": other.curves}, stored_engine="1", engine="2")

    assert (found and (found.what, found.day, found.stored, found.again)) == wanted
    assert found is None or "engine 1" in found.why


def test_reruns_are_kept_inside_the_desk(done, alice, run_jobs):
    again(done, alice, run_jobs)

    assert Rerun.objects.count() == 1
    with connection.cursor() as cursor:
        cursor.execute("SELECT relrowsecurity, relforcerowsecurity FROM pg_class WHERE relname = 'backtests_rerun'")
        assert cursor.fetchone() == (True, True)


# --- a bundle that is too large to be made while somebody waits -----------------------------------------------------


@pytest.fixture
def large(done, settings):
    settings.BUNDLE_MAX_VALUES = 10
    return done


def test_large_bundle_is_made_by_a_job_and_is_the_same_bytes(large, alice, client_of, run_jobs):
    client, door = client_of(alice), f"/api/v1/backtests/{large.id}/bundle"

    before = client.get(door)
    asked, again = client.post(door), client.post(door)
    meanwhile = client.get(door)
    run_jobs()
    ready, after = client.post(door), client.get(door)

    assert (before.status_code, before.json()["code"]) == (409, "bundle_not_made")
    assert (asked.status_code, again.status_code, meanwhile.status_code) == (202, 202, 202)
    assert Job.objects.filter(kind="backtests.bundle").count() == 1
    assert (ready.status_code, ready.json()["is_ready"]) == (200, True)
    assert b"".join(after.streaming_content) == services.bundle_of(backtest_id=large.id)


def test_large_bundle_is_asked_for_and_downloaded_on_the_page(large, alice, client_of, run_jobs):
    client, page = client_of(alice), f"/backtests/{large.id}/evidence/"

    offered = client.get(page).content.decode()
    early = client.get(f"/backtests/{large.id}/bundle.zip")
    waiting = client.post(f"/backtests/{large.id}/bundle/", headers={"HX-Request": "true"}).content.decode()
    run_jobs()
    made = client.get(page).content.decode()

    assert "Prepare the bundle" in offered
    assert early.status_code == 302
    assert "Making the bundle" in waiting
    assert 'data-testid="bundle"' in made
    with contextlib.closing(client.get(f"/backtests/{large.id}/bundle.zip")) as sent:
        assert sent["Content-Type"] == "application/zip"


def test_large_bundle_is_for_nobody_of_another_desk(large, charlie, client_of):
    for door in (f"/api/v1/backtests/{large.id}/bundle", f"/backtests/{large.id}/bundle/"):
        assert client_of(charlie).post(door).status_code == 404
    assert Job.objects.filter(kind="backtests.bundle").count() == 0


def test_bundle_whose_name_is_half_written_is_written_again(large, alice, client_of, run_jobs):
    from django.core.files.base import ContentFile
    from django.core.files.storage import default_storage

    from apps.backtests.services.bundle_jobs import _name

    door = f"/api/v1/backtests/{large.id}/bundle"
    client_of(alice).post(door)
    default_storage.save(_name(large), ContentFile(b"half"))  # its worker was killed here
    run_jobs()

    assert b"".join(client_of(alice).get(door).streaming_content) == services.bundle_of(backtest_id=large.id)
