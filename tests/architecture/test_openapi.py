"""The committed schema is the code's, and every endpoint says what it may answer."""

from __future__ import annotations

import json
from pathlib import Path

COMMITTED = Path(__file__).parents[2] / "docs" / "openapi.json"


def test_committed_schema_is_the_codes():
    from fo_platform.api import api

    assert json.loads(COMMITTED.read_text()) == json.loads(json.dumps(api.get_openapi_schema(), default=str)), (
        "run make openapi"
    )


def test_every_operation_has_a_summary_and_a_description():
    paths = json.loads(COMMITTED.read_text())["paths"]

    assert [
        f"{m} {p}"
        for p, ops in paths.items()
        for m, op in ops.items()
        if not op.get("summary") or not op.get("description")
    ] == []


def test_pages_of_the_api_reference_answer(stranger, db):
    assert stranger.get("/api/v1/openapi.json").status_code == 200
    assert stranger.get("/api/v1/docs").status_code == 200
