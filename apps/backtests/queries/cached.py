"""What is dear to make of a finished run, kept under what it is made of."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping

from django.core.cache import cache

from apps.backtests.models import Backtest
from apps.backtests.queries.marks import marks_of

SHEET_VERSION = "2"
"""Part of every key: a change of how parts are made or shown makes what was kept unreachable."""
_SECONDS = 24 * 3600


def kept(run: Backtest, part: str, choices: Mapping[str, str], make: Callable[[], str], /) -> str:
    """What `make` gives, from the cache where it was made before.

    The name holds the desk, the run, its result files, the marks and the choices: equal names, equal text. Ask only for a
    run that the caller was allowed to read.
    """
    found: str | None = cache.get(name := _name(run, part, choices))
    if found is None:
        found = make()
        cache.set(name, found, _SECONDS)
    return found


def _name(run: Backtest, part: str, choices: Mapping[str, str]) -> str:
    marks = marks_of(run)
    made_of = [SHEET_VERSION, run.fingerprint, run.status, run.files, run.verdict_word, str(marks), dict(choices)]
    digest = hashlib.sha256(json.dumps(made_of, sort_keys=True).encode()).hexdigest()
    return f"tearsheet:{run.tenant_id.hex}:{run.id.hex}:{part}:{digest[:32]}"
