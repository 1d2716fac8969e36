"""`manage.py backtest spec.json`: run a specification on the loaded data, without a browser: for scripts and CI."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from apps.backtests.services import finding_as_text, follow_specification, report_json, run_specification
from apps.backtests.services.report import Reported
from apps.domain.errors import DomainError
from apps.domain.language import NotRunnable


class Command(BaseCommand):
    help = (
        "Run a specification (JSON, a draft without open questions or a runnable one) on the loaded market data. "
        "Exit status: 0 it ran, 2 it could not; with --expect, 1 when the verdict is another one; with --check-with, 1 when "
        "the other engine differs and 2 when it cannot follow."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("specification", type=Path, help="a JSON file; - for standard input")
        parser.add_argument("--json", action="store_true", help="print everything as JSON")
        parser.add_argument("--check-with", metavar="ENGINE", help="have another engine, bt, keep the books as well")
        parser.add_argument(
            "--expect", metavar="VERDICT", help="fail unless the verdict is this, for example reproduced"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            done = run_specification(self._content(options["specification"]))
            second = self._second(done, options["check_with"])
        except NotRunnable as error:
            said = "\n".join(f"{finding.pointer}: {finding.message}" for finding in error.findings)
            raise CommandError(f"This cannot be run yet:\n{said}", returncode=2) from None
        except DomainError as error:
            raise CommandError(error.message, returncode=2) from None
        told = report_json(title=done.draft.meta.name, remarks=(), strategies=[done], at=timezone.now())
        (strategy,) = told["strategies"]
        if second:
            strategy["second_engine"] = second
        self._print(strategy, as_json=options["json"])
        wanted = (options["expect"] or "").replace("_", " ").lower()
        if wanted and wanted != strategy["verdict"].lower():
            sys.exit(1)
        if second and second["outcome"] != "agrees":
            sys.exit(1 if second["outcome"] == "differs" else 2)

    def _second(self, done: Reported, engine: str | None) -> dict[str, Any] | None:
        """What another engine makes of the run, when it is asked for."""
        if not engine or done.spec is None or done.judged is None:
            return None
        version, found = follow_specification(engine, spec=done.spec, result=done.judged.result)
        return {"engine": engine, "engine_version": version} | found

    def _content(self, path: Path) -> dict[str, Any]:
        try:
            text = sys.stdin.read() if str(path) == "-" else path.read_text(encoding="utf-8")
            content = json.loads(text)
        except OSError as error:
            raise CommandError(f"The file {path} cannot be read: {error.strerror}.", returncode=2) from None
        except ValueError as error:
            raise CommandError(f"The file {path} is not JSON: {error}.", returncode=2) from None
        if not isinstance(content, dict):
            raise CommandError("A specification is a JSON object.", returncode=2)
        return content

    def _print(self, told: dict[str, Any], *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(told, indent=1, ensure_ascii=False, default=str))
            return
        out = self.stdout.write
        out(f"{told['name']}: {told['verdict'].lower()}, {' to '.join(told['window'])}")
        for measure in told["metrics"]:
            value = "–" if measure["value"] is None else f"{measure['value']:.4f}"
            out(f"  {measure['label'][:32]:32} {value:>16}")
        for reason in told["reasons"]:
            out(f"  {reason['tone']:5} {reason['sentence']}")
        if second := told.get("second_engine"):
            name = f"{second['engine']} {second['engine_version']}"
            out(f"{name}: {second['outcome']}. {finding_as_text(second, second['engine'])}")
