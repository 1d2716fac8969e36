"""Bundles that are too large to be made while somebody waits: asked for, made as a job, kept beside the run's files."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import IO, Any
from uuid import UUID

from django.conf import settings
from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage
from django.db import transaction

from apps.accounts.enums import Actor
from apps.backtests import queries
from apps.backtests.enums import BacktestStatus
from apps.backtests.models import Backtest
from apps.backtests.queries import NotFinishedError
from apps.backtests.services.bundle import FORMAT, bundle_of
from apps.documents.queries import content_name
from apps.domain.errors import DomainError
from apps.jobs.enums import JobStatus
from apps.jobs.queries import latest_job
from apps.jobs.services import Work, enqueue
from apps.marketdata import queries as marketdata
from apps.tenancy.services import tenant_scope

BUNDLE_JOB = "backtests.bundle"


class BundleNotMadeError(DomainError):
    """A large bundle is made by a job, and nobody has asked for it."""

    code = "bundle_not_made"
    status = 409


@dataclass(frozen=True, slots=True)
class BundleState:
    """Whether the bundle of a run can be downloaded now (`is_ready`), is being made, or why the last job did not make it."""

    is_ready: bool
    is_waiting: bool = False
    problem: str = ""


def bundle_state(run: Backtest, /) -> BundleState:
    """How the bundle of a finished run stands; small ones are made when they are downloaded."""
    try:
        is_small = _is_small(run)
    except DomainError as error:  # its data are gone
        return BundleState(is_ready=False, problem=error.message)
    if is_small or default_storage.exists(_name(run)):
        return BundleState(is_ready=True)
    job = latest_job(subject_id=run.id, kind=BUNDLE_JOB)
    if job is None:
        return BundleState(is_ready=False)
    return BundleState(False, not job.is_finished, job.error_message if job.status == JobStatus.FAILED else "")


@transaction.atomic
def ask_bundle(*, backtest_id: UUID, actor: Actor, at: datetime) -> BundleState:
    """Have the bundle of a finished run made, unless it can be downloaded already.

    Raises BacktestNotFoundError, NotFinishedError, DataSetNotFoundError.
    """
    run = _finished(backtest_id)
    state = bundle_state(run)
    if state.is_ready or state.is_waiting:
        return state
    enqueue(
        kind=BUNDLE_JOB,
        tenant_id=actor.tenant_id,
        subject_id=run.id,
        plan={"fingerprint": run.fingerprint},
        requested_by_id=actor.person_id,
        at=at,
    )
    return BundleState(is_ready=False, is_waiting=True)


def opened_bundle(*, backtest_id: UUID) -> IO[bytes] | File[Any]:
    """The bundle of a finished run. Raises BacktestNotFoundError, NotFinishedError, BundleNotMadeError."""
    run = _finished(backtest_id)
    if _is_small(run):
        return BytesIO(bundle_of(backtest_id=run.id))
    if not default_storage.exists(_name(run)):
        raise BundleNotMadeError("This bundle is large. Ask for it first; it can be downloaded when it is made.")
    return default_storage.open(_name(run), "rb")


def make_bundle(work: Work) -> None:
    """The job: make the bundle and keep it, unless somebody cancelled meanwhile."""
    with tenant_scope(work.tenant_id):
        run = queries.backtest(backtest_id=work.subject_id)
        content, name = bundle_of(backtest_id=run.id), _name(run)
    with work.scope():
        if default_storage.exists(name):
            default_storage.delete(name)  # a crash left a part of it
        default_storage.save(name, ContentFile(content))


def bundle_failed(work: Work, code: str, message: str) -> None:
    """Nothing to record: the job says why, and the run is as it was."""


def _finished(backtest_id: UUID) -> Backtest:
    run = queries.backtest(backtest_id=backtest_id)
    if run.status != BacktestStatus.DONE:
        raise NotFinishedError("This backtest has no result yet; ask when it is done.", run_status=run.status)
    return run


def _is_small(run: Backtest) -> bool:
    data = marketdata.data_set(key=run.plan["data_set"], snapshot_hash=run.plan["data_snapshot"])
    return len(data.symbols) * data.n_days * len(data.fields) <= settings.BUNDLE_MAX_VALUES


def _name(run: Backtest) -> str:
    """Named by what it is made of: the run, and the words that may change."""
    made_of = f"bundle:{FORMAT}:{run.id}:{run.fingerprint}:{run.strategy.title}"
    return content_name(run.tenant_id, "results", hashlib.sha256(made_of.encode()).hexdigest())
