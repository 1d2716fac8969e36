"""How a result changes with costs, delay and parameters: asked for, run as a job, kept beside the run's other files.

The file's name follows from the run's fingerprint, so that the same question has one answer and no row is changed.
"""

from __future__ import annotations

import json
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction

from apps.accounts.enums import Actor, Permission
from apps.backtests.enums import BacktestStatus
from apps.backtests.models import Backtest
from apps.backtests.queries import NotFinishedError
from apps.backtests.queries import backtest as one_backtest
from apps.backtests.queries.frozen import inputs_of
from apps.backtests.queries.sensitivity import file_name
from apps.backtests.services.work import plain
from apps.domain.errors import DomainError
from apps.domain.language import RunnableSpecification, cost_of
from apps.jobs.services import Work, enqueue

SENSITIVITY_JOB = "backtests.sensitivity"


class SensitivityNotMadeError(DomainError):
    """The runs behind the sensitivity were not made."""

    code = "sensitivity_not_made"
    status = 404


@transaction.atomic
def ask_sensitivity(*, backtest_id: UUID, actor: Actor, at: datetime) -> bool:
    """Queue the runs behind the sensitivity of a finished run; False when they were made before.

    Raises BacktestNotFoundError, NotAllowedError, NotFinishedError.
    """
    run = one_backtest(backtest_id=backtest_id)
    actor.require(Permission.RUN_BACKTEST)
    if run.status != BacktestStatus.DONE:
        raise NotFinishedError("This backtest has no result yet; ask when it is done.", run_status=run.status)
    if default_storage.exists(file_name(run)):
        return False
    enqueue(
        kind=SENSITIVITY_JOB,
        tenant_id=actor.tenant_id,
        subject_id=run.id,
        plan={"fingerprint": run.fingerprint},
        requested_by_id=actor.person_id,
        at=at,
    )
    return True


def run_sensitivity(work: Work) -> None:
    """The job: run the variants that fit into what one job may take, and keep what they gave."""
    from apps.domain import verdict  # noqa: PLC0415 -- slow import

    with work.scope():
        run = one_backtest(backtest_id=work.subject_id)
        spec = RunnableSpecification.model_validate(run.plan["specification"])
        panel = inputs_of(run.plan)
    everything = verdict.variants(spec)
    cells = cost_of(spec, n_symbols=len(panel.panel.symbols), n_days=len(panel.panel.days))
    asked = everything[: max(0, int(settings.RUN_MAX_CELLS // max(cells, 1.0)))]
    made = verdict.sensitivity(
        asked=asked, panel=panel, progress=lambda done: work.progress(int(done * 100), 100, "running variants")
    )
    content = {
        "version": verdict.SENSITIVITY_VERSION,
        "fingerprint": run.fingerprint,
        "left_out": len(everything) - len(asked),
        "rows": [plain(row) for row in made],
    }
    with work.scope():
        _keep(run, json.dumps(content, sort_keys=True).encode())


def sensitivity_failed(work: Work, code: str, message: str) -> None:
    """Nothing to record: the job says why, and the run is as it was."""


def _keep(run: Backtest, content: bytes) -> None:
    name = file_name(run)
    if default_storage.exists(name):
        if default_storage.size(name) == len(content):
            return
        default_storage.delete(name)  # a crash left a part of it
    default_storage.save(name, ContentFile(content))
