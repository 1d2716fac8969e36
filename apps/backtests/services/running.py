"""The job of a run: several runs of a desk are loaded together, made one after the other and written at once."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection
from django.utils import timezone

from apps.backtests.enums import BacktestStatus, VerdictWord
from apps.backtests.events import BacktestFailed, BacktestFinished, VerdictChanged
from apps.backtests.models import Backtest, Verdict
from apps.backtests.queries.frozen import Given, given_of
from apps.backtests.queries.live import keep_curve
from apps.backtests.services.files import keep_files
from apps.backtests.services.plans import made
from apps.backtests.services.sparks import thin_curve
from apps.backtests.services.work import Judged, plain
from apps.events.services import News, append, append_all
from apps.jobs.services import Work

if TYPE_CHECKING:
    from apps.domain.engine import Result
    from apps.domain.verdict import Verdict as Judgement

_WATCHED = 0.1  # seconds: nobody sees the curve of a run that is judged sooner
_WRITE = """
UPDATE backtests_backtest SET
    status = 'done', finished_at = %s, metrics = made.metrics, annual_return = made.annual_return,
    sharpe_ratio = made.sharpe_ratio, max_drawdown = made.max_drawdown, thin_curve = made.thin_curve,
    verdict_word = made.verdict_word, files = made.files, order_hash = made.order_hash,
    start_date = made.start_date, end_date = made.end_date, diagnostics = made.diagnostics
