"""Runs beside each other: on the days that they have in common, with what differs between them and how much is chance."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from uuid import UUID

from apps.backtests.models import Backtest
from apps.backtests.queries.frames import curves_at, curves_name
from apps.backtests.queries.inputs import Input, deciding, difference_in_words, inputs_of
from apps.backtests.queries.rows import BacktestNotFoundError
from apps.domain.errors import DomainError
from apps.domain.metrics import METRICS

if TYPE_CHECKING:
    from apps.domain.overfitting import PairedInterval, SharpeTest
    from apps.domain.values.panel import DayArray, FloatArray

FEWEST, MOST = 2, 8
N_SAMPLES, SEED, MEAN_BLOCK, LEVEL = 1000, 1, 21, 0.95
_LEAST_DAYS = 61
_DECIDES = "sharpe_ratio"
_SHOWN = (
    "annual_return", "annual_volatility", "sharpe_ratio", "sortino_ratio", "total_return", "max_drawdown", "calmar_ratio",
    "value_at_risk_95", "best_month", "worst_month",
)  # fmt: skip


class NotComparableError(DomainError):
    """These runs cannot stand beside each other."""

    code = "not_comparable"
    status = 409


@dataclass(frozen=True, slots=True)
class Cell:
    """A measure of one run on the common window. Difference and interval are those from the first run."""

    value: float | None
    difference: float | None
    low: float | None
    high: float | None
    excludes_zero: bool


@dataclass(frozen=True, slots=True)
class MeasureRow:
    """One measure of every run."""

    key: str
    label: str
    unit: str
    convention: str
    better: str | None
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Everything that the page shows. `tests` and `correlations` are those with the first run; the first has none.

    `level` is that of each interval: 95 % for all of them together (Bonferroni).
    """

    runs: tuple[Backtest, ...]
    names: tuple[str, ...]
    first: date
    last: date
    n_days: int
    is_shortened: bool
    level: float
    rows: tuple[MeasureRow, ...]
    tests: tuple[SharpeTest | None, ...]
    correlations: tuple[float | None, ...]
    years: tuple[tuple[int, tuple[float | None, ...]], ...]
    inputs: tuple[Input, ...]
    sentence: str
    winner: Backtest | None
    judgement: str


@dataclass(frozen=True, slots=True)
class _Paired:
    """What is worked out once for runs that never change."""

    days: DayArray
    equity: FloatArray
    against_first: tuple[dict[str, PairedInterval], ...]
    best: int | None
    best_is_ahead: bool
    tests: tuple[SharpeTest | None, ...]
    correlations: tuple[float | None, ...]
    level: float


def ids_of(given: Iterable[str], /) -> list[UUID]:
    """The ids of an address: repeated, or with commas between. Raises BacktestNotFoundError for what is no id."""
    try:
        return list(dict.fromkeys(UUID(one.strip()) for text in given for one in text.split(",") if one.strip()))
    except ValueError:
        raise BacktestNotFoundError("There is no such backtest on your desk.") from None


def chosen_runs(*, ids: Sequence[UUID]) -> tuple[Backtest, ...]:
    """The runs in the order asked for, each once. Raises BacktestNotFoundError, NotComparableError for more than eight."""
    wanted = list(dict.fromkeys(ids))
    if len(wanted) > MOST:
        raise NotComparableError(f"At most {MOST} runs can stand beside each other. Take some away.")
    found = {run.id: run for run in Backtest.objects.filter(id__in=wanted).select_related("strategy", "version")}
    if len(found) < len(wanted):
        raise BacktestNotFoundError("There is no such backtest on your desk.")
    return tuple(found[one] for one in wanted)


