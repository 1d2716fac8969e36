"""The leaf hash, and the refusal of every change: triggers that fire always, and privileges."""

from django.db import migrations

from apps.tenancy.services import isolate

LEAF = """
CREATE FUNCTION event_seal_leaf() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.leaf := sha256('\\x00'::bytea || convert_to(NEW.body, 'UTF8'));
  NEW.xid := pg_current_xact_id()::text::bigint;
  RETURN NEW;
END $$;
CREATE TRIGGER event_leaf BEFORE INSERT ON events_event FOR EACH ROW EXECUTE FUNCTION event_seal_leaf();
ALTER TABLE events_event ENABLE ALWAYS TRIGGER event_leaf;

CREATE FUNCTION event_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'events are append-only: % refused', TG_OP USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER event_no_change BEFORE UPDATE OR DELETE ON events_event FOR EACH ROW EXECUTE FUNCTION event_refuse_change();
CREATE TRIGGER event_no_truncate BEFORE TRUNCATE ON events_event FOR EACH STATEMENT EXECUTE FUNCTION event_refuse_change();
ALTER TABLE events_event ENABLE ALWAYS TRIGGER event_no_change;
ALTER TABLE events_event ENABLE ALWAYS TRIGGER event_no_truncate;
DO $$ BEGIN
  IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'fo_app') THEN
    REVOKE UPDATE, DELETE, TRUNCATE ON events_event FROM fo_app;
  END IF;
END $$;
"""

UNDO = """
DROP TRIGGER event_leaf ON events_event;
DROP TRIGGER event_no_change ON events_event;
DROP TRIGGER event_no_truncate ON events_event;
DROP FUNCTION event_seal_leaf();
DROP FUNCTION event_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("events", "0001_initial")]
    operations = [
        migrations.RunSQL(LEAF, UNDO),
        *isolate("events_event"),
        *isolate("events_delivery", parents={"event_id": "events_event"}),
    ]
