"""Sweeps and their pieces under row-level security; a sweep that is done never changes."""

from django.db import migrations

from apps.tenancy.services import isolate

REFUSE = """
CREATE TRIGGER sweep_no_change BEFORE UPDATE OR DELETE ON backtests_sweep
  FOR EACH ROW WHEN (OLD.status = 'done') EXECUTE FUNCTION refuse_change();
ALTER TABLE backtests_sweep ENABLE ALWAYS TRIGGER sweep_no_change;
"""
UNDO = "DROP TRIGGER sweep_no_change ON backtests_sweep;"


class Migration(migrations.Migration):
    dependencies = [("backtests", "0006_sweeps")]
    operations = [
        *isolate(
            "backtests_sweep",
            parents={"strategy_id": "strategies_strategy", "version_id": "strategies_strategyversion"},
        ),
        *isolate("backtests_sweeppiece", parents={"sweep_id": "backtests_sweep"}),
        migrations.RunSQL(REFUSE, UNDO),
    ]
