"""What the runs beside a run gave: with other costs, later, with other values."""

from __future__ import annotations

import hashlib
import json
from itertools import groupby
from typing import Any

from django.core.files.storage import default_storage

from apps.backtests.models import Backtest
from apps.documents.queries import content_name
from apps.domain.verdict import SENSITIVITY_VERSION


def file_name(run: Backtest, /) -> str:
    """Where the sensitivity of a run is kept: named by the run and the version of the question."""
    digest = hashlib.sha256(f"sensitivity:{SENSITIVITY_VERSION}:{run.fingerprint}".encode()).hexdigest()
    return content_name(run.tenant_id, "results", digest)


def sensitivity_of(run: Backtest, /) -> dict[str, Any] | None:
    """The stored sensitivity; None where nobody has asked for it yet."""
    name = file_name(run)
    if not default_storage.exists(name):
        return None
    with default_storage.open(name, "rb") as handle:
        found: dict[str, Any] = json.loads(handle.read())
    return found


def sensitivity_view(run: Backtest, /) -> dict[str, Any] | None:
    """The sensitivity as its part shows it: costs, delays, and a group for each parameter; None before it is made."""
    found = sensitivity_of(run)
    if found is None:
        return None
    rows = found["rows"]
    moved = [row for row in rows if row["axis"] == "parameter"]
    return {
        "costs": [row for row in rows if row["axis"] == "cost"],
        "delays": [row for row in rows if row["axis"] == "delay"],
        "parameters": [(name, list(group)) for name, group in groupby(moved, key=lambda row: row["subject"])],
        "left_out": found["left_out"],
    }
