"""Sweep a specification from a file: no row, no job; the loaded data sets are read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from apps.backtests.enums import SweepKind
from apps.backtests.queries.frozen import cells_of, frozen, inputs_of
from apps.backtests.queries.sweep_plans import Request, SweepPlan, not_too_long, pieces_of, resolve
from apps.backtests.queries.sweep_requests import readings_of
from apps.backtests.services.sweep_gather import Gathered, gather
from apps.backtests.services.sweep_work import walk_members
from apps.domain.language import DraftSpecification, runnable
from apps.marketdata import queries as marketdata
from apps.strategies import queries as strategies


def sweep_draft(
    *, draft: DraftSpecification, request: Request, tell: Callable[[int, int], None] | None = None
) -> tuple[SweepPlan, Gathered]:
    """Run every member here, piece by piece, and gather them; its members are the trials that are counted.

    `tell` gets members done and all of them. Raises NotRunnable, SweepRefusedError, SweepTooLargeError and errors of data.
    """
    if request.kind is SweepKind.READINGS:
        spec, axes, _ = readings_of(draft)
        request = Request(kind=request.kind, axes=axes, objective=request.objective)
    else:
        spec = runnable(draft, **strategies.data_facts(draft))
    plan = resolve(spec, request)
    run: dict[str, Any] = frozen(spec)
    cells = cells_of(spec, marketdata.data_set(key=run["data_set"], snapshot_hash=run["data_snapshot"]))
    not_too_long(plan, cells)
    inputs, pieces = inputs_of(run), []
    for first, count in pieces_of(plan, cells):
        pieces.append(walk_members(spec=spec, inputs=inputs, plan=plan, first=first, count=count))
        if tell:
            tell(first + count, plan.n_members)
    return plan, gather(spec=spec, inputs=inputs, plan=plan, pieces=pieces, n_trials=plan.n_members)
