"""`manage.py sweep spec.json --axis fast=5:50:5`: many runs of a specification without a browser and without a server."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from pydantic import ValidationError

from apps.backtests.enums import Objective, SweepKind
from apps.backtests.queries.sweep_plans import Request
from apps.backtests.services.sweep_file import sweep_draft
from apps.domain.errors import DomainError
from apps.domain.language import DraftSpecification


class Command(BaseCommand):
    help = "Sweep a specification over values of its parameters; print the best members, or everything as JSON."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="a specification as JSON")
        parser.add_argument(
            "--axis", action="append", default=[], metavar="NAME=VALUES", help="fast=5:50:5 or fast=5,10,20"
        )
        parser.add_argument("--kind", choices=SweepKind.values, default=SweepKind.GRID)
        parser.add_argument("--objective", choices=Objective.values, default=Objective.SHARPE_RATIO)
        parser.add_argument("--number", type=int, default=1000, help="combinations to draw (random)")
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--share", type=float, default=0.7, help="first part of the window, to choose on")
        parser.add_argument("--train-days", type=int, default=756)
        parser.add_argument("--test-days", type=int, default=252)
        parser.add_argument("--anchored", action="store_true")
        parser.add_argument("--folds", type=int, default=6)
        parser.add_argument("--tested", type=int, default=1)
        parser.add_argument("--embargo-days", type=int, default=21)
        parser.add_argument("--top", type=int, default=10, help="how many members to print")
        parser.add_argument("--json", action="store_true", help="print every member and the summary as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        request = Request(
            kind=SweepKind(options["kind"]),
            axes=dict(self._axis(text) for text in options["axis"]),
            objective=Objective(options["objective"]),
            is_anchored=options["anchored"],
            **{
                name: options[name]
                for name in ("number", "seed", "share", "train_days", "test_days", "folds", "tested", "embargo_days")
            },
        )
        try:
            plan, found = sweep_draft(draft=self._read(options["file"]), request=request)
        except DomainError as error:
            raise CommandError(error.message) from None
        rows = found.members.to_pylist()
        if options["json"]:
            axes = {axis.name: list(axis.values) for axis in plan.axes}
            content = {"axes": axes, "options": plan.options, "summary": found.summary, "members": rows}
            self.stdout.write(json.dumps(content, ensure_ascii=False))
            return
        self._print(rows, [axis.name for axis in plan.axes], str(plan.objective), options["top"])

    def _read(self, path: Path) -> DraftSpecification:
        try:
            return DraftSpecification.model_validate_json(path.read_text(encoding="utf-8"))
        except OSError:
            raise CommandError(f"There is no file {path}.") from None
        except (UnicodeDecodeError, ValidationError) as error:
            raise CommandError(f"{path} is not a specification: {str(error)[:400]}") from None

    def _axis(self, text: str) -> tuple[str, str]:
        name, equals, values = text.partition("=")
        if not equals or not name or not values:
            raise CommandError(f"“{text}” is not NAME=VALUES, for example fast=5:50:5.")
        return name, values

    def _print(self, rows: list[dict[str, Any]], axes: list[str], objective: str, top: int) -> None:
        chooser = f"i:{objective}" if any(row.get(f"i:{objective}") is not None for row in rows) else f"m:{objective}"
        done = [row for row in rows if not row["refusal"]]
        done.sort(key=lambda row: -1e300 if row.get(chooser) is None else row[chooser], reverse=True)
        self.stdout.write(f"{len(rows)} runs, {len(rows) - len(done)} refused; the best by {chooser}")
        for row in done[:top]:
            values = "  ".join(f"{name}={row[f'v:{name}']}" for name in axes)
            figures = (
                chooser,
                f"o:{objective}",
                "m:sharpe_ratio",
                "m:annual_return",
                "m:max_drawdown",
                "deflated_sharpe",
            )
            said = "  ".join(f"{key} {row[key]:.3f}" for key in dict.fromkeys(figures) if row.get(key) is not None)
            self.stdout.write(f"  {row['place']:>6}  {values}  {said}")
