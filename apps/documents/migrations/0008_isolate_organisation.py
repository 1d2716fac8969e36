"""Folders under row-level security; a document's folder and older version are of its own desk."""

from django.db import migrations

from apps.tenancy.services import isolate

# Adding a constraint reads both tables; as their owner we may, while row-level security is not forced.
_REFERENCES = """
ALTER TABLE documents_document NO FORCE ROW LEVEL SECURITY;
ALTER TABLE documents_folder NO FORCE ROW LEVEL SECURITY;
ALTER TABLE documents_document ADD CONSTRAINT documents_document_folder_id_tenant_fk FOREIGN KEY (tenant_id, folder_id)
  REFERENCES documents_folder (tenant_id, id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE documents_document ADD CONSTRAINT documents_document_older_id_tenant_fk FOREIGN KEY (tenant_id, older_id)
  REFERENCES documents_document (tenant_id, id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE documents_document FORCE ROW LEVEL SECURITY;
ALTER TABLE documents_folder FORCE ROW LEVEL SECURITY
"""
_BACK = """
ALTER TABLE documents_document DROP CONSTRAINT documents_document_folder_id_tenant_fk;
ALTER TABLE documents_document DROP CONSTRAINT documents_document_older_id_tenant_fk
"""


class Migration(migrations.Migration):
    dependencies = [("documents", "0007_organisation")]
    operations = [*isolate("documents_folder"), migrations.RunSQL(_REFERENCES, _BACK)]
