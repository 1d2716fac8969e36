"""Read sweeps: rows, how far they are, and the tables of their members."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.core.files.storage import default_storage
from django.db.models import F, QuerySet

from apps.backtests.enums import BacktestStatus
from apps.backtests.models import Sweep, SweepPiece
from apps.backtests.queries.sweep_plans import SweepPlan, plan_from
from apps.documents.queries import content_name
from apps.domain.errors import DomainError
from apps.jobs.queries import latest_jobs

if TYPE_CHECKING:
    import pyarrow as pa

PIECE_JOB = "backtests.sweep_piece"


class SweepNotFoundError(DomainError):
    """There is no such sweep on this desk."""

    code = "sweep_not_found"
    status = 404


class MemberNotFoundError(DomainError):
    """The sweep has no such member, or it has not been run yet."""

    code = "member_not_found"
    status = 404


class NoFigureError(DomainError):
    """What was asked to be drawn is nothing that this sweep has, or has yet."""

    code = "no_figure"
    status = 409


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a sweep is; `seconds_left` is None while nothing is known."""

    n_done: int
    n_members: int
    seconds_left: float | None

    @property
    def percent(self) -> int:
        return round(100 * self.n_done / self.n_members) if self.n_members else 0


def sweeps(*, strategy_id: UUID | None = None, kind: str | None = None) -> QuerySet[Sweep]:
    """The desk's sweeps with their strategies' titles, newest first; without plans, which are large."""
    found = Sweep.objects.annotate(strategy_title=F("strategy__title")).defer("plan").order_by("-created_at", "-id")
    if strategy_id:
        found = found.filter(strategy_id=strategy_id)
    return found.filter(kind=kind) if kind else found


def sweep_of(*, sweep_id: UUID) -> Sweep:
    """One sweep with its strategy and version; raises SweepNotFoundError."""
    found = Sweep.objects.filter(id=sweep_id).select_related("strategy", "version").first()
    if found is None:
        raise SweepNotFoundError("There is no such sweep on your desk.")
    return found


def plan_of(sweep: Sweep, /) -> SweepPlan:
    """What the sweep runs."""
    return plan_from(sweep.plan["sweep"])


def progress_of(sweep: Sweep, /, *, at: datetime) -> Progress:
    """Members done, those of pieces that are on their way included, and the time left at that pace."""
    if sweep.status == BacktestStatus.DONE:
        return Progress(sweep.n_members, sweep.n_members, None)
    jobs = {job.subject_id: job for job in piece_jobs(sweep)}
    done = 0
    for piece in SweepPiece.objects.filter(sweep=sweep):
        job = jobs.get(piece.id)
        done += piece.n_members if piece.file else job.done_steps if job and job.status == "running" else 0
    began = min((job.started_at for job in jobs.values() if job.started_at), default=None)
    elapsed = (at - began).total_seconds() if began else 0.0
    left = elapsed * (sweep.n_members - done) / done if done and elapsed > 0.3 else None
    return Progress(min(done, sweep.n_members), sweep.n_members, left)


def piece_jobs(sweep: Sweep, /) -> list[Any]:
    """The newest job of each piece."""
    ids = SweepPiece.objects.filter(sweep=sweep).values_list("id", flat=True)
    return list(latest_jobs(subject_ids=ids, kind=PIECE_JOB).values())


def piece_tables(sweep: Sweep, /) -> list[pa.Table]:
    """The tables of the pieces that are done, in their order."""
    return [_read(name) for name in _piece_names(sweep)]


def members_of(sweep: Sweep, /) -> pa.Table | None:
    """Every member that has been run so far, by place; None before the first piece is done."""
    if sweep.files:
        return _whole(content_name(sweep.tenant_id, "results", sweep.files["members"]))
    import pyarrow as pa  # noqa: PLC0415 -- slow import

    pieces = [_figures(name) for name in _piece_names(sweep)]
    return pa.concat_tables(pieces, promote_options="default") if pieces else None


def curves_of(sweep: Sweep, /) -> pa.Table | None:
    """The curves that were kept: of the best members, or the stitched one; None where there are none."""
    sha = sweep.files.get("curves")
    return _whole(content_name(sweep.tenant_id, "results", sha)) if sha else None


def _piece_names(sweep: Sweep) -> list[str]:
    hashes = SweepPiece.objects.filter(sweep=sweep).exclude(file="").order_by("number").values_list("file", flat=True)
    return [content_name(sweep.tenant_id, "results", sha) for sha in hashes]


@lru_cache(maxsize=64)
def _figures(name: str) -> pa.Table:
    """A piece without its months: a page that fills asks for it again and again."""
    table = _read(name)
    return table.drop_columns(["months"]) if "months" in table.column_names else table


@lru_cache(maxsize=8)
def _whole(name: str) -> pa.Table:
    """A file never changes: its name is its hash."""
    return _read(name)


def _read(name: str) -> pa.Table:
    import pyarrow.parquet as pq  # noqa: PLC0415 -- slow import

    with default_storage.open(name, "rb") as handle:
        return pq.read_table(handle)
