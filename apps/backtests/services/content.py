"""A tear sheet as blocks of values: what the HTML page, the PDF and the workbook that leave the house all say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from apps.backtests.models import Backtest
from apps.backtests.queries.data_notes import data_notes
from apps.backtests.queries.figures_curves import ROLLING_DAYS
from apps.backtests.queries.marks import marks_of
from apps.backtests.queries.parts import part_context
from apps.backtests.queries.sensitivity import sensitivity_view
from apps.backtests.queries.stored import StoredRun, stored_run
from apps.backtests.queries.tearsheet import TearSheet, tear_sheet
from apps.domain.metrics import drawdown_curve, drawdowns, monthly_returns, rolling_sharpe
from apps.web.queries import formats, thin

_POINTS = 700
_DRAWDOWN_COLUMNS = (
    ("From", "day"), ("Low", "day"), ("Recovered", "day"), ("Depth", "fraction"), ("To the low", "days"),
    ("Trading days", "days"),
)  # fmt: skip
_FORMATS: dict[str, Callable[[Any], str]] = {
    "text": str,
    "fraction": formats.pct,
    "signed": formats.signed_pct,
    "number": formats.num,
    "count": formats.count,
    "days": formats.count,
    "day": lambda value: formats.day(value) if value else formats.MISSING,
    "bps": formats.bps,
    "money": lambda value: formats.num(value, 0),
}


@dataclass(frozen=True, slots=True)
class Block:
    """A table: `columns` are headings with the kind of their cells; cells are values, None where there is none."""

    title: str
    columns: tuple[tuple[str, str], ...]
    rows: tuple[tuple[Any, ...], ...]
    note: str = ""

    def shown(self) -> list[list[str]]:
        """The cells in words."""
        return [[written(v, kind) for v, (_, kind) in zip(row, self.columns, strict=True)] for row in self.rows]

    def sided(self) -> list[list[tuple[str, bool]]]:
        """The cells in words, each with whether it stands right."""
        return [list(zip(row, self.is_number(), strict=True)) for row in self.shown()]

    def is_number(self) -> list[bool]:
        """Which columns stand right."""
        return [kind not in {"text", "day"} for _, kind in self.columns]


@dataclass(frozen=True, slots=True)
class Line:
    """A curve: values by day, thinned to what a page can show."""

    name: str
    days: tuple[date, ...]
    values: tuple[float, ...]
    is_benchmark: bool = False


@dataclass(frozen=True, slots=True)
class Plot:
    """Curves over one axis of time. `marks` are labelled days."""

    title: str
    lines: tuple[Line, ...]
    kind: str
    marks: tuple[tuple[str, date], ...] = ()


@dataclass(frozen=True, slots=True)
class Content:
    """Everything that an export says."""

    title: str
    document: str
    verdict: str
    tone: str
    window: str
    fingerprint: str
    reasons: tuple[tuple[str, str], ...]
    notes: tuple[tuple[str, str], ...]
    tiles: tuple[tuple[str, str, str], ...]
    plots: tuple[Plot, ...]
    blocks: tuple[Block, ...]
    rules: tuple[str, ...]
    inputs: tuple[tuple[str, str], ...]


def written(value: Any, kind: str) -> str:
    """A cell in words."""
    return formats.MISSING if value is None else _FORMATS[kind](value)


def content_of(run: Backtest, /) -> Content:
    """The content of a finished run's exports; raises NotFinishedError."""
    stored, sheet = stored_run(run), tear_sheet(run)
    plan = run.plan
    document = run.strategy.document
    return Content(
        title=run.strategy.title,
        document=document.title if document else "",
        verdict=run.get_verdict_word_display(),
        tone={"reproduced": "pass", "not_reproduced": "fail"}.get(run.verdict_word, "warn"),
        window=f"{formats.day(run.start_date)} to {formats.day(run.end_date)}",
        fingerprint=run.fingerprint,
        reasons=tuple((r["tone"], r["sentence"]) for r in sheet.reasons),
        notes=tuple((note.title, note.text) for note in data_notes(run)),
        tiles=tuple((m.label, formats.metric_value(m.value, m.unit), _claimed(m)) for m in sheet.tiles),
        plots=_plots(run, stored),
        blocks=tuple(_blocks(run, stored, sheet)),
        rules=sheet.explanation,
        inputs=(
            ("Engine", str(plan.get("engine_version", ""))),
            ("Data", f"{plan['data_set']}, snapshot {plan['data_snapshot']}"),
            ("Specification", plan["execution_hash"]),
            ("Orders", run.order_hash),
            ("Rules of the verdict", sheet.verdict.gate_version if sheet.verdict else ""),
        ),
    )


def _claimed(measure: Any) -> str:
    return "" if measure.claimed is None else f"Claimed {formats.metric_value(measure.claimed, measure.unit)}"


