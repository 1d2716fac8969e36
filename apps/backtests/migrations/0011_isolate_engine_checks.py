"""Checks by another engine, under row-level security."""

from django.db import migrations

from apps.tenancy.services import isolate


class Migration(migrations.Migration):
    dependencies = [("backtests", "0010_engine_checks")]
    operations = [*isolate("backtests_enginecheck", parents={"backtest_id": "backtests_backtest"})]
