"""Kept answers under row-level security."""

from django.db import migrations

from apps.tenancy.services import isolate


class Migration(migrations.Migration):
    dependencies = [("web", "0001_initial")]
    operations = [*isolate("web_keptanswer")]