FROM jsonb_to_recordset(%s::jsonb) AS made (
    id uuid, metrics jsonb, annual_return float8, sharpe_ratio float8, max_drawdown float8, thin_curve float8[],
    verdict_word text, files jsonb, order_hash text, start_date date, end_date date, diagnostics jsonb
)
WHERE backtests_backtest.id = made.id
"""


@dataclass(frozen=True, slots=True)
class _Ready:
    """A run with its data; `given` is None when the run is done already."""

    run: Backtest
    given: Given | None


@dataclass(frozen=True, slots=True)
class _Made:
    """A result whose files are stored, with what its row is to say."""

    run: Backtest
    judged: Judged
    order_hash: str
    columns: dict[str, Any]


def load_runs(works: Sequence[Work], /) -> dict[UUID, _Ready]:
    """The runs of some jobs with their data, each snapshot read once. One alone is marked as running; several are done
    before anybody could see it."""
    runs = {
        run.id: run
        for run in Backtest.objects.filter(id__in=[work.subject_id for work in works]).select_related("strategy")
    }
    waiting = [run.id for run in runs.values() if run.status != BacktestStatus.DONE]
    if len(works) == 1:
        Backtest.objects.filter(id__in=waiting).update(status=BacktestStatus.RUNNING)
    shared: dict[str, Given] = {}
    ready = {}
    for work in works:
        run = runs[work.subject_id]
        names = json.dumps([run.plan.get(name) for name in _DATA])
        if run.id in waiting and names not in shared:
            shared[names] = given_of(run.plan)
        ready[work.job_id] = _Ready(run, shared.get(names) if run.id in waiting else None)
    return ready


_DATA = ("data_set", "data_snapshot", "benchmark", "benchmark_set", "benchmark_snapshot", "series")


def make_run(work: Work, ready: dict[UUID, _Ready], /) -> _Made | None:
    """Run, judge and store the files; None for a run that was done before."""
    from apps.domain.engine import order_hash  # noqa: PLC0415 -- slow import

    run, given = ready[work.job_id].run, ready[work.job_id].given
    if given is None:
        return None
    began = time.monotonic()
    with work.computing():
        judged = made(
            run.plan,
            given,
            progress=lambda done: work.progress(int(done * 100), 100, "running"),
            seen=lambda result: _show(work, result, began),
        )
    files = keep_files(judged.result, tenant_id=work.tenant_id)
    digest = order_hash(judged.result)
    return _Made(run, judged, digest, _columns(run, judged, files, digest))


def keep_runs(done: Sequence[tuple[Work, _Made | None]], /) -> None:
    """Write verdicts, results and events of some runs."""
    kept = [(work, one) for work, one in done if one is not None]
    if kept:
        _write(kept, at=timezone.now())


def _write(kept: Sequence[tuple[Work, _Made]], *, at: datetime) -> None:
    runs = [one.run for _, one in kept]
    before = _judged_before(runs)
    Verdict.objects.bulk_create(
        _verdict(one.run, one.judged.verdict, comparisons=[plain(c) for c in one.judged.comparisons], at=at)
        for _, one in kept
    )
    with connection.cursor() as cursor:
        cursor.execute(_WRITE, [at, json.dumps([one.columns for _, one in kept], cls=DjangoJSONEncoder)])
    news = []
    for work, one in kept:
        news.append(News(one.run.id, _finished(one), correlation_id=work.correlation_id))
        earlier = before.get(one.run.strategy_id)
        if earlier is not None and earlier.word != one.judged.word:
            news.append(News(one.run.id, _changed(one, earlier), correlation_id=work.correlation_id))
        before[one.run.strategy_id] = _Earlier(one.run.id, one.judged.word, one.run.created_by_id)
    append_all(tenant_id=kept[0][0].tenant_id, news=news, at=at)


def _show(work: Work, result: Result, began: float) -> None:
    """The curve is shown while the run is made again for its claims and judged."""
    if time.monotonic() - began > _WATCHED:
        with work.waiting():
            keep_curve(work.subject_id, work.tenant_id, days=result.days, equity=result.equity)


def _columns(run: Backtest, judged: Judged, files: dict[str, str], digest: str) -> dict[str, Any]:
    result, metrics = judged.result, judged.metrics
    return {
        "id": str(run.id),
        "metrics": metrics,
        "annual_return": metrics.get("annual_return"),
        "sharpe_ratio": metrics.get("sharpe_ratio"),
        "max_drawdown": metrics.get("max_drawdown"),
        "thin_curve": thin_curve(result.equity),
        "verdict_word": judged.word,
        "files": files,
        "order_hash": digest,
        "start_date": result.days[0].item(),
        "end_date": result.days[-1].item(),
        "diagnostics": [plain(d) for d in result.diagnostics],
    }


@dataclass(frozen=True, slots=True)
class _Earlier:
    """The run of a strategy that was judged last."""

    id: UUID
    word: str
    asked_by: UUID | None


def _judged_before(runs: Sequence[Backtest]) -> dict[UUID, _Earlier]:
    """The run that was judged last of each strategy that these runs belong to."""
    judged = Backtest.objects.filter(
        strategy_id__in={run.strategy_id for run in runs}, status=BacktestStatus.DONE
    ).exclude(verdict_word="")
    last = judged.order_by("strategy_id", "-finished_at", "-id").distinct("strategy_id")
    rows = last.values_list("strategy_id", "id", "verdict_word", "created_by_id")
    return {strategy_id: _Earlier(run_id, word, asked_by) for strategy_id, run_id, word, asked_by in rows}


def _finished(one: _Made) -> BacktestFinished:
    return BacktestFinished(
        title=one.run.strategy.title,
        fingerprint=one.run.fingerprint,
        order_hash=one.order_hash,
        verdict=one.judged.verdict.word,
        asked_by=one.run.created_by_id,
    )


def _changed(one: _Made, before: _Earlier) -> VerdictChanged:
    """The run of this strategy that was judged before this one was judged differently."""
    return VerdictChanged(
        title=one.run.strategy.title,
        before=VerdictWord(before.word).label,
        after=VerdictWord(one.judged.word).label,
        earlier_id=before.id,
        asked_by=one.run.created_by_id,
        earlier_asked_by=before.asked_by,
    )


@dataclass(frozen=True, slots=True)
class _Failure:
    """What stopped a run, as verdicts read it."""

    code: str
    message: str


def run_failed(work: Work, code: str, message: str) -> None:
    """Record that a run was cancelled or failed; one that lacked data is judged: not testable, and what is missing."""
    run = Backtest.objects.select_for_update().select_related("strategy").get(id=work.subject_id)
    if run.status == BacktestStatus.DONE:
        return
    run.status = BacktestStatus.CANCELLED if code == "cancelled" else BacktestStatus.FAILED
    run.error_code, run.error_message, run.finished_at = code, message, timezone.now()
    untestable = None if code == "cancelled" else _untestable(code, message)
    if untestable is not None:
        run.verdict_word = VerdictWord.NOT_TESTABLE
        _verdict(run, untestable, comparisons=[], at=run.finished_at).save(force_insert=True)
    run.save(update_fields=["status", "error_code", "error_message", "finished_at", "verdict_word"])
    data = BacktestFailed(title=run.strategy.title, code=code, asked_by=run.created_by_id)
    append(tenant_id=run.tenant_id, subject_id=run.id, data=data, actor_id=None, at=run.finished_at)


def _untestable(code: str, message: str) -> Judgement | None:
    from apps.domain.verdict import data_missing  # noqa: PLC0415 -- slow import

    return data_missing([_Failure(code, message)])


def _verdict(run: Backtest, verdict: Judgement, *, comparisons: list[dict[str, Any]], at: datetime) -> Verdict:
    return Verdict(
        tenant_id=run.tenant_id,
        backtest=run,
        word=VerdictWord(verdict.word.lower().replace(" ", "_")),
        reasons=[plain(r) for r in verdict.reasons],
        comparisons=comparisons,
        gate_version=verdict.gate_version,
        n_trials=verdict.n_trials,
        deflated_sharpe=verdict.deflated_sharpe,
        graded_at=at,
    )
