"""What a reader must know of a run's data before its figures: survivorship, adjustment, gaps, snapshots since."""

from __future__ import annotations

from dataclasses import dataclass

from apps.backtests.models import Backtest
from apps.domain.errors import DomainError
from apps.marketdata import queries as marketdata
from apps.web.queries import formats


@dataclass(frozen=True, slots=True)
class DataNote:
    """One remark: `tone` is warn where it flatters or spoils the result, info where it only has to be known."""

    tone: str
    title: str
    text: str


def data_notes(run: Backtest, /) -> tuple[DataNote, ...]:
    """The remarks on a run's frozen data, most serious first."""
    key, snapshot = run.plan["data_set"], run.plan["data_snapshot"]
    try:
        info = marketdata.data_set(key=key, snapshot_hash=snapshot)
    except DomainError as error:
        return (DataNote("warn", "The data of this run are not loaded", error.message),)
    symbols = _universe(run, info)
    found = marketdata.coverage(key=key, symbols=symbols, snapshot_hash=snapshot)
    notes = [*_survivorship(found), *_gaps(found), *_dividends(run, info)]
    return tuple(sorted(notes, key=lambda note: note.tone != "warn"))


def _universe(run: Backtest, info: marketdata.DataSetInfo) -> list[str] | None:
    specification = run.plan["specification"]
    named = specification["parameters"][specification["universe"]["symbols"]]["value"]
    known = [symbol for symbol in named if symbol in info.symbols] if isinstance(named, list) else []
    return known or None


def _survivorship(found: marketdata.Coverage) -> list[DataNote]:
    if found.n == 1:
        return []
    if found.n_to_the_end == found.n:
        return [
            DataNote(
                "warn",
                "Survivors only",
                f"All {found.n} instruments have prices to the end of the data: none was delisted, so the list was drawn up with "
                "hindsight, and returns are likely to be too high.",
            )
        ]
    gone = found.n - found.n_to_the_end
    return [DataNote("info", "Names that disappeared", f"{gone} of {found.n} instruments end before the data do.")]


def _gaps(found: marketdata.Coverage) -> list[DataNote]:
    notes = []
    if found.n_with_gaps:
        text = (
            f"{found.n_with_gaps} of {found.n} instruments have days without a bar between their first and their last."
        )
        notes.append(DataNote("warn", "Gaps", text))
    late = found.n - found.n_from_the_start
    if late:
        notes.append(DataNote("info", "Late starts", f"{late} of {found.n} instruments begin after the data set does."))
    return notes


def _dividends(run: Backtest, info: marketdata.DataSetInfo) -> list[DataNote]:
    notes = []
    if "without dividends" in info.adjustment:
        text = "Prices are adjusted as a price index: returns leave dividends out, for the strategy as for what it is held to."
        notes.append(DataNote("info", "Without dividends", text))
    elif run.plan.get("benchmark_set"):
        benchmark = marketdata.data_set(
            key=run.plan["benchmark_set"], snapshot_hash=run.plan.get("benchmark_snapshot") or None
        )
        if "without dividends" in benchmark.adjustment:
            text = f"The strategy's prices include dividends and those of {run.plan['benchmark']} do not: the comparison flatters it."
            notes.append(DataNote("warn", "Dividends on one side", text))
    if "no licence" in info.licence:
        notes.append(DataNote("info", "Source", info.licence))
    return notes


def newer_snapshot(run: Backtest, /) -> DataNote | None:
    """Whether the data set was loaded again since the run: this changes without the run, so it is asked each time."""
    try:
        current = marketdata.data_set(key=run.plan["data_set"])
    except DomainError:
        return None
    if current.snapshot_hash == run.plan["data_snapshot"]:
        return None
    text = f"The data were loaded again since, to {formats.day(current.last_day)}. This run keeps the snapshot it was made on."
    return DataNote("info", "A newer snapshot exists", text)
