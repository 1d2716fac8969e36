"""Runs made again, under row-level security."""

from django.db import migrations

from apps.tenancy.services import isolate


class Migration(migrations.Migration):
    dependencies = [("backtests", "0004_reruns")]
    operations = [*isolate("backtests_rerun", parents={"backtest_id": "backtests_backtest"})]
