"""`manage.py fill_rules_hashes`: name the rules of strategies that were stored before rules had names."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from apps.strategies.services import fill_rules_hashes
from apps.tenancy.queries import tenant_ids
from apps.tenancy.services import tenant_scope


class Command(BaseCommand):
    help = "Compute the name of the rules of older strategies from what is stored, so that drafts that look alike are found."

    def handle(self, *args: Any, **options: Any) -> None:
        n = 0
        for tenant_id in tenant_ids():
            with tenant_scope(tenant_id):
                n += fill_rules_hashes()
        self.stdout.write(f"{n} strateg{'y' if n == 1 else 'ies'} named.")
