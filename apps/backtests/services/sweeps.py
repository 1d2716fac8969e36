"""Ask for a sweep, run its pieces, gather them, cancel it.

A piece is a job of its own: a worker that dies costs its piece, which another takes up. Locks are taken in one order, job
before sweep. What a piece made is kept by its hash, so a sweep that is asked for again after a failure goes on from there.
"""

from __future__ import annotations

import time
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from apps.accounts.enums import Actor, Permission
from apps.backtests.enums import BacktestStatus, SweepKind
from apps.backtests.events import SweepFailed, SweepFinished, SweepStarted
from apps.backtests.models import Sweep, SweepPiece
from apps.backtests.queries.frozen import inputs_of
from apps.backtests.queries.sweep_plans import Request, digest_of, plan_from
from apps.backtests.queries.sweep_requests import Prepared, prepared
from apps.backtests.queries.sweeps import PIECE_JOB, piece_tables, sweep_of
from apps.backtests.queries.trials import trials_of
from apps.backtests.services.files import keep_table
from apps.backtests.services.sweep_gather import gather
from apps.backtests.services.sweep_work import walk_members
from apps.domain.errors import DomainError
from apps.domain.language import RunnableSpecification
from apps.events.services import append, hint
from apps.jobs.services import JobFinishedError, Work, cancel_all, enqueue
from apps.strategies import queries as strategies
from apps.strategies.queries import Strategy, StrategyVersion

GATHER_JOB = "backtests.sweep_gather"
_UNFINISHED = (BacktestStatus.QUEUED, BacktestStatus.RUNNING)
_KEPT = (*_UNFINISHED, BacktestStatus.DONE)
_TELL_EVERY = 0.2  # seconds: a cancelled sweep stops within one


class NotStoredError(DomainError):
    """The results of a piece could not be written."""

    code = "not_stored"


@transaction.atomic
def start_sweep(
    *, strategy_id: UUID, request: Request, actor: Actor, at: datetime, version_id: UUID | None = None
) -> Sweep:
    """Queue a sweep of a version (by default the newest; a fan of readings of a draft is of the draft as it stands).

    The same sweep asked for again is served from the store. Raises StrategyNotFoundError, VersionNotFoundError,
    NotAllowedError, NotRunnable, SweepRefusedError, SweepTooLargeError.
    """
    from apps.domain.engine import ENGINE_VERSION  # noqa: PLC0415 -- slow import

    strategy = strategies.strategy(strategy_id=strategy_id)
    actor.require(Permission.RUN_BACKTEST)
    made = prepared(strategy, request, version=_version(strategy, request.kind, version_id))
    names = {"execution_hash": made.run["execution_hash"], "snapshot_hash": made.run["snapshot_hash"]}
    digest = digest_of(made.plan, engine_version=ENGINE_VERSION, **names)
    existing = Sweep.objects.filter(strategy_id=strategy_id, fingerprint=digest, status__in=_KEPT).first()
    if existing:
        return existing
    trials = trials_of(strategy_id=strategy_id) + made.plan.n_members
    sweep = _row(strategy, made, digest, actor, at)
    sweep.plan |= {"engine_version": ENGINE_VERSION, "n_trials": trials}
    try:
        with transaction.atomic():
            sweep.save(force_insert=True)
    except IntegrityError:  # asked for twice at the same moment: both see the one sweep
        return Sweep.objects.get(strategy_id=strategy_id, fingerprint=digest, status__in=_KEPT)
    _queue(sweep, made, actor, at)
    return sweep


def _version(strategy: Strategy, kind: SweepKind, version_id: UUID | None) -> StrategyVersion | None:
    if version_id is not None:
        version = strategies.version(version_id=version_id)
        if version.strategy_id != strategy.id:
            raise strategies.VersionNotFoundError("This strategy has no such version.")
        return version
    if kind is SweepKind.READINGS and strategy.status == "draft":
        return None
    return strategies.current_version(strategy_id=strategy.id)


def _row(strategy: Strategy, made: Prepared, digest: str, actor: Actor, at: datetime) -> Sweep:
    return Sweep(
        tenant_id=actor.tenant_id,
        strategy=strategy,
        version=made.version,
        kind=made.plan.kind,
        objective=made.plan.objective,
        plan={
            "sweep": made.plan.as_json(), **made.run, "cells": made.cells, "left_out": list(made.left_out),
            "revision": strategy.revision if made.version is None else None,
        },
        fingerprint=digest,
        n_members=made.plan.n_members,
        n_pieces=len(made.pieces),
        created_by_id=actor.person_id,
        created_at=at,
    )  # fmt: skip


