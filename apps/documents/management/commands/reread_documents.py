"""`manage.py reread_documents`: read documents again that an earlier version of the reader has read."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from apps.documents.services import outdated, reread_outdated
from apps.tenancy.queries import tenant_ids
from apps.tenancy.services import tenant_scope


class Command(BaseCommand):
    help = (
        "Queue the reading of documents whose words an earlier version of the reader has stored. Workers read them; quotes are "
        "looked up again, and each document's record says what changed. Running it again queues only what is still outdated."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--older-than-reader-version",
            type=int,
            metavar="N",
            help="only those below version N; by default the current one",
        )
        parser.add_argument("--dry-run", action="store_true", help="only count")

    def handle(self, *args: Any, **options: Any) -> None:
        asked = options["older_than_reader_version"]
        older = {} if asked is None else {"older_than": asked}
        n = 0
        for tenant_id in tenant_ids():
            with tenant_scope(tenant_id):
                n += outdated(**older) if options["dry_run"] else reread_outdated(at=timezone.now(), **older)
        done = "to be read again" if options["dry_run"] else "queued to be read again"
        self.stdout.write(f"{n} document{'' if n == 1 else 's'} {done}.")
