"""The feed under row-level security."""

from django.db import migrations

from apps.tenancy.services import isolate


class Migration(migrations.Migration):
    dependencies = [("notifications", "0001_initial")]
    operations = [*isolate("notifications_activity")]
