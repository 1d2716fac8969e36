"""What people send: the launch of a run, and of a sweep."""

from apps.backtests.forms.launch import NONE, SAME, LaunchForm
from apps.backtests.forms.sweeps import AXIS, SweepForm, initial_of, request_of

__all__ = ["AXIS", "NONE", "SAME", "LaunchForm", "SweepForm", "initial_of", "request_of"]
