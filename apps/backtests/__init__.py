"""Backtests: frozen plans, runs, result files, verdicts."""
