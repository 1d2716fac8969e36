"""Batch readings under row-level security."""

from django.db import migrations

from apps.tenancy.services import isolate


class Migration(migrations.Migration):
    dependencies = [("strategies", "0004_batch_reading")]
    operations = [*isolate("strategies_batchreading")]
