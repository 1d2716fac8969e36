"""Backtests and verdicts under row-level security; what is done, and every verdict, never changes."""

from django.db import migrations

from apps.tenancy.services import isolate

REFUSE = """
CREATE TRIGGER backtest_no_change BEFORE UPDATE OR DELETE ON backtests_backtest
  FOR EACH ROW WHEN (OLD.status = 'done') EXECUTE FUNCTION refuse_change();
ALTER TABLE backtests_backtest ENABLE ALWAYS TRIGGER backtest_no_change;
CREATE TRIGGER verdict_no_change BEFORE UPDATE OR DELETE ON backtests_verdict FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER verdict_no_truncate BEFORE TRUNCATE ON backtests_verdict FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE backtests_verdict ENABLE ALWAYS TRIGGER verdict_no_change;
ALTER TABLE backtests_verdict ENABLE ALWAYS TRIGGER verdict_no_truncate;
"""
UNDO = """
DROP TRIGGER backtest_no_change ON backtests_backtest;
DROP TRIGGER verdict_no_change ON backtests_verdict;
DROP TRIGGER verdict_no_truncate ON backtests_verdict;
"""


class Migration(migrations.Migration):
    dependencies = [("backtests", "0001_initial"), ("strategies", "0002_isolate")]
    operations = [
        *isolate(
            "backtests_backtest",
            parents={"strategy_id": "strategies_strategy", "version_id": "strategies_strategyversion"},
        ),
        *isolate("backtests_verdict", parents={"backtest_id": "backtests_backtest"}),
        migrations.RunSQL(REFUSE, UNDO),
    ]
