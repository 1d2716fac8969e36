"""Documents and pages under row-level security."""

from django.db import migrations

from apps.tenancy.services import isolate


class Migration(migrations.Migration):
    dependencies = [("documents", "0001_initial")]
    operations = [
        *isolate("documents_document"),
        *isolate("documents_documentpage", parents={"document_id": "documents_document"}),
    ]