def comparison(*, ids: Sequence[UUID]) -> Comparison:
    """Two to eight finished runs, the first of which the others are held to.

    Raises BacktestNotFoundError, NotFinishedError, NotComparableError (too few runs, or too few days in common).
    """
    runs = chosen_runs(ids=ids)
    if len(runs) < FEWEST:
        raise NotComparableError("A comparison needs two runs or more. Choose another one.")
    paired = _paired(tuple(curves_name(run) for run in runs))
    inputs, names = inputs_of(runs), names_of_runs(runs)
    first, last = paired.days[0].item(), paired.days[-1].item()
    winner, judgement = _judged(runs, names, inputs, paired)
    return Comparison(
        runs=runs,
        names=names,
        first=first,
        last=last,
        n_days=len(paired.days),
        is_shortened=any((run.start_date, run.end_date) != (first, last) for run in runs),
        level=paired.level,
        rows=tuple(_row(key, paired) for key in _SHOWN),
        tests=paired.tests,
        correlations=paired.correlations,
        years=_years(paired),
        inputs=inputs,
        sentence=difference_in_words(inputs),
        winner=winner,
        judgement=judgement,
    )


def growth(*, ids: Sequence[UUID]) -> tuple[list[date], list[tuple[str, FloatArray]]]:
    """The common days, and each run's name and equity on them, rebased to 100. Raises as `comparison`."""
    runs = chosen_runs(ids=ids)
    if len(runs) < FEWEST:
        raise NotComparableError("A comparison needs two runs or more. Choose another one.")
    paired = _paired(tuple(curves_name(run) for run in runs))
    rebased = paired.equity / paired.equity[:, :1] * 100.0
    return paired.days.tolist(), list(zip(names_of_runs(runs), rebased, strict=True))


def names_of_runs(runs: Sequence[Backtest], /) -> tuple[str, ...]:
    """Short names that tell the runs apart: the title, then the version, then the fingerprint, as far as needed."""
    titles = [run.strategy.title for run in runs]
    numbered = [f"{title}, version {run.version.number}" for title, run in zip(titles, runs, strict=True)]
    marked = [f"{name}, {run.fingerprint[:6]}" for name, run in zip(numbered, runs, strict=True)]
    return tuple(
        title if titles.count(title) == 1 else name if numbered.count(name) == 1 else mark
        for title, name, mark in zip(titles, numbered, marked, strict=True)
    )


@lru_cache(maxsize=32)
def _paired(files: tuple[str, ...]) -> _Paired:
    """Files never change: their name is their hash, and begins with the desk."""
    import numpy as np  # noqa: PLC0415 -- slow import

    from apps.domain.metrics import simple_returns  # noqa: PLC0415 -- slow import
    from apps.domain.overfitting import (  # noqa: PLC0415 -- slow import
        bootstrap_measures,
        intervals_of,
        sharpe_difference_test,
    )

    days, equity = _aligned(files)
    returns = np.stack([simple_returns(line) for line in equity])
    n = len(files)
    level = 1.0 - (1.0 - LEVEL) / (n - 1)
    strict = 1.0 - (1.0 - LEVEL) / (n * (n - 1) / 2)  # the best is chosen by looking at all of them
    drawn = bootstrap_measures(returns, mean_block=MEAN_BLOCK, n_samples=N_SAMPLES, seed=SEED)
    others = range(1, len(files))
    against = tuple(intervals_of(returns, drawn, first=k, second=0, level=level) for k in others)
    best = _best(returns)
    ahead = best is not None and all(
        (found := intervals_of(returns, drawn, first=best, second=k, level=strict)[_DECIDES]).excludes_zero
        and (found.low or 0.0) > 0.0
        for k in range(len(files))
        if k != best
    )
    return _Paired(
        days,
        equity,
        against,
        best,
        ahead,
        (None, *(sharpe_difference_test(returns[k], returns[0]) for k in others)),
        (None, *(_correlation(returns[k], returns[0]) for k in others)),
        level,
    )


