"""Have another engine keep the books of a run, and say whether it agrees with ours to the cent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from apps.accounts.enums import Actor, Permission
from apps.backtests import queries
from apps.backtests.adapters import ENGINES, RefusedError, SecondEngine
from apps.backtests.adapters.engine import installed_version
from apps.backtests.enums import BacktestStatus, CheckOutcome
from apps.backtests.events import EngineChecked
from apps.backtests.models import EngineCheck
from apps.backtests.queries.frozen import given_of
from apps.backtests.services.plans import plan_of
from apps.domain.errors import DomainError
from apps.domain.language import RunnableSpecification
from apps.events.services import append
from apps.jobs.services import Work, enqueue

if TYPE_CHECKING:
    from apps.domain.engine import Result
    from apps.domain.values.inputs import Inputs
    from apps.domain.values.panel import DayArray, FloatArray

ENGINE_CHECK_JOB = "backtests.engine_check"
TOLERANCE = 0.01  # of the currency: a cent. Two engines agree when no day's equity is this far apart.


class UnknownEngineError(DomainError):
    """There is no adapter for that engine."""

    code = "unknown_engine"
    status = 404


class EngineNotInstalledError(DomainError):
    """The other engine is not installed beside us."""

    code = "engine_not_installed"
    status = 409


@dataclass(frozen=True, slots=True)
class Agreement:
    """Equity by two engines, day by day. `day` is the first on which they are a cent or more apart, with what each says
    then; empty when there is none. `largest` is the largest distance of all, on `largest_day`."""

    n_days: int
    n_orders: int
    tolerance: float
    largest: float
    largest_day: str
    day: str
    stored: float | None
    other: float | None

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


@transaction.atomic
def check_with(*, backtest_id: UUID, engine: str, actor: Actor, at: datetime) -> EngineCheck:
    """Queue a finished run to be followed by another engine; one that is waiting already is returned.

    Raises BacktestNotFoundError, NotAllowedError, NotFinishedError, UnknownEngineError, EngineNotInstalledError.
    """
    run = queries.backtest(backtest_id=backtest_id)
    actor.require(Permission.RUN_BACKTEST)
    _, version = ready(engine)
    if run.status != BacktestStatus.DONE:
        raise queries.NotFinishedError("This run has no result to compare with.", run_status=run.status)
    waiting = EngineCheck.objects.filter(
        backtest_id=run.id, engine=engine, status__in=[BacktestStatus.QUEUED, BacktestStatus.RUNNING]
    ).first()
    if waiting:
        return waiting
    asked = EngineCheck.objects.create(
        tenant_id=run.tenant_id,
        backtest=run,
        engine=engine,
        engine_version=version,
        requested_by_id=actor.person_id,
        created_at=at,
    )
    enqueue(
        kind=ENGINE_CHECK_JOB,
        tenant_id=run.tenant_id,
        subject_id=asked.id,
        plan={"backtest_id": str(run.id), "engine": engine},
        requested_by_id=actor.person_id,
        at=at,
    )
    return asked


def ready(key: str, /) -> tuple[SecondEngine, str]:
    """The engine of that name and its version. Raises UnknownEngineError, EngineNotInstalledError."""
    engine = ENGINES.get(key)
    if engine is None:
        raise UnknownEngineError(f"There is no second engine “{key}”. Choose among {', '.join(sorted(ENGINES))}.")
    version = installed_version(engine)
    if version is None:
        raise EngineNotInstalledError(
            f"{engine.name} is not installed beside the platform. Ask for `pip install {engine.key}`, and restart the workers."
        )
    return engine, version


@dataclass(frozen=True, slots=True)
class KnownEngine:
    """An engine that there is an adapter for; `version` is None where it is not installed."""

    key: str
    name: str
    version: str | None


def second_engines() -> tuple[KnownEngine, ...]:
    """The engines that can be asked, installed or not."""
    return tuple(KnownEngine(key, engine.name, installed_version(engine)) for key, engine in sorted(ENGINES.items()))


def follow(
    engine: SecondEngine,
    /,
    *,
    spec: RunnableSpecification,
    inputs: Inputs,
    result: Result,
    days: DayArray,
    equity: FloatArray,
    progress: Callable[[float], None],
) -> Agreement:
    """Give the engine the targets of `result`, and hold its equity to `equity` on `days`. Raises RefusedError."""
    from apps.domain.engine import instructions  # noqa: PLC0415 -- slow import

    told = instructions(spec=spec, panel=inputs, result=result)
    theirs = engine.equity(told, progress=progress)
    return agreement(days=days, ours=equity, theirs=theirs, n_orders=len(result.orders))


def follow_specification(
    engine: str, /, *, spec: RunnableSpecification, result: Result, progress: Callable[[float], None] | None = None
) -> tuple[str, dict[str, Any]]:
    """What another engine makes of a result of the loaded data: its version, and the finding as a check keeps it.

    Raises UnknownEngineError, EngineNotInstalledError.
    """
    other, version = ready(engine)
    inputs = given_of(plan_of(spec)).inputs
    try:
        found = follow(
            other,
            spec=spec,
            inputs=inputs,
            result=result,
            days=result.days,
            equity=result.equity,
            progress=progress or (lambda _done: None),
        )
    except RefusedError as error:
        return version, {"outcome": CheckOutcome.REFUSED.value, "reasons": list(error.reasons)}
    return version, {"outcome": (CheckOutcome.DIFFERS if found.day else CheckOutcome.AGREES).value} | found.as_dict()


def agreement(*, days: DayArray, ours: FloatArray, theirs: FloatArray, n_orders: int) -> Agreement:
    """Two curves of the same days beside each other."""
    import numpy as np  # noqa: PLC0415 -- slow import

    gap = np.abs(ours - theirs)
    far = np.flatnonzero(gap >= TOLERANCE)
    first = int(far[0]) if len(far) else None
    widest = int(np.argmax(gap))
    return Agreement(
        n_days=len(days),
        n_orders=n_orders,
        tolerance=TOLERANCE,
        largest=float(gap[widest]),
        largest_day=str(days[widest]),
        day="" if first is None else str(days[first]),
        stored=None if first is None else float(ours[first]),
        other=None if first is None else float(theirs[first]),
    )


def run_engine_check(work: Work) -> None:
    """The job: our targets again from the frozen plan, the other engine's books, then its equity beside the stored."""
    from apps.domain import engine as core  # noqa: PLC0415 -- slow import

    with work.scope():
        EngineCheck.objects.filter(id=work.subject_id).update(status=BacktestStatus.RUNNING)
        run = queries.backtest(backtest_id=UUID(work.plan["backtest_id"]))
        given, stored = given_of(run.plan), queries.stored_run(run)
        days, equity = stored.days, stored.equity
    other, version = ready(work.plan["engine"])
    spec = RunnableSpecification.model_validate(run.plan["specification"])
    found: Agreement | None = None
    refused: tuple[str, ...] = ()
    with work.computing():
        result = core.run(spec=spec, panel=given.inputs, progress=lambda done: _tell(work, done * 0.3))
        try:
            found = follow(
                other,
                spec=spec,
                inputs=given.inputs,
                result=result,
                days=days,
                equity=equity,
                progress=lambda done: _tell(work, 0.3 + done * 0.7),
            )
        except RefusedError as error:
            refused = error.reasons
    at = timezone.now()
    outcome = CheckOutcome.REFUSED
    if found is not None:
        outcome = CheckOutcome.DIFFERS if found.day else CheckOutcome.AGREES
    with work.scope():
        EngineCheck.objects.filter(id=work.subject_id).update(
            status=BacktestStatus.DONE,
            outcome=outcome,
            finding=found.as_dict() if found else {"reasons": list(refused)},
            engine_version=version,
            own_version=core.ENGINE_VERSION,
            finished_at=at,
        )
        data = EngineChecked(title=run.strategy.title, engine=other.name, engine_version=version, outcome=outcome)
        append(tenant_id=work.tenant_id, subject_id=run.id, data=data, actor_id=work.requested_by_id, at=at)


