"""`manage.py seed`: market data, and the demo desk with its sign-ins."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils import timezone

from apps.dashboard.services import DEMO_NAME, DEMO_PASSWORD, DEMO_PEOPLE, seed


class Command(BaseCommand):
    help = "Load the market data that travel with the installation and, when DEMO is on, make the demo desk."

    def handle(self, *args: Any, **options: Any) -> None:
        seed(at=timezone.now(), demo=settings.DEMO)
        if settings.DEMO:
            self.stdout.write(f"{DEMO_NAME}: sign in with one of these, password {DEMO_PASSWORD}")
            for email, name, role in DEMO_PEOPLE:
                self.stdout.write(f"  {email:26} {name:16} {role.label}")
