"""Jobs under row-level security."""

from django.db import migrations

from apps.tenancy.services import isolate


class Migration(migrations.Migration):
    dependencies = [("jobs", "0001_initial")]
    operations = [*isolate("jobs_job")]
