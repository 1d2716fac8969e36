"""The publication day of a document in what a claim is held to: frozen in the plan, the same when made again."""

from __future__ import annotations

import io
from datetime import date

import pytest
from django.utils import timezone

from apps.backtests import queries, services
from apps.backtests.models import Backtest
from apps.backtests.queries.marks import marks_of
from apps.documents.models import Document
from apps.strategies.models import Strategy
from tests.backtests.test_backtests import approved, start

pytestmark = pytest.mark.usefixtures("market_data")
PUBLISHED = date(2007, 5, 31)


@pytest.fixture
def strategy(alice):
    return approved(alice)


def published_on(strategy, actor, day):
    document = Document.objects.create(
        tenant_id=actor.tenant_id, title="Paper", file_name="p.pdf", sha256="0" * 64, media_type="application/pdf",
        n_bytes=1, created_by_id=actor.person_id, created_at=timezone.now(), published_date=day,
    )  # fmt: skip
    Strategy.objects.filter(id=strategy.id).update(document=document)
    return document


def ran(strategy, actor, run_jobs):
    run = start(strategy, actor)
    run_jobs()
    return queries.backtest(backtest_id=run.id)


def after(run):
    (comparison,) = queries.verdict_of(run).comparisons
    return comparison["figures"][1]


def test_days_after_publication_begin_with_the_day_of_the_document(strategy, alice, run_jobs):
    published_on(strategy, alice, date(2013, 6, 28))

    run = ran(strategy, alice, run_jobs)

    assert run.plan["published"] == "2013-06-28"
    assert (after(run)["start"], after(run)["reason"]) == ("2013-06-29", "")


def test_unknown_day_leaves_the_end_of_the_claimed_window(strategy, alice, run_jobs):
    run = ran(strategy, alice, run_jobs)

    assert run.plan["published"] is None
    assert (after(run)["start"], after(run)["reason"]) == ("2013-01-01", "")


def test_correction_of_the_document_changes_no_stored_run_and_its_rerun_is_identical(
    strategy, alice, run_jobs, client_of
):
    document = published_on(strategy, alice, PUBLISHED)
    run = ran(strategy, alice, run_jobs)

    Document.objects.filter(id=document.id).update(published_date=date(2009, 1, 1))
    run = queries.backtest(backtest_id=run.id)
    again = services.rerun(backtest_id=run.id, actor=alice, at=timezone.now())
    run_jobs()
    again.refresh_from_db()
    page = client_of(alice).get(f"/backtests/{run.id}/").content.decode()

    assert (marks_of(run).published, marks_of(run).is_judged_by) == (PUBLISHED, True)
    assert again.outcome == "identical"
    assert "from the day after 31 May 2007, on which the document came out" in page
    assert services.verify(io.BytesIO(services.bundle_of(backtest_id=run.id))).difference is None


def test_day_that_became_known_later_is_a_mark_and_no_judgement(strategy, alice, run_jobs, client_of):
    run = ran(strategy, alice, run_jobs)
    published_on(strategy, alice, PUBLISHED)
    run = queries.backtest(backtest_id=run.id)

    page = client_of(alice).get(f"/backtests/{run.id}/").content.decode()

    assert (marks_of(run).published, marks_of(run).is_judged_by) == (PUBLISHED, False)
    assert "was not known when this was run" in page


def test_plan_from_before_the_day_was_kept_still_verifies(strategy, alice, run_jobs):
    run = start(strategy, alice)
    old = {name: value for name, value in run.plan.items() if name != "published"}
    Backtest.objects.filter(id=run.id).update(plan=old)
    run_jobs()
    run = queries.backtest(backtest_id=run.id)

    again = services.rerun(backtest_id=run.id, actor=alice, at=timezone.now())
    run_jobs()
    again.refresh_from_db()

    assert "published" not in run.plan
    assert again.outcome == "identical"
    assert services.verify(io.BytesIO(services.bundle_of(backtest_id=run.id))).difference is None
