"""The columns that the list of runs sorts by: one for each measure, made by the database from `Backtest.metrics`."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.migrations import RunSQL


def measure_columns(keys: Sequence[str], /) -> RunSQL:
    """The migration operation that gives each measure its column and its index (tenant, measure, id).

    A migration that follows a new measure of METRICS is this one line; a test asks for it. The table is written anew once.
    """
    added = ", ".join(
        f"ADD COLUMN measure_{key} double precision GENERATED ALWAYS AS ((metrics ->> '{key}')::double precision) STORED"
        for key in keys
    )
    indexed = "; ".join(
        f"CREATE INDEX backtest_by_{key} ON backtests_backtest (tenant_id, measure_{key}, id)" for key in keys
    )
    dropped = ", ".join(f"DROP COLUMN measure_{key}" for key in keys)
    return RunSQL(f"ALTER TABLE backtests_backtest {added}; {indexed}", f"ALTER TABLE backtests_backtest {dropped}")
