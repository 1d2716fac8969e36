"""Two hundred queued runs of twenty years daily with real workers, against the bare engine. `python -m benchmarks.queue`.

The bare engine is `judge` (run, measure, compare, grade) on the same plans, alone in as many processes as the platform has
workers for backtests. While the queue is worked off, a page of it is asked for again and again, as an open page does.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any

from tests.platform.running import Api, Platform, wait_for

N_RUNS, N_WORKERS, N_CHECKED = 200, 2, 20
BUDGET, PAGE_BUDGET = 0.8, 1.0  # of the bare engine's rate; seconds, the 95th percentile of an open page


def main() -> int:
    """Measure and print; 1 when a budget is missed."""
    running = Platform(demo=True)
    try:
        wait_for(running.is_ready, seconds=60, what="ready")
        _django(running)
        strategy = _strategy(Api(running))
        _queued(running, strategy, n=32 * N_WORKERS, first_bps=900.0)  # every worker is warm
        before = _bare(running, strategy)
        seconds, waits = _queued(running, strategy, n=N_RUNS, first_bps=1.0)
        after = _bare(running, strategy)
        n_same = _same_as_stored(running, strategy)
    finally:
        running.remove()
    bare, rate = statistics.mean([before, after]), N_RUNS / seconds
    p95 = statistics.quantiles(waits, n=20)[-1]
    print(f"bare engine before and after: {before:.1f} and {after:.1f} runs a second")
    print(f"{N_RUNS} queued runs: {seconds:.2f} s, {rate:.1f} a second, {rate / bare:.0%} of the bare engine's rate")
    print(f"of {N_CHECKED} of them the bare engine gives the stored files, measures and verdict for {n_same}")
    print(f"the queue's page meanwhile: median {statistics.median(waits):.2f} s, 95th percentile {p95:.2f} s")
    return 0 if rate >= BUDGET * bare and p95 < PAGE_BUDGET and n_same == N_CHECKED else 1


def _django(running: Platform) -> None:
    os.environ |= {
        "FO_VAR": str(running.var),
        "DJANGO_SETTINGS_MODULE": "fo_platform.settings.embedded",
        "LOG_LEVEL": "ERROR",
    }
    import django

    django.setup()
    from celery_app import app  # messages go to the platform's own broker

    app.set_default()


def _strategy(api: Api) -> str:
    """Twenty large caps over twenty years, the twelve-month winners of each month, with a claim to be held to."""
    from tests.domain.examples import CROSS_MOMENTUM

    strategy = api.post("/strategies", {"specification": CROSS_MOMENTUM.model_dump(mode="json")})
    api.post(f"/strategies/{strategy['id']}/approve")
    return str(strategy["id"])


def _queued(running: Platform, strategy: str, *, n: int, first_bps: float) -> tuple[float, list[float]]:
    """Seconds from the first worker's start to the last run's end, and how long pages took meanwhile."""
    from django.utils import timezone

    from apps.accounts.models import Person
    from apps.accounts.queries import actor_for_person
    from apps.backtests.models import Backtest
    from apps.backtests.services import RunOptions, start
    from apps.jobs.models import Job
    from apps.tenancy.services import tenant_scope

    actor = actor_for_person(person_id=Person.objects.get(email="alice@meridian.example").id)
    assert actor is not None
    ids = []
    with tenant_scope(actor.tenant_id):  # all are sent at the commit: two hundred are waiting at once
        for k in range(n):
            options = RunOptions(cost_bps=first_bps + k / 10)
            ids.append(start(strategy_id=strategy, actor=actor, at=timezone.now(), options=options).id)
    api, waits = Api(running), list[float]()
    while True:
        began = time.perf_counter()
        api.get("/backtests?limit=50")
        waits.append(time.perf_counter() - began)
        with tenant_scope(actor.tenant_id):
            if not Backtest.objects.filter(id__in=ids, status__in=["queued", "running"]).exists():
                break
        time.sleep(0.5)
    with tenant_scope(actor.tenant_id):
        assert Backtest.objects.filter(id__in=ids, status="done").count() == n
        jobs = list(Job.objects.filter(subject_id__in=ids))
    return (max(j.finished_at for j in jobs) - min(j.started_at for j in jobs)).total_seconds(), waits


def _bare(running: Platform, strategy: str) -> float:
    """Runs a second of the engine alone, in as many processes as there are workers."""
    plan = _a_plan(strategy)
    with ProcessPoolExecutor(N_WORKERS, mp_context=get_context("spawn"), initializer=_warm, initargs=(plan,)) as pool:
        list(pool.map(_judged, range(4 * N_WORKERS)))
        began = time.perf_counter()
        list(pool.map(_judged, range(N_RUNS)))
        return N_RUNS / (time.perf_counter() - began)


def _same_as_stored(running: Platform, strategy: str) -> int:
    """How many of some stored runs the bare engine gives again: the bytes of the files, every measure, the verdict."""
    from apps.accounts.models import Person
    from apps.accounts.queries import actor_for_person
    from apps.backtests.models import Backtest
    from apps.backtests.queries.frozen import given_of
    from apps.backtests.services.files import is_same, tables_of
    from apps.backtests.services.plans import made
    from apps.tenancy.services import tenant_scope

    actor = actor_for_person(person_id=Person.objects.get(email="alice@meridian.example").id)
    assert actor is not None
    with tenant_scope(actor.tenant_id):
        runs = list(Backtest.objects.filter(strategy_id=strategy)[:N_CHECKED])
        given = given_of(runs[0].plan)
    judged = [(run, made(run.plan, given)) for run in runs]
    return sum(
        is_same(tables_of(one.result), run.files) and (one.metrics, one.word) == (run.metrics, run.verdict_word)
        for run, one in judged
    )


def _a_plan(strategy: str) -> dict[str, Any]:
    from apps.accounts.models import Person
    from apps.accounts.queries import actor_for_person
    from apps.backtests.models import Backtest
    from apps.tenancy.services import tenant_scope

    actor = actor_for_person(person_id=Person.objects.get(email="alice@meridian.example").id)
    assert actor is not None
    with tenant_scope(actor.tenant_id):
        return dict(Backtest.objects.filter(strategy_id=strategy).first().plan)  # type: ignore[union-attr]


_kept: dict[str, Any] = {}


def _warm(plan: dict[str, Any]) -> None:
    import django

    django.setup()
    from apps.backtests.queries.frozen import given_of
    from apps.backtests.services.plans import made

    _kept.update(plan=plan, given=given_of(plan))
    made(plan, _kept["given"])


def _judged(_n: int) -> float:
    from apps.backtests.services.plans import made

    return float(made(_kept["plan"], _kept["given"]).result.equity[-1])


if __name__ == "__main__":
    sys.exit(main())
