"""The figures of a tear sheet by name, each with the table that says the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from apps.backtests.models import Backtest
from apps.backtests.queries.figure_tables import FigureNotFoundError, Table
from apps.backtests.queries.stored import StoredRun, stored_run

if TYPE_CHECKING:
    import plotly.graph_objects as go

FIGURES_VERSION = "1"
"""Part of every figure's address: a change of how figures are drawn is a change of what browsers keep."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """A figure: its title, how it is drawn, and what it says as a table."""

    title: str
    draw: Callable[[StoredRun, Mapping[str, str]], go.Figure]
    table: Callable[[StoredRun, Mapping[str, str]], Table]


def figure_json_of(run: Backtest, /, *, name: str, asked: Mapping[str, str]) -> str:
    """A figure of a finished run as JSON. Raises FigureNotFoundError, NotFinishedError, and what the figure refuses."""
    from apps.web.queries import figure_json  # noqa: PLC0415 -- slow import

    return figure_json(drawing(name).draw(stored_run(run), asked))


def figure_table(run: Backtest, /, *, name: str, asked: Mapping[str, str]) -> Table:
    """The table beside a figure. Raises as `figure_json_of`."""
    return drawing(name).table(stored_run(run), asked)


def drawing(name: str) -> Drawing:
    """A figure by its name; raises FigureNotFoundError."""
    found = _drawings().get(name)
    if found is None:
        raise FigureNotFoundError(f"There is no figure “{name}”. There are: {', '.join(_drawings())}.", figure=name)
    return found


def _drawings() -> dict[str, Drawing]:
    from apps.backtests.queries import figures_curves as curves  # noqa: PLC0415 -- each imports the kit's figures
    from apps.backtests.queries import figures_trades as trades  # noqa: PLC0415 -- each imports the kit's figures

    return {
        "equity": Drawing("Growth of 100 and drawdown", curves.equity, curves.equity_table),
        "years": Drawing("Calendar years", curves.years, curves.years_table),
        "rolling": Drawing("Rolling Sharpe ratio, volatility and beta", curves.rolling, curves.rolling_table),
        "days": Drawing("Distribution of daily returns", curves.daily, curves.daily_table),
        "months": Drawing("Distribution of monthly returns", curves.monthly, curves.monthly_table),
        "exposure": Drawing("Exposure and turnover", curves.exposure, curves.exposure_table),
        "price": Drawing("Trades on price", trades.price, trades.price_table),
        "excursions": Drawing("Excursions", trades.excursions, trades.excursions_table),
    }


FIGURE_NAMES = ("equity", "years", "rolling", "days", "months", "exposure", "price", "excursions")


def asked_of(query: Mapping[str, Any], /) -> dict[str, str]:
    """The choices of a figure from a query string: the scale, the instrument, the span."""
    return {key: str(query[key])[:40] for key in ("scale", "symbol", "from", "to") if query.get(key)}
