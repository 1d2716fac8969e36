"""The folds of a walk-forward and of a cross-validation. No database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from apps.backtests.enums import SweepKind
from apps.backtests.queries.sweep_plans import SweepPlan, SweepRefusedError
from apps.domain.errors import DomainError

if TYPE_CHECKING:
    from apps.domain.overfitting import Split

MOST_FOLDS = 120
_SHORTEST = 20  # trading days on which a figure is worth choosing by


def splits_of(plan: SweepPlan, n_days: int, /) -> list[Split]:
    """The folds of a walk-forward or a cross-validation, as indices of the returns of a window of `n_days`.

    Raises SweepRefusedError when the window does not hold them, or holds too many.
    """
    from apps.domain.overfitting import combinatorial_purged, purged_k_fold, walk_forward  # noqa: PLC0415 -- slow import

    n, options = n_days - 1, plan.options
    try:
        if plan.kind is SweepKind.WALK_FORWARD:
            found = list(
                walk_forward(n, train=options["train"], test=options["test"], anchored=bool(options["anchored"]))
            )
        elif options["tested"] == 1:
            found = list(purged_k_fold(n, folds=options["folds"], embargo=options["embargo"]))
        else:
            found = list(
                combinatorial_purged(n, folds=options["folds"], tested=options["tested"], embargo=options["embargo"])
            )
    except DomainError as error:
        raise SweepRefusedError(f"{error.message} Shorten the windows, or take fewer folds.") from None
    if len(found) > MOST_FOLDS:
        raise SweepRefusedError(
            f"{len(found)} folds are more than {MOST_FOLDS}. Test on longer windows, or take fewer."
        )
    if min(min(len(split.train), len(split.test)) for split in found) < _SHORTEST:
        raise SweepRefusedError(f"Every fold needs {_SHORTEST} trading days or more to fit on and to test on.")
    return found
