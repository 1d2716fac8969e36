"""What of a finished run can leave the house: its tables as CSV and Parquet, its tear sheet as HTML, PDF and workbook."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.core.cache import cache
from django.template.loader import render_to_string

from apps.backtests.models import Backtest
from apps.backtests.queries.cached import SHEET_VERSION
from apps.backtests.queries.frames import Frames, frames_of
from apps.backtests.queries.marks import marks_of
from apps.backtests.queries.sensitivity import sensitivity_of
from apps.backtests.services.content import Content, content_of
from apps.backtests.services.files import parquet
from apps.backtests.services.svg import svg_of
from apps.domain.errors import DomainError

if TYPE_CHECKING:
    import pyarrow as pa

_TABLES = ("curves", "trades", "orders")
_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "parquet": "application/vnd.apache.parquet",
    "html": "text/html; charset=utf-8",
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
NAMES = (
    *(f"{table}.{kind}" for table in _TABLES for kind in ("csv", "parquet")),
    *(f"tear-sheet.{k}" for k in ("html", "pdf", "xlsx")),
)
_SECONDS = 24 * 3600


class FileNotFoundInRunError(DomainError):
    """A run has no file of that name."""

    code = "file_not_found"
    status = 404


@dataclass(frozen=True, slots=True)
class Export:
    """A file as it goes out."""

    name: str
    media_type: str
    content: bytes


def export(run: Backtest, /, *, name: str) -> Export:
    """A file of a finished run by its name. Raises FileNotFoundInRunError, NotFinishedError.

    The tear sheets are made once and kept for a day: the same run with the same marks and sensitivity gives the same bytes.
    """
    if name not in NAMES:
        raise FileNotFoundInRunError(f"A run has no file “{name}”. It has: {', '.join(NAMES)}.", file=name)
    stem, _, kind = name.rpartition(".")
    if stem in _TABLES:
        table: pa.Table = getattr(frames_of(run), stem)
        return Export(f"{stem}-{run.fingerprint[:8]}.{kind}", _TYPES[kind], table_file(table, kind=kind))
    frames = frames_of(run)
    makers: dict[str, Callable[[Content], bytes]] = {"html": _html, "pdf": _pdf, "xlsx": lambda c: _workbook(c, frames)}
    key = _key(run, name)
    found: bytes | None = cache.get(key)
    if found is None:
        found = makers[kind](content_of(run))
        cache.set(key, found, _SECONDS)
    return Export(f"tear-sheet-{run.fingerprint[:8]}.{kind}", _TYPES[kind], found)


def table_file(table: pa.Table, /, *, kind: str) -> bytes:
    """A table as CSV or Parquet."""
    return parquet(table) if kind == "parquet" else _csv(table).encode()


def _html(content: Content) -> bytes:
    plots = [(plot, svg_of(plot)) for plot in content.plots]
    return render_to_string("backtests/report/sheet.html", {"sheet": content, "plots": plots}).encode()


def _pdf(content: Content) -> bytes:
    from apps.backtests.services.pdf import pdf_of  # noqa: PLC0415 -- slow import

    return pdf_of(content)


def _workbook(content: Content, frames: Frames) -> bytes:
    from apps.backtests.services.workbook import workbook_of  # noqa: PLC0415 -- slow import

    return workbook_of(content, {name: getattr(frames, name) for name in _TABLES})


def _key(run: Backtest, name: str) -> str:
    document = run.strategy.document
    made_of = [
        SHEET_VERSION, run.fingerprint, run.files, run.verdict_word, str(marks_of(run)), run.strategy.title,
        document.title if document else "", sensitivity_of(run) is not None,
    ]  # fmt: skip
    digest = hashlib.sha256(json.dumps(made_of, sort_keys=True).encode()).hexdigest()[:32]
    return f"export:{run.tenant_id.hex}:{run.id.hex}:{name}:{digest}"


def _csv(table: pa.Table) -> str:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(table.column_names)
    for row in zip(*(column.to_pylist() for column in table.columns), strict=True):
        writer.writerow([_safe(value) for value in row])
    return out.getvalue()


def _safe(value: object) -> object:
    """A cell that a spreadsheet will not take for a formula."""
    return f"'{value}" if isinstance(value, str) and value[:1] in "=+-@\t\r" else value