def _plots(run: Backtest, stored: StoredRun) -> tuple[Plot, ...]:
    marks = marks_of(run)
    named = (("Sample ends", marks.sample[1] if marks.sample else None), ("Published", marks.published))
    first, last = run.start_date or date.min, run.end_date or date.max
    shown = tuple((name, day) for name, day in named if day and first < day < last)
    growth = [_line("Strategy", stored, stored.equity / stored.equity[0] * 100)]
    falls = [_line("Strategy", stored, drawdown_curve(stored.equity))]
    if stored.benchmark_equity is not None:
        other = stored.benchmark_equity
        growth.append(_line(stored.benchmark_name, stored, other / other[0] * 100, is_benchmark=True))
        falls.append(_line(stored.benchmark_name, stored, drawdown_curve(other), is_benchmark=True))
    rolled = _line("Strategy", stored, rolling_sharpe(stored, ROLLING_DAYS))
    plots = (Plot("Growth of 100", tuple(growth), "number", shown), Plot("Drawdown", tuple(falls), "fraction", shown))
    return (*plots, Plot(f"Sharpe ratio, last {ROLLING_DAYS} days", (rolled,), "number")) if rolled.days else plots


def _line(name: str, stored: StoredRun, values: Any, *, is_benchmark: bool = False) -> Line:
    kept = [i for i in thin(values, limit=_POINTS) if np.isfinite(values[i])]
    days = stored.days.astype("datetime64[D]").astype(object)
    return Line(name, tuple(days[i] for i in kept), tuple(float(values[i]) for i in kept), is_benchmark)


def _blocks(run: Backtest, stored: StoredRun, sheet: TearSheet) -> list[Block]:
    measures = [(group, m) for group, found in sheet.groups for m in found]
    return [
        Block(
            "Claimed against reproduced",
            _texts("Claim", "Claimed", "Measured", "After publication", "With our costs", "Outcome"),
            tuple(_compared(c) for c in sheet.comparisons),
        ),
        Block(
            "Gates",
            _texts("Gate", "Number", "Threshold", "State"),
            tuple((g["label"], g["number_shown"], g["threshold_shown"], g["state"]) for g in sheet.gates),
        ),
        Block(
            "Measures",
            _texts("Group", "Measure", "Value", "Convention"),
            tuple((group, m.label, formats.metric_value(m.value, m.unit), m.convention) for group, m in measures),
        ),
        _months(stored),
        Block(
            "Deepest drawdowns",
            _DRAWDOWN_COLUMNS,
            tuple((d.high, d.low, d.recovery, d.depth, d.days_to_low, d.days) for d in drawdowns(stored, 10)),
        ),
        _bridge(run),
        _intervals(run),
        _regimes(run),
        *_sensitivity(run),
    ]  # fmt: skip


def _texts(*names: str) -> tuple[tuple[str, str], ...]:
    return tuple((name, "text") for name in names)


def _compared(c: dict[str, Any]) -> tuple[str, ...]:
    said = [
        formats.metric_value(figure["value"], c["unit"]) if figure["value"] is not None else formats.MISSING
        for figure in c["figures"]
    ]
    return (c["label"], formats.metric_value(c["claimed"], c["unit"]), *said, c["outcome"])


def _months(stored: StoredRun) -> Block:
    names = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec", "Year")
    columns = (("", "text"), *((name, "fraction") for name in names))
    rows = tuple((str(row.year), *row.months, row.total) for row in reversed(monthly_returns(stored)))
    return Block("Monthly returns", columns, rows)


def _bridge(run: Backtest) -> Block:
    found = part_context(run, name="bridge")
    rows = [(label, value) for _, label, value, _, _ in found["rows"]]
    note = f"Paid {formats.bps(found['paid_bps'])} a fill; break-even cost {formats.bps(found['break_even_bps'])}."
    return Block("Cost bridge, over the starting capital", (("Part", "text"), ("Value", "signed")), tuple(rows), note)


def _intervals(run: Backtest) -> Block:
    found = part_context(run, name="bootstrap")
    rows = [
        (label, *(formats.metric_value(v, unit) for v in (row.value, row.low, row.high)))
        for row, label, unit in found["rows"]
    ]
    note = f"Stationary bootstrap, mean block 21 days, seed {found['seed']}." if rows else "Too few days."
    columns = (("Measure", "text"), ("Value", "text"), ("2.5 %", "text"), ("97.5 %", "text"))
    return Block("Bootstrap intervals, 95 %", columns, tuple(rows), note)


def _regimes(run: Backtest) -> Block:
    rows = [
        (r.name, r.n_days, r.annual_return, r.annual_volatility, r.sharpe_ratio, r.benchmark_annual_return)
        for _, group in part_context(run, name="regimes")["groups"]
        for r in group
    ]
    columns = (
        ("Days", "text"), ("Number", "count"), ("Return a year", "fraction"), ("Volatility", "fraction"),
        ("Sharpe ratio", "number"), ("Benchmark", "fraction"),
    )  # fmt: skip
    return Block("Regimes", columns, tuple(rows))


def _sensitivity(run: Backtest) -> list[Block]:
    found = sensitivity_view(run)
    if found is None:
        return []
    groups = [("Cost of a fill", found["costs"]), ("Delay", found["delays"]), *found["parameters"]]
    rows = [
        (name, row["label"], row["annual_return"], row["sharpe_ratio"], row["max_drawdown"])
        for name, group in groups
        for row in group
    ]
    columns = (
        ("Changed", "text"), ("To", "text"), ("Return a year", "fraction"), ("Sharpe ratio", "number"), ("Max drawdown", "fraction"),
    )  # fmt: skip
    return [Block("Sensitivity", columns, tuple(rows))]
