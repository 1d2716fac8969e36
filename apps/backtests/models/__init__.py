"""What the desk ran, and what it was judged to be."""

from apps.backtests.models.reruns import EngineCheck, Rerun
from apps.backtests.models.runs import Backtest, Verdict
from apps.backtests.models.sweeps import Sweep, SweepPiece
from apps.backtests.models.views import BacktestTag, SavedView

__all__ = ["Backtest", "BacktestTag", "EngineCheck", "Rerun", "SavedView", "Sweep", "SweepPiece", "Verdict"]
