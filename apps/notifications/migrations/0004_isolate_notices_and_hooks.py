"""Notices, preferences, dispatches, hooks and their deliveries under row-level security."""

from django.db import migrations

from apps.tenancy.services import isolate


class Migration(migrations.Migration):
    dependencies = [("notifications", "0003_notices_and_hooks")]
    operations = [
        *isolate("notifications_notice"),
        *isolate("notifications_preference"),
        *isolate("notifications_dispatch", parents={"notice_id": "notifications_notice"}),
        *isolate("notifications_hook"),
        *isolate("notifications_hookdelivery", parents={"hook_id": "notifications_hook"}),
    ]
