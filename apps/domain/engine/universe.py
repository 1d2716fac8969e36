"""Who belongs to the universe on each day."""

from __future__ import annotations

import numpy as np

from apps.domain.engine.calendar import decision_mask
from apps.domain.engine.evaluate import Evaluator
from apps.domain.engine.plan import Plan
from apps.domain.engine.ranking import best
from apps.domain.engine.result import BoolArray
from apps.domain.language import REBALANCE_CHOICES
from apps.domain.language.sections import FilteredUniverse


def members_of(plan: Plan, evaluator: Evaluator, bar: BoolArray) -> BoolArray:
    """Membership, shape (n_symbols, n_days of the panel): in the list, with a bar, and through the filters.

    A filtered list is renewed at the close of each refresh day, kept between, and empty before the first. Cross-sections
    within its conditions count the whole list.
    """
    listed = bar if plan.in_universe.all() else plan.in_universe[:, None] & bar
    universe = plan.spec.universe
    if not isinstance(universe, FilteredUniverse):
        return listed
    evaluator = evaluator.of_members(listed)
    passes = listed.copy()
    for condition in universe.where:
        passes &= evaluator.series(condition) == 1.0
    renewals = np.arange(bar.shape[1])
    if universe.refresh:
        frequency = plan.values.choice(universe.refresh, REBALANCE_CHOICES)
        renewals = np.flatnonzero(decision_mask(days=plan.panel.days, frequency=frequency, on="last"))
    chosen = passes[:, renewals]
    if universe.by and universe.size:
        by = evaluator.series(universe.by)[:, renewals]
        chosen = best(by, chosen, plan.values, universe.size, top=universe.keep == "top")
    latest = np.searchsorted(renewals, np.arange(bar.shape[1]), side="right") - 1
    kept = np.where(latest >= 0, chosen[:, np.maximum(latest, 0)], False) if len(renewals) else np.zeros_like(listed)
    return listed & kept
