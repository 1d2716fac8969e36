"""Result files: Parquet, named by their hash, the same bytes for the same result."""

from __future__ import annotations

import errno
import hashlib
import io
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from apps.documents.queries import content_name
from apps.jobs.services import TryAgainLater

if TYPE_CHECKING:
    import pyarrow as pa

    from apps.domain.engine import Result


class StorageAwayError(TryAgainLater):
    """The files of a result could not be stored: the disk is full, or the storage does not answer."""

    code = "storage_away"


def keep_files(result: Result, *, tenant_id: UUID) -> dict[str, str]:
    """Store curves, trades and orders; returns the hash of each. Raises StorageAwayError."""
    try:
        return {part: keep_table(table, tenant_id) for part, table in tables_of(result).items()}
    except OSError as error:
        why = "The disk is full." if error.errno in {errno.ENOSPC, errno.EDQUOT} else "The storage does not answer."
        raise StorageAwayError(
            f"The result could not be stored, so nothing was. {why} Run it again when there is room."
        ) from error


def tables_of(result: Result) -> dict[str, pa.Table]:
    """The tables of a result."""
    import numpy as np  # noqa: PLC0415 -- slow import
    import pyarrow as pa  # noqa: PLC0415 -- slow import

    symbols = np.array(result.symbols, dtype=object)
    curves = {"day": result.days, "equity": result.equity, "cash": result.cash, "exposure": result.exposure,
              "financing": result.financing, "dividends": result.dividends}  # fmt: skip
    if result.benchmark_equity is not None:
        curves["benchmark"] = result.benchmark_equity
    trades, orders = result.trades, result.orders
    return {
        "curves": pa.table(curves),
        "trades": pa.table(
            {
                "symbol": pa.array(symbols[trades.symbol], type=pa.string()),
                "side": trades.side,
                "entry_day": trades.entry_day,
                "exit_day": trades.exit_day,
                "entry_price": trades.entry_price,
                "exit_price": trades.exit_price,
                "shares": trades.shares,
                "net_return": trades.net_return,
                "pnl": trades.pnl,
                "worst": pa.array(trades.worst, from_pandas=True),
                "best": pa.array(trades.best, from_pandas=True),
                "days_held": trades.days_held,
                "is_open": trades.is_open,
                "reason": _reasons(trades.reason),
            },
        ),
        "orders": pa.table(
            {
                "decided": orders.decided,
                "day": orders.day,
                "symbol": pa.array(symbols[orders.symbol], type=pa.string()),
                "side": orders.side,
                "shares": orders.shares,
                "price": orders.price,
                "value": orders.value,
                "cost": orders.cost,
                "slippage": orders.slippage,
                "reason": _reasons(orders.reason),
            },
        ),
    }


def _reasons(codes: Any) -> pa.Array:
    """Why each fill happened, in words; nothing for a trip that is open."""
    import pyarrow as pa  # noqa: PLC0415 -- slow import

    from apps.domain.engine import REASONS  # noqa: PLC0415 -- slow import

    return pa.array([REASONS[code] if code >= 0 else None for code in codes], type=pa.string())


def keep_table(table: pa.Table, tenant_id: UUID) -> str:
    """Store a table under the hash of its bytes; the same table is stored once. Raises OSError."""
    content = parquet(table)
    sha = hashlib.sha256(content).hexdigest()
    name = content_name(tenant_id, "results", sha)
    if default_storage.exists(name):
        if default_storage.size(name) == len(content):
            return sha
        default_storage.delete(name)  # a crash left a part of it
    default_storage.save(name, ContentFile(content))
    return sha


def is_same(tables: dict[str, pa.Table], hashes: dict[str, str], /) -> bool:
    """Whether tables have the bytes that were stored, in the form of today or in an earlier one."""
    return any(
        {part: hashlib.sha256(parquet(table, form)).hexdigest() for part, table in tables.items()} == hashes
        for form in FORMS
    )


FORMS = (2, 1)
"""How tables are written: 2, of today, takes a quarter of the time of 1 and less room; rows say nothing of it."""


def parquet(table: pa.Table, form: int = FORMS[0], /) -> bytes:
    """A table as Parquet; the same table in the same form always gives the same bytes."""
    import pyarrow as pa  # noqa: PLC0415 -- slow import
    import pyarrow.parquet as pq  # noqa: PLC0415 -- slow import

    buffer = io.BytesIO()
    if form == 1:
        pq.write_table(table, buffer, compression="zstd", version="2.6")
    else:
        words = [column.name for column in table.schema if pa.types.is_string(column.type)]
        pq.write_table(
            table, buffer, compression="lz4", version="2.6", use_dictionary=words or False, write_statistics=False
        )
    return buffer.getvalue()
