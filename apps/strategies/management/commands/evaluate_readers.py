"""How well readers read the gold set: printed, and written where the page finds it."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from apps.strategies.services import evaluate_readers


class Command(BaseCommand):
    help = "Score readers on the gold set by field, print the tables, and write the scores as JSON."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--reader", action="append", help="rules or claude; may be given twice; rules by default")
        parser.add_argument("--output", type=Path, help="where the JSON goes; the product page's file by default")
        parser.add_argument("--no-write", action="store_true", help="print only")

    def handle(self, *args: Any, **options: Any) -> None:
        from apps.strategies.queries.evaluation import RESULTS  # noqa: PLC0415 -- slow import

        found = evaluate_readers(names=options["reader"] or ["rules"])
        for told in found["readers"]:
            self._print(told)
        if not options["no_write"]:
            path: Path = options["output"] or RESULTS
            path.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
            self.stdout.write(f"written: {path}")

    def _print(self, told: dict[str, Any]) -> None:
        self.stdout.write(f"reader {told['reader']} {told['version']}")
        measures = ("precision", "recall", "f1", "abstention", "quote_precision", "status_agreement", "stability")
        self.stdout.write(f"{'part':<10}{'documents':>10}" + "".join(f"{name:>18}" for name in measures))
        for name, part in told["parts"].items():
            values = "".join(f"{_said(part.get(measure)):>18}" for measure in measures)
            self.stdout.write(f"{name:<10}{part['n_documents']:>10}{values}")
        self.stdout.write(
            f"{'field':<20}{'right':>7}{'wrong':>7}{'unread':>8}{'precision':>11}{'recall':>8}{'f1':>8}{'held out f1':>13}"
        )
        for row in told["fields"]:
            every = row["all"]
            self.stdout.write(
                f"{row['field']:<20}{every['n_right']:>7}{every['n_wrong']:>7}{every['n_unread']:>8}"
                f"{_said(every['precision']):>11}{_said(every['recall']):>8}{_said(every['f1']):>8}{_said(row['held_out']['f1']):>13}"
            )


def _said(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
