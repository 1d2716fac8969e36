"""Files on their way in under row-level security."""

from django.db import migrations

from apps.tenancy.services import isolate


class Migration(migrations.Migration):
    dependencies = [("documents", "0014_uploads")]
    operations = [*isolate("documents_upload")]