def _queue(sweep: Sweep, made: Prepared, actor: Actor, at: datetime) -> None:
    """Make the pieces and their jobs; what an earlier sweep of the same fingerprint left is taken over."""
    earlier = SweepPiece.objects.filter(
        sweep__strategy_id=sweep.strategy_id, sweep__fingerprint=sweep.fingerprint
    ).exclude(file="")
    known = {(first, n): file for first, n, file in earlier.values_list("first", "n_members", "file")}
    pieces = SweepPiece.objects.bulk_create(
        SweepPiece(
            tenant_id=sweep.tenant_id,
            sweep=sweep,
            number=number,
            first=first,
            n_members=n,
            file=known.get((first, n), ""),
        )
        for number, (first, n) in enumerate(made.pieces)
    )
    todo = [piece for piece in pieces if not piece.file]
    sweep.n_pieces_done = len(pieces) - len(todo)
    sweep.save(update_fields=["n_pieces_done"])
    data = SweepStarted(
        title=sweep.strategy.title, kind=sweep.kind, fingerprint=sweep.fingerprint, n_members=sweep.n_members
    )
    append(tenant_id=sweep.tenant_id, subject_id=sweep.id, data=data, actor_id=actor.person_id, at=at)
    for piece in todo:
        _enqueue(PIECE_JOB, sweep, piece.id, actor.person_id, at)
    if not todo:
        _enqueue(GATHER_JOB, sweep, sweep.id, actor.person_id, at)


def _enqueue(kind: str, sweep: Sweep, subject_id: UUID, person_id: UUID | None, at: datetime) -> None:
    plan = {"sweep": str(sweep.id), "fingerprint": sweep.fingerprint}
    enqueue(kind=kind, tenant_id=sweep.tenant_id, subject_id=subject_id, plan=plan, requested_by_id=person_id, at=at)


@transaction.atomic
def cancel_sweep(*, sweep_id: UUID, actor: Actor, at: datetime) -> Sweep:
    """Ask a sweep to stop: what waits ends now, what runs within a second. Raises SweepNotFoundError, NotAllowedError,
    JobFinishedError."""
    sweep = sweep_of(sweep_id=sweep_id)
    actor.require(Permission.RUN_BACKTEST)
    if sweep.status not in _UNFINISHED:
        raise JobFinishedError("This sweep has already ended; there is nothing to cancel.", status=sweep.status)
    pieces = SweepPiece.objects.filter(sweep=sweep).values_list("id", flat=True)
    cancel_all(subject_ids=[sweep.id, *pieces], at=at)
    _end(sweep_id=sweep.id, status=BacktestStatus.CANCELLED, code="cancelled", message="Cancelled.", at=at)
    sweep.refresh_from_db()
    return sweep


@transaction.atomic
def again(*, sweep_id: UUID, actor: Actor, at: datetime) -> Sweep:
    """Ask for the same sweep once more, after a failure or a cancel: finished pieces are not made again.

    Data that have a newer snapshot meanwhile make another sweep. Raises what start_sweep raises, SweepNotFoundError.
    """
    sweep = sweep_of(sweep_id=sweep_id)
    plan = plan_from(sweep.plan["sweep"])
    named = {"train": "train_days", "test": "test_days", "anchored": "is_anchored", "embargo": "embargo_days"}
    options: dict[str, Any] = {named.get(key, key): value for key, value in plan.options.items()}
    request = Request(
        kind=plan.kind, axes={axis.name: list(axis.values) for axis in plan.axes}, objective=plan.objective, **options
    )
    return start_sweep(strategy_id=sweep.strategy_id, request=request, actor=actor, at=at, version_id=sweep.version_id)


def run_piece(work: Work) -> None:
    """The job of a piece: run its members, keep their table, count it; the last one has the sweep gathered."""
    with work.scope():
        piece = SweepPiece.objects.select_related("sweep").get(id=work.subject_id)
        if piece.file or piece.sweep.status not in _UNFINISHED:
            return
        Sweep.objects.filter(id=piece.sweep_id, status=BacktestStatus.QUEUED).update(status=BacktestStatus.RUNNING)
        inputs = inputs_of(piece.sweep.plan)
    sweep, told = piece.sweep, time.monotonic()

    def tell(done: int) -> None:
        nonlocal told
        if time.monotonic() - told > _TELL_EVERY:
            work.progress(done, piece.n_members, "running")
            told = time.monotonic()
            _hint(work, sweep, "progress")

    table = walk_members(
        spec=RunnableSpecification.model_validate(sweep.plan["specification"]),
        inputs=inputs,
        plan=plan_from(sweep.plan["sweep"]),
        first=piece.first,
        count=piece.n_members,
        progress=tell,
    )
    work.progress(piece.n_members, piece.n_members, "storing")
    file = _stored(table, work.tenant_id)
    _count(work, piece, file)
    _hint(work, sweep, "progress")


