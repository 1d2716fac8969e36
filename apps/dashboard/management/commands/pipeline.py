"""`manage.py pipeline note.pdf`: the main job without a browser and without a server."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from apps.backtests.services import report_html, report_json
from apps.dashboard.services import run_pipeline
from apps.domain.errors import DomainError


class Command(BaseCommand):
    help = (
        "Read a document, find its strategies, run and judge them; print the result and write an HTML report and JSON."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="a PDF, text or Markdown file")
        parser.add_argument("--reader", choices=["rules", "claude"], help="by default the one of STRATEGY_READER")
        parser.add_argument(
            "--set",
            action="append",
            default=[],
            metavar="NAME=VALUE",
            help="answer a question, for example --set cost=10bps",
        )
        parser.add_argument("--out", type=Path, default=Path(), help="folder of the report (default: here)")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        if not path.is_file():
            raise CommandError(f"There is no file {path}.")
        answers = dict(self._answer(text) for text in options["set"])
        try:
            done = run_pipeline(path=path, reader=options["reader"], answers=answers)
        except DomainError as error:
            raise CommandError(error.message) from None
        at = timezone.now()
        content = report_json(title=done.title, remarks=done.remarks, strategies=done.strategies, at=at)
        page = report_html(title=done.title, remarks=done.remarks, strategies=done.strategies, at=at)
        self._print(content)
        options["out"].mkdir(parents=True, exist_ok=True)
        html, data = options["out"] / f"{path.stem}.report.html", options["out"] / f"{path.stem}.report.json"
        html.write_text(page, encoding="utf-8")
        data.write_text(json.dumps(content, indent=2, ensure_ascii=False, default=str), encoding="utf-8")
        self.stdout.write(f"\nReport: {html}\nData:   {data}")

    def _answer(self, text: str) -> tuple[str, str]:
        name, equals, value = text.partition("=")
        if not equals or not name or not value:
            raise CommandError(f"“{text}” is not NAME=VALUE, for example cost=10bps.")
        return name, value

    def _print(self, content: dict[str, Any]) -> None:
        out = self.stdout.write
        out(f"{content['document']}: {len(content['strategies'])} strategies")
        for remark in content["remarks"]:
            out(f"  note: {remark}")
        for strategy in content["strategies"]:
            out(f"\n{strategy['name']}\n" + "\n".join(f"  {sentence}" for sentence in strategy["explanation"]))
            out("  values:")
            for row in strategy["parameters"]:
                source = (
                    f"p. {row['page']} ({row['match']}) “{row['quote'][:70]}”" if row["quote"] else row["note"][:90]
                )
                out(f"    {row['label'][:28]:28} {row['value'][:24]:>24}  {row['status']:9} {source}")
            for measure in strategy.get("metrics", []):
                value = "–" if measure["value"] is None else f"{measure['value']:.4f}"
                out(f"    {measure['label'][:28]:28} {value:>24}  {measure['convention']}")
            out(f"  verdict: {strategy['verdict']}")
            for reason in strategy["reasons"]:
                out(f"    {reason['tone']:5} {reason['sentence']}")
