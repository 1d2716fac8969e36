"""How well quotes are found: printed, and written where the page finds it."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from apps.strategies.services import evaluate_evidence


class Command(BaseCommand):
    help = "Look up true, disturbed and false quotes in documents whose every word has a known place; print and write the counts."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--seed", type=int, help="of the quotes that are drawn; the stored one by default")
        parser.add_argument("--output", type=Path, help="where the JSON goes; the product page's file by default")
        parser.add_argument("--no-write", action="store_true", help="print only")

    def handle(self, *args: Any, **options: Any) -> None:
        from apps.strategies.queries.evaluation import QUOTE_RESULTS  # noqa: PLC0415 -- slow import

        found = evaluate_evidence(seed=options["seed"])
        self.stdout.write(f"{'group':<9}{'kind':<28}{'quotes':>8}{'right':>8}{'wrong':>8}{'not located':>13}")
        for row in found["kinds"]:
            counts = f"{row['n']:>8}{row['n_right']:>8}{row['n_wrong']:>8}{row['n_unlocated']:>13}"
            self.stdout.write(f"{row['group']:<9}{row['kind']:<28}{counts}")
        self.stdout.write(
            f"precision {found['precision']:.4f} of what is located, recall {found['recall']:.4f} of true quotes"
        )
        if not options["no_write"]:
            path: Path = options["output"] or QUOTE_RESULTS
            path.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
            self.stdout.write(f"written: {path}")