def _tell(work: Work, done: float) -> None:
    work.progress(int(done * 100), 100, "checking with another engine")


def engine_check_failed(work: Work, code: str, message: str) -> None:
    """Record why there is no answer: data that are gone, an engine that is gone, a cancelled job."""
    EngineCheck.objects.filter(id=work.subject_id).update(
        status=BacktestStatus.CANCELLED if code == "cancelled" else BacktestStatus.FAILED,
        error_message=message,
        finished_at=timezone.now(),
    )


def check_as_text(check: EngineCheck, /) -> str:
    """What came of a check, in one or two sentences; empty while there is nothing to say."""
    found, name = check.finding, ENGINES[check.engine].name if check.engine in ENGINES else check.engine
    if not found:
        return ""
    return finding_as_text(found, name)


def finding_as_text(found: dict[str, Any], name: str, /) -> str:
    """A finding in sentences: agreement with its largest distance, the first day apart, or why it was refused."""
    if "reasons" in found:
        return f"{name} cannot say: {'; '.join(found['reasons'])}."
    if not found["day"]:
        return (
            f"Equity is the same on each of {found['n_days']:,} days, over {found['n_orders']:,} orders; {name} is at most "
            f"{found['largest']:.0e} apart, on {found['largest_day']}."
            if found["largest"]
            else f"Equity is the same on each of {found['n_days']:,} days, over {found['n_orders']:,} orders, to the last digit."
        )
    return (
        f"First difference on {found['day']}: equity is {found['stored']:,.2f} here and {found['other']:,.2f} by {name}, "
        f"{abs(found['stored'] - found['other']):,.2f} apart. The largest distance is {found['largest']:,.2f}, on "
        f"{found['largest_day']}."
    )
