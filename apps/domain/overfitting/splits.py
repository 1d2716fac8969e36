"""Splits of time that let nothing leak: walk-forward, purged k-fold, combinatorial purged.

López de Prado, "Advances in Financial Machine Learning", 2018, chapters 7 and 12.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt

from apps.domain.overfitting.errors import OverfittingInputError

IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """Indices to fit on, and indices to test on, both ascending."""

    train: IntArray
    test: IntArray


def walk_forward(n: int, *, train: int, test: int, anchored: bool = False, gap: int = 0) -> Iterator[Split]:
    """Fit on `train` observations (all so far, when anchored), leave `gap` out, test on the next `test`; move by `test`."""
    if min(train, test) < 1 or gap < 0 or train + gap + test > n:
        raise OverfittingInputError(
            f"{n} observations hold no split of {train} to fit on, {gap} left out and {test} to test on.", n=n
        )
    for end in range(train, n - gap - test + 1, test):
        start = 0 if anchored else end - train
        yield Split(np.arange(start, end), np.arange(end + gap, end + gap + test))


def purged_k_fold(n: int, *, folds: int, label_end: Sequence[int] | None = None, embargo: int = 0) -> Iterator[Split]:
    """Each of `folds` blocks is tested once. `label_end[i]` is the last observation that the label of i looks at (itself
    when left out): whoever looks into the test block is not fitted on, nor are `embargo` observations after it."""
    for block in _blocks(n, folds):
        yield _purged(n, [block], label_end, embargo)


def combinatorial_purged(
    n: int, *, folds: int, tested: int, label_end: Sequence[int] | None = None, embargo: int = 0
) -> Iterator[Split]:
    """Every choice of `tested` of the `folds` blocks is tested once."""
    if not 1 <= tested < folds:
        raise OverfittingInputError("Fewer blocks must be tested than there are.", folds=folds, tested=tested)
    blocks = _blocks(n, folds)
    for chosen in combinations(blocks, tested):
        yield _purged(n, list(chosen), label_end, embargo)


def _blocks(n: int, folds: int) -> list[IntArray]:
    if not 2 <= folds <= n:
        raise OverfittingInputError(f"{n} observations cannot be cut into {folds} blocks.", n=n, folds=folds)
    return [np.asarray(block, dtype=np.int64) for block in np.array_split(np.arange(n), folds)]


def _purged(n: int, blocks: list[IntArray], label_end: Sequence[int] | None, embargo: int) -> Split:
    ends = np.arange(n) if label_end is None else np.asarray(label_end, dtype=np.int64)
    if len(ends) != n or np.any(ends < np.arange(n)):
        raise OverfittingInputError("Every label ends on its own observation or later.", n=n)
    keep = np.ones(n, dtype=np.bool_)
    for block in blocks:
        first, last = int(block[0]), int(block[-1])
        reach = int(ends[first : last + 1].max())  # what the test labels look at is not fitted on either
        keep &= (ends < first) | (np.arange(n) > reach + embargo)
    test = np.concatenate(blocks)
    keep[test] = False
    return Split(np.flatnonzero(keep), np.sort(test))
