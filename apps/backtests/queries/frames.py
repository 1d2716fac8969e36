"""Read result files back: curves, orders and trades as columns."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from django.core.files.storage import default_storage

from apps.backtests.enums import BacktestStatus
from apps.backtests.models import Backtest
from apps.documents.queries import content_name
from apps.domain.errors import DomainError

if TYPE_CHECKING:
    import pyarrow as pa


class NotFinishedError(DomainError):
    """The backtest has no result."""

    code = "not_finished"
    status = 409


@dataclass(frozen=True, slots=True)
class Frames:
    """The tables of a result. Curves have day, equity, cash, exposure, financing, dividends and, where there is one, benchmark."""

    curves: pa.Table
    trades: pa.Table
    orders: pa.Table


def frames_of(backtest: Backtest, /) -> Frames:
    """The result files of a finished backtest; raises NotFinishedError for any other."""
    if backtest.status != BacktestStatus.DONE:
        raise NotFinishedError("This backtest has no result; its status says why.", run_status=backtest.status)
    names = {part: content_name(backtest.tenant_id, "results", sha) for part, sha in backtest.files.items()}
    return Frames(_table(names["curves"]), _table(names["trades"]), _table(names["orders"]))


def curves_name(backtest: Backtest, /) -> str:
    """The name of the file of curves in storage, which `curves_at` reads; raises NotFinishedError as `frames_of` does."""
    if backtest.status != BacktestStatus.DONE:
        raise NotFinishedError("This backtest has no result; its status says why.", run_status=backtest.status)
    return content_name(backtest.tenant_id, "results", backtest.files["curves"])


def curves_at(name: str, /) -> pa.Table:
    """The curves in a file that `curves_name` named."""
    return _table(name)


@lru_cache(maxsize=64)
def _table(name: str) -> pa.Table:
    """A file never changes: its name is its hash."""
    import pyarrow.parquet as pq  # noqa: PLC0415 -- slow import

    with default_storage.open(name, "rb") as handle:
        return pq.read_table(handle)
