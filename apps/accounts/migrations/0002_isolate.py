"""Memberships and tokens under row-level security; a person may read their own memberships before a desk is chosen."""

from django.db import migrations

from apps.tenancy.services import isolate


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]
    operations = [
        *isolate("accounts_membership", own_rows_of_person="person_id"),
        *isolate("accounts_apitoken"),
    ]
