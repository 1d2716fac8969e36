"""Market data, loaded once for a run."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest


@pytest.fixture(scope="session")
def loaded_market_data(django_db_setup: None, django_db_blocker: Any) -> None:
    from apps.marketdata.services import load_all

    with django_db_blocker.unblock():
        load_all(at=datetime(2026, 3, 2, tzinfo=UTC))


@pytest.fixture
def market_data(db: None, loaded_market_data: None) -> None:
    """Every data set is there."""
