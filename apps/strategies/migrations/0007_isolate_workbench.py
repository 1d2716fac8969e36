"""Comments under row-level security; what a strategy was merged into is of its own desk."""

from django.db import migrations

from apps.tenancy.services import isolate

# Adding a constraint reads the table; as its owner we may, while row-level security is not forced.
_REFERENCE = """
ALTER TABLE strategies_strategy NO FORCE ROW LEVEL SECURITY;
ALTER TABLE strategies_strategy ADD CONSTRAINT strategies_strategy_merged_into_id_tenant_fk
  FOREIGN KEY (tenant_id, merged_into_id) REFERENCES strategies_strategy (tenant_id, id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE strategies_strategy FORCE ROW LEVEL SECURITY
"""
_BACK = "ALTER TABLE strategies_strategy DROP CONSTRAINT strategies_strategy_merged_into_id_tenant_fk"


class Migration(migrations.Migration):
    dependencies = [("strategies", "0006_workbench")]
    operations = [
        *isolate("strategies_comment", parents={"strategy_id": "strategies_strategy"}),
        migrations.RunSQL(_REFERENCE, _BACK),
    ]
