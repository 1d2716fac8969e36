"""Tags and saved views under row-level security."""

from django.db import migrations

from apps.tenancy.services import isolate


class Migration(migrations.Migration):
    dependencies = [("backtests", "0008_leaderboard")]
    operations = [
        *isolate("backtests_backtesttag", parents={"backtest_id": "backtests_backtest"}),
        *isolate("backtests_savedview"),
    ]
