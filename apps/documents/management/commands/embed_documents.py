"""Make documents searchable by meaning that were read before there was a model, or with another one."""

from __future__ import annotations

from argparse import ArgumentParser
from functools import partial
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from apps.documents import queries, services
from apps.tenancy.queries import tenant_ids
from apps.tenancy.services import tenant_scope


class Command(BaseCommand):
    help = "Compute the vectors that documents lack, desk by desk. Adds their columns first when pgvector came later."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--again", action="store_true", help="those of every document, not only of those without")

    def handle(self, *args: Any, **options: Any) -> None:
        if not queries.database_has_vectors():
            with connections["owner"].cursor() as cursor:
                cursor.execute(services.ADD_VECTORS)
        if why := queries.meaning_is_off_because():
            raise CommandError(f"{why} See docs/deployment.md.")
        n_documents = n_passages = 0
        for tenant_id in tenant_ids():
            scope = partial(tenant_scope, tenant_id)
            with scope():
                wanted = queries.documents_to_embed(again=options["again"])
            for document_id in wanted:
                n_passages += services.embed_document(
                    document_id=document_id, scope=scope, progress=self._silent, again=options["again"]
                )
                n_documents += 1
                self.stdout.write(f"{n_documents} documents, {n_passages} passages", ending="\r")
        self.stdout.write(f"{n_documents} documents, {n_passages} passages, with {queries.embedder().name}")

    def _silent(self, done: int, total: int, note: str) -> None:
        """Documents are counted, pages are not."""
