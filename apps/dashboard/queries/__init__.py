"""What pages that join several apps show."""

from apps.dashboard.queries.desk import Hit, NextStep, next_step, search
from apps.dashboard.queries.usage import usage

__all__ = ["Hit", "NextStep", "next_step", "search", "usage"]
