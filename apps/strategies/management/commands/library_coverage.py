"""How many published strategies the language can say, and the loaded data can run."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from apps.strategies import queries


class Command(BaseCommand):
    help = "Print how many published strategies can be said in the language, and run on the loaded data."

    def handle(self, *args: Any, **options: Any) -> None:
        found = queries.coverage()
        share = found.n_expressible / found.n_listed if found.n_listed else 0.0
        self.stdout.write(
            f"{found.n_listed} published strategies: {found.n_expressible} expressible ({share:.1%}), "
            f"{found.n_runnable} runnable on the loaded data"
        )
        self.stdout.write(f"{'level':<8}{'listed':>8}{'expressible':>13}{'runnable':>10}")
        for level, listed, expressible, runnable in found.by_level:
            self.stdout.write(f"{level:<8}{listed:>8}{expressible:>13}{runnable:>10}")
        for construct, n in found.refused:
            self.stdout.write(f"refused: {construct}, {n}")
