"""How much of a result is the search for it: track records, the backtests that were tried, splits of time, plateaus.

The probabilistic and deflated Sharpe ratios stand in `apps.domain.verdict`, whose gates use them.
"""

from apps.domain.overfitting.bootstrap import bootstrap_interval, stationary_bootstrap
from apps.domain.overfitting.cscv import ProbabilityOfOverfitting, probability_of_overfitting
from apps.domain.overfitting.intervals import Interval, Intervals, headline_intervals
from apps.domain.overfitting.paired import (
    PairedInterval,
    SharpeTest,
    bootstrap_measures,
    intervals_of,
    paired_intervals,
    sharpe_difference_test,
)
from apps.domain.overfitting.plateau import plateau_score
from apps.domain.overfitting.snooping import SuperiorAbility, superior_predictive_ability
from apps.domain.overfitting.splits import Split, combinatorial_purged, purged_k_fold, walk_forward
from apps.domain.overfitting.track_record import minimum_backtest_length, minimum_track_record

__all__ = [
    "Interval",
    "Intervals",
    "PairedInterval",
    "ProbabilityOfOverfitting",
    "SharpeTest",
    "Split",
    "SuperiorAbility",
    "bootstrap_interval",
    "bootstrap_measures",
    "combinatorial_purged",
    "headline_intervals",
    "intervals_of",
    "minimum_backtest_length",
    "minimum_track_record",
    "paired_intervals",
    "plateau_score",
    "probability_of_overfitting",
    "purged_k_fold",
    "sharpe_difference_test",
    "stationary_bootstrap",
    "superior_predictive_ability",
    "walk_forward",
]
