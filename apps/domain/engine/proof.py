"""The proof that no decision uses the future: cut the future away, run again, compare."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from apps.domain.engine.result import Result
from apps.domain.engine.run import run
from apps.domain.errors import DomainError
from apps.domain.language.schema import RunnableSpecification
from apps.domain.values.inputs import Inputs
from apps.domain.values.panel import Panel


class LookAheadError(DomainError):
    """A decision changed when bars after it were removed: the engine is wrong, not the strategy."""

    code = "look_ahead"


@dataclass(frozen=True, slots=True)
class LookAheadProof:
    """How often the run was repeated, and how many decisions and fills were compared and found identical."""

    cuts: tuple[str, ...]
    n_decisions: int
    n_fills: int


def look_ahead_proof(spec: RunnableSpecification, panel: Panel | Inputs, n_cuts: int = 5) -> LookAheadProof:
    """Repeat the run with every bar after a cut blanked, for `n_cuts` cuts spread evenly over the window.

    The calendar stays, for it is known ahead. Decisions, fills and marks up to each cut must be identical, byte for
    byte; raises LookAheadError with the first day that differs.
    """
    inputs = panel if isinstance(panel, Inputs) else Inputs(panel=panel)
    full = run(spec=spec, panel=inputs)
    places = np.unique(np.linspace(0, len(full.days) - 1, n_cuts + 2).astype(np.int64)[1:-1])
    n_decisions = n_fills = 0
    for place in places:
        cut = full.days[place]
        compared = _compare(full, run(spec=spec, panel=inputs.blanked(cut)), cut)
        n_decisions += compared[0]
        n_fills += compared[1]
    return LookAheadProof(tuple(str(full.days[place]) for place in places), n_decisions, n_fills)


def _compare(full: Result, again: Result, cut: np.datetime64) -> tuple[int, int]:
    n_decisions = int(np.searchsorted(full.decision_days, cut, side="right"))
    n_days = int(np.searchsorted(full.days, cut, side="right"))
    fills = full.orders.day <= cut
    same = [
        np.array_equal(full.weights[:, :n_decisions], again.weights[:, :n_decisions], equal_nan=True),
        np.array_equal(full.equity[:n_days], again.equity[:n_days]),
        np.array_equal(full.cash[:n_days], again.cash[:n_days]),
        len(again.orders) == int(fills.sum()),
    ]
    if all(same):
        same = [
            np.array_equal(getattr(full.orders, name)[fills], getattr(again.orders, name))
            for name in ("decided", "day", "symbol", "side", "shares", "price", "value", "cost", "reason")
        ]
    if not all(same):
        raise LookAheadError(f"Decisions up to {cut} changed when later prices were removed.", cut=str(cut))
    return n_decisions, int(fills.sum())
