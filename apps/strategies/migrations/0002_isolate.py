"""Strategies under row-level security; versions never change."""

from django.db import migrations

from apps.tenancy.services import isolate

REFUSE = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'rows of % are never changed: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER version_no_change BEFORE UPDATE OR DELETE ON strategies_strategyversion FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER version_no_truncate BEFORE TRUNCATE ON strategies_strategyversion FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE strategies_strategyversion ENABLE ALWAYS TRIGGER version_no_change;
ALTER TABLE strategies_strategyversion ENABLE ALWAYS TRIGGER version_no_truncate;
"""
UNDO = """
DROP TRIGGER version_no_change ON strategies_strategyversion;
DROP TRIGGER version_no_truncate ON strategies_strategyversion;
DROP FUNCTION refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("strategies", "0001_initial"), ("documents", "0002_isolate")]
    operations = [
        *isolate("strategies_extraction", parents={"document_id": "documents_document"}),
        *isolate(
            "strategies_strategy",
            parents={"document_id": "documents_document", "extraction_id": "strategies_extraction"},
        ),
        *isolate("strategies_strategyversion", parents={"strategy_id": "strategies_strategy"}),
        migrations.RunSQL(REFUSE, UNDO),
    ]
