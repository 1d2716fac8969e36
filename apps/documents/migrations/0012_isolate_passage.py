"""Passages under row-level security, with their numbers where the database has pgvector."""

from django.db import migrations

from apps.documents.services.embedding import ADD_VECTORS
from apps.tenancy.services import isolate


class Migration(migrations.Migration):
    dependencies = [("documents", "0011_passage")]
    operations = [
        *isolate("documents_passage", parents={"document_id": "documents_document"}),
        migrations.RunSQL(ADD_VECTORS, migrations.RunSQL.noop),
    ]
