"""What several endpoints answer."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from ninja import Schema
from pydantic import Field


class BacktestOut(Schema):
    id: UUID
    strategy_id: UUID
    version_id: UUID
    status: str = Field(description="queued, running, done, failed or cancelled")
    fingerprint: str = Field(
        description="Names the run: specification, data snapshots, engine. Same fingerprint, same bytes."
    )
    verdict: str = Field(
        alias="verdict_word",
        description="reproduced, partly_reproduced, not_reproduced, not_testable, insufficient_evidence; empty until judged. "
        "A run that failed because data are missing is judged too: not_testable.",
    )
    annual_return: float | None
    sharpe_ratio: float | None
    max_drawdown: float | None
    start_date: date | None
    end_date: date | None
    error_code: str
    error_message: str
    created_at: datetime
    finished_at: datetime | None
