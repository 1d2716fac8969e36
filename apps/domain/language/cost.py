"""What a strategy costs to compute, before it is computed."""

from __future__ import annotations

from apps.domain.language.formula_checks import durations_of
from apps.domain.language.functions import FUNCTIONS
from apps.domain.language.grammar import FormulaError, parse, parts_of
from apps.domain.language.references import Spec, formulas
from apps.domain.language.tree import Call, Node

_WINDOW_BY_WINDOW = frozenset(
    {"ts_rank", "product", "kama", "slope", "trend_r2", "max_drawdown", "efficiency_ratio", "cci", "mfi", "aroon_up",
     "aroon_down", "r_squared", "idiosyncratic_volatility", "idiosyncratic_skewness", "residual_momentum", "periodic_mean",
     "quantile", "median"}
)  # fmt: skip
"""Functions that look at the whole window on every bar; the others keep running sums."""
_RANKED = 20.0
"""How many times a cell of a ranking costs what a cell of arithmetic does."""
ACCOUNTS = 50.0
"""How many times a cell of the accounts costs what a cell of arithmetic does."""


def cost_of(spec: Spec, *, n_symbols: int, n_days: int) -> float:
    """About how many cells of arithmetic a run takes: instruments times days, times what each distinct expression needs.

    Formulas that cannot be read cost nothing; the checks refuse them.
    """
    seen: set[Node] = set()
    per_cell = ACCOUNTS
    for _, text in formulas(spec):
        try:
            per_cell += _cost(spec, parse(text), seen)
        except FormulaError:
            continue
    return per_cell * n_symbols * n_days


def _cost(spec: Spec, node: Node, seen: set[Node]) -> float:
    if node in seen:
        return 0.0
    seen.add(node)
    inner = sum(_cost(spec, part, seen) for part in parts_of(node))
    if not isinstance(node, Call) or node.function not in FUNCTIONS:
        return inner + 1.0
    if node.function in _WINDOW_BY_WINDOW:
        return inner + max((days or 1 for days in durations_of(spec, node)), default=1)
    ranked = FUNCTIONS[node.function].family in {"Cross-section", "Rolling regression"}
    return inner + (_RANKED if ranked else 3.0)
