"""Probability of backtest overfitting by combinatorially symmetric cross-validation.

Bailey, Borwein, López de Prado and Zhu, "The probability of backtest overfitting", Journal of Computational Finance
20(4), 2017.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from scipy.stats import rankdata

from apps.domain.overfitting.errors import OverfittingInputError
from apps.domain.values.panel import FloatArray

_BATCH = 1000


@dataclass(frozen=True, slots=True, eq=False)
class ProbabilityOfOverfitting:
    """`probability` is the share of splits in which the best in sample is below the median out of sample; `logits` has one
    entry per split; `n_blocks` is the S that must be shown beside the number."""

    probability: float
    logits: FloatArray
    n_blocks: int


def probability_of_overfitting(returns: FloatArray, *, n_blocks: int = 16) -> ProbabilityOfOverfitting:
    """`returns` has shape (n_observations, n_trials); the measure is the Sharpe ratio (ddof 1).

    Rows beyond a multiple of `n_blocks` are left out at the end. Every half of the blocks is in sample once. Raises
    OverfittingInputError for an odd number of blocks, fewer than two trials, or blocks of fewer than two rows.
    """
    n_observations, n_trials = returns.shape
    size = n_observations // n_blocks if n_blocks else 0
    if n_blocks < 2 or n_blocks % 2 or n_trials < 2 or size < 2:
        raise OverfittingInputError(
            "An even number of blocks, each of two returns or more, and two or more trials are needed.", blocks=n_blocks
        )
    used = returns[: size * n_blocks]
    centre = np.median(used, axis=0)  # squares about it stay small beside a spike, and are 0 for what stands still
    blocks = (used - centre).reshape(n_blocks, size, n_trials)
    sums, squares = blocks.sum(axis=1), (blocks**2).sum(axis=1)
    halves = np.array(list(combinations(range(n_blocks), n_blocks // 2)))
    logits = []
    for start in range(0, len(halves), _BATCH):
        inside = np.zeros((len(halves[start : start + _BATCH]), n_blocks))
        np.put_along_axis(inside, halves[start : start + _BATCH], 1.0, axis=1)
        best = np.argmax(_sharpe(inside @ sums, inside @ squares, centre, size * n_blocks // 2), axis=1)
        outside = 1.0 - inside
        out = _sharpe(outside @ sums, outside @ squares, centre, size * n_blocks // 2)
        rank = rankdata(out, axis=1)[np.arange(len(best)), best] / (n_trials + 1.0)
        logits.append(np.log(rank / (1.0 - rank)))
    together = np.concatenate(logits)
    return ProbabilityOfOverfitting(float(np.mean(together <= 0.0)), together, n_blocks)


def _sharpe(sums: FloatArray, squares: FloatArray, centre: FloatArray, n: int) -> FloatArray:
    mean = sums / n
    variance = np.maximum(squares - n * mean**2, 0.0) / (n - 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = (mean + centre) / np.sqrt(variance)
    return np.where(variance > 0.0, ratio, 0.0)