def _count(work: Work, piece: SweepPiece, file: str) -> None:
    with work.scope():
        if not SweepPiece.objects.filter(id=piece.id, file="").update(file=file):
            return
        open_one = Sweep.objects.select_for_update().filter(id=piece.sweep_id, status__in=_UNFINISHED).first()
        if open_one is None:
            return
        Sweep.objects.filter(id=open_one.id).update(n_pieces_done=F("n_pieces_done") + 1)
        if open_one.n_pieces_done + 1 >= open_one.n_pieces:
            _enqueue(GATHER_JOB, open_one, open_one.id, work.requested_by_id, timezone.now())


def gather_pieces(work: Work) -> None:
    """The last job of a sweep: join the pieces, choose, and write everything at once."""
    with work.scope():
        sweep = sweep_of(sweep_id=work.subject_id)
        if sweep.status not in _UNFINISHED:
            return
        inputs = inputs_of(sweep.plan)
        pieces = piece_tables(sweep)
    found = gather(
        spec=RunnableSpecification.model_validate(sweep.plan["specification"]),
        inputs=inputs,
        plan=plan_from(sweep.plan["sweep"]),
        pieces=pieces,
        n_trials=sweep.plan["n_trials"],
        progress=lambda: work.progress(1, 2, "gathering"),
    )
    files = {"members": _stored(found.members, work.tenant_id)}
    if found.curves is not None:
        files["curves"] = _stored(found.curves, work.tenant_id)
    at = timezone.now()
    with work.scope():
        done = Sweep.objects.filter(id=sweep.id, status__in=_UNFINISHED).update(
            status=BacktestStatus.DONE, summary=found.summary, files=files, finished_at=at
        )
        if done:
            data = SweepFinished(
                title=sweep.strategy.title,
                kind=sweep.kind,
                fingerprint=sweep.fingerprint,
                n_members=sweep.n_members,
                asked_by=sweep.created_by_id,
            )
            append(tenant_id=work.tenant_id, subject_id=sweep.id, data=data, actor_id=None, at=at)


def piece_failed(work: Work, code: str, message: str) -> None:
    """A piece that was cancelled, failed or was given up ends its sweep; what other pieces made stays for the next try."""
    _end(sweep_id=UUID(work.plan["sweep"]), status=_ended(code), code=code, message=message, at=timezone.now())


def gather_failed(work: Work, code: str, message: str) -> None:
    """So does the last job."""
    _end(sweep_id=work.subject_id, status=_ended(code), code=code, message=message, at=timezone.now())


def _ended(code: str) -> BacktestStatus:
    return BacktestStatus.CANCELLED if code == "cancelled" else BacktestStatus.FAILED


def _end(*, sweep_id: UUID, status: BacktestStatus, code: str, message: str, at: datetime) -> None:
    sweep = Sweep.objects.select_for_update(of=("self",)).select_related("strategy").get(id=sweep_id)
    if sweep.status not in _UNFINISHED:
        return
    sweep.status, sweep.error_code, sweep.error_message, sweep.finished_at = status, code, message, at
    sweep.save(update_fields=["status", "error_code", "error_message", "finished_at"])
    data = SweepFailed(title=sweep.strategy.title, code=code, asked_by=sweep.created_by_id)
    append(tenant_id=sweep.tenant_id, subject_id=sweep.id, data=data, actor_id=None, at=at)


def _stored(table: Any, tenant_id: UUID) -> str:
    try:
        return keep_table(table, tenant_id)
    except OSError as error:
        raise NotStoredError(
            "The results could not be written: storage is full or away. Nothing that was stored is lost; start the sweep "
            "again when there is room, and it goes on from there."
        ) from error


def _hint(work: Work, sweep: Sweep, event: str) -> None:
    hint(tenant_id=work.tenant_id, topic=f"backtests:{sweep.id}", event=f"backtests.sweep_{event}", id=sweep.id)


__all__ = [
    "GATHER_JOB",
    "PIECE_JOB",
    "NotStoredError",
    "again",
    "cancel_sweep",
    "gather_failed",
    "gather_pieces",
    "piece_failed",
    "run_piece",
    "start_sweep",
]
