"""`manage.py verify BUNDLE`: make the run of a bundle again, on any machine, and say whether it is the same."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.backtests.services import verify
from apps.domain.errors import DomainError


class Command(BaseCommand):
    help = (
        "Check the hashes of a bundle, run it again on the data in it, and compare. Needs no database. "
        "Exit status: 0 the same to the byte, 1 it differs, 2 it could not be checked."
    )
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("bundle", type=Path, help="the ZIP that was downloaded from the page of a backtest")
        parser.add_argument("--json", action="store_true", help="print the answer as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["bundle"]
        try:
            with path.open("rb") as handle:
                found = verify(handle)
        except OSError as error:
            raise CommandError(f"The file {path} cannot be read: {error.strerror}.", returncode=2) from None
        except DomainError as error:
            raise CommandError(error.message, returncode=2) from None
        answer = {
            "outcome": "different" if found.difference else "identical",
            "fingerprint": found.manifest["fingerprint"],
            "strategy": found.manifest["strategy"],
            "engine_version": found.judged.result.engine_version,
            "verdict": found.judged.verdict.word,
            "difference": found.difference.as_dict() if found.difference else None,
        }
        self._print(answer, as_json=options["json"])
        if found.difference:
            sys.exit(1)

    def _print(self, answer: dict[str, Any], *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(answer, indent=1))
            return
        out = self.stdout.write
        out(f"{answer['strategy']}: {answer['verdict'].lower()}, by engine {answer['engine_version']}")
        out(f"fingerprint {answer['fingerprint']}")
        difference = answer["difference"]
        if difference is None:
            out("Identical: every order, every day and the verdict are those of the bundle.")
            return
        day = f" on {difference['day']}" if difference["day"] else ""
        out(f"Different: {difference['what']}{day} was {difference['stored']}, now {difference['again']}.")
        out(difference["why"])