def _aligned(files: tuple[str, ...]) -> tuple[DayArray, FloatArray]:
    import numpy as np  # noqa: PLC0415 -- slow import

    tables = [curves_at(name) for name in files]
    dated = [table.column("day").to_numpy().astype("datetime64[D]") for table in tables]
    days = dated[0]
    for other in dated[1:]:
        days = np.intersect1d(days, other, assume_unique=True)
    if len(days) < _LEAST_DAYS:
        raise NotComparableError(
            f"These runs have {len(days)} days in common; {_LEAST_DAYS} are needed. Choose runs whose windows overlap."
        )
    equity = [
        table.column("equity").to_numpy()[np.searchsorted(own, days)] for table, own in zip(tables, dated, strict=True)
    ]
    return days, np.stack(equity)


def _best(returns: FloatArray) -> int | None:
    from apps.domain.metrics import sharpe_ratio  # noqa: PLC0415 -- slow import

    ratios = [sharpe_ratio(row) for row in returns]
    known = [(ratio, -place) for place, ratio in enumerate(ratios) if ratio is not None]
    return -max(known)[1] if len(known) == len(ratios) else None


def _correlation(one: FloatArray, other: FloatArray) -> float | None:
    from apps.domain.metrics import correlation  # noqa: PLC0415 -- slow import

    return correlation(one, other)


def _judged(
    runs: Sequence[Backtest], names: Sequence[str], inputs: Sequence[Input], paired: _Paired
) -> tuple[Backtest | None, str]:
    """The winner, or why there is none."""
    n = len(deciding(inputs))
    if n == 0:
        return None, "No winner: nothing that could make a difference differs."
    if n > 1:
        return None, f"No winner: {n} inputs differ, so nobody can say which of them made the difference."
    if paired.best is None:
        return None, "No winner: a run without a Sharpe ratio on these days cannot be ranked."
    label = deciding(inputs)[0].label
    if not paired.best_is_ahead:
        return None, (
            f"No winner: {label} alone differs, but the interval of the difference of Sharpe ratios holds zero; "
            "what is seen may be chance."
        )
    return runs[paired.best], (
        f"{names[paired.best]} is ahead: {label} alone differs, and the interval of the difference of Sharpe ratios "
        "excludes zero. Choosing it is another trial."
    )


def _row(key: str, paired: _Paired) -> MeasureRow:
    metric = METRICS[key]
    values = [_measured(key, paired.days, line) for line in paired.equity]
    cells = [Cell(values[0], None, None, None, excludes_zero=False)]
    for value, intervals in zip(values[1:], paired.against_first, strict=True):
        held = intervals.get(key)
        difference = None if value is None or values[0] is None else value - values[0]
        cells.append(
            Cell(
                value,
                difference,
                held.low if held else None,
                held.high if held else None,
                excludes_zero=bool(held and held.excludes_zero),
            )
        )
    return MeasureRow(key, metric.label, metric.unit, metric.convention, metric.better, tuple(cells))


def _measured(key: str, days: DayArray, equity: FloatArray) -> float | None:
    from apps.domain import metrics  # noqa: PLC0415 -- slow import

    measure: Any = getattr(metrics, key)
    if key in {"best_month", "worst_month"}:
        value = measure(days, equity)
    elif key in {"annual_volatility", "sharpe_ratio", "sortino_ratio", "value_at_risk_95"}:
        value = measure(metrics.simple_returns(equity))
    else:
        value = measure(equity)
    return None if value is None else float(value)


def _years(paired: _Paired) -> tuple[tuple[int, tuple[float | None, ...]], ...]:
    """The return of each calendar year of the window, newest first; the first and the last may be partial."""
    import numpy as np  # noqa: PLC0415 -- slow import

    years = paired.days.astype("datetime64[Y]").astype(int) + 1970
    ends = np.append(np.flatnonzero(years[1:] != years[:-1]), len(years) - 1)
    found, before = [], paired.equity[:, 0]
    for end in ends.tolist():
        now = paired.equity[:, end]
        found.append(
            (int(years[end]), tuple(float(b / a - 1.0) if a > 0 else None for a, b in zip(before, now, strict=True)))
        )
        before = now
    return tuple(reversed(found))
