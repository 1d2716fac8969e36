"""A tear sheet as an Excel workbook: numbers as numbers, one sheet a table, and nothing that a spreadsheet would run."""

from __future__ import annotations

import io
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from apps.backtests.services.content import Block, Content

if TYPE_CHECKING:
    import pyarrow as pa

_NUMBERS = {
    "fraction": "0.0%",
    "signed": "+0.0%;-0.0%;0.0%",
    "number": "0.00",
    "count": "#,##0",
    "days": "#,##0",
    "money": "#,##0",
    "bps": '0.0" bps"',
}
_DATE = "yyyy-mm-dd"
_MOST_ROWS = 1_000_000


def workbook_of(content: Content, tables: dict[str, pa.Table], /) -> bytes:
    """The workbook: a summary, each block, and the stored tables whole. The same content gives the same bytes."""
    import xlsxwriter  # noqa: PLC0415 -- slow import

    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "default_date_format": _DATE}
    book = xlsxwriter.Workbook(out, options)
    book.set_properties({"title": content.title, "created": datetime(2000, 1, 1)})  # noqa: DTZ001 -- no clock in evidence
    look = {kind: book.add_format({"num_format": number}) for kind, number in _NUMBERS.items()}
    look |= {"day": book.add_format({"num_format": _DATE}), "head": book.add_format({"bold": True, "bottom": 1})}
    look["title"] = book.add_format({"bold": True, "font_size": 14})
    _summary(book, content, look)
    for block in content.blocks:
        _block(book, block, look)
    for name, table in tables.items():
        _table(book, name, table, look)
    book.close()
    return out.getvalue()


def _summary(book: Any, content: Content, look: dict[str, Any]) -> None:
    sheet = book.add_worksheet("Summary")
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, 2, 26)
    sheet.write_string(0, 0, content.title, look["title"])
    rows = [("Verdict", content.verdict), ("Window", content.window), ("Document", content.document)]
    rows += [("Fingerprint", content.fingerprint), *content.inputs, ("", "")]
    rows += [("Reason", sentence) for _, sentence in content.reasons]
    rows += [(f"Data: {title}", text) for title, text in content.notes]
    at = 2
    for label, value, claimed in content.tiles:
        for column, text in enumerate((label, value, claimed)):
            sheet.write_string(at, column, text)
        at += 1
    for label, text in rows:
        sheet.write_string(at, 0, label)
        sheet.write_string(at, 1, text)
        at += 1


def _block(book: Any, block: Block, look: dict[str, Any]) -> None:
    sheet = book.add_worksheet(block.title.split(",")[0][:31])
    sheet.set_column(0, len(block.columns), 16)
    sheet.freeze_panes(1, 0)
    for column, (heading, _) in enumerate(block.columns):
        sheet.write_string(0, column, heading, look["head"])
    for at, row in enumerate(block.rows, start=1):
        for column, (value, (_, kind)) in enumerate(zip(row, block.columns, strict=True)):
            _cell(sheet, at, column, value, look.get(kind), look["day"])
    if block.note:
        sheet.write_string(len(block.rows) + 2, 0, block.note)


def _table(book: Any, name: str, table: pa.Table, look: dict[str, Any]) -> None:
    sheet = book.add_worksheet(f"{name} (all)")
    sheet.set_column(0, table.num_columns, 14)
    sheet.freeze_panes(1, 0)
    for column, heading in enumerate(table.column_names):
        sheet.write_string(0, column, heading, look["head"])
        for at, value in enumerate(table.column(column).slice(0, _MOST_ROWS).to_pylist(), start=1):
            _cell(sheet, at, column, value, None, look["day"])


def _cell(sheet: Any, row: int, column: int, value: Any, form: Any, day: Any) -> None:
    """Text is always written as text: a title that begins with = is never a formula."""
    if value is None or (isinstance(value, float) and value != value):  # noqa: PLR0124 -- NaN is not itself
        return
    if isinstance(value, bool):
        sheet.write_boolean(row, column, value)
    elif isinstance(value, int | float):
        sheet.write_number(row, column, value, form)
    elif isinstance(value, datetime | date):
        sheet.write_datetime(row, column, value, day)
    else:
        sheet.write_string(row, column, str(value))
