"""Market data are read by every desk and written only by the owner."""

from django.db import migrations

TABLES = ("marketdata_dataset", "marketdata_instrument")
REVOKE = """
DO $$ BEGIN
  IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'fo_app') THEN
    REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON {table} FROM fo_app;
  END IF;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("marketdata", "0001_initial")]
    operations = [migrations.RunSQL(REVOKE.format(table=table), migrations.RunSQL.noop) for table in TABLES]
