"""Prices that travel inside Python packages, read from their files without importing the packages."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from apps.domain.values import Panel
from apps.marketdata.adapters.source import Loaded
from apps.marketdata.enums import DataSetKind

if TYPE_CHECKING:
    import pandas as pd

_STOCKS = {
    "AAPL": "Apple",
    "AMD": "Advanced Micro Devices",
    "BAC": "Bank of America",
    "BBY": "Best Buy",
    "CVX": "Chevron",
    "GE": "General Electric",
    "HD": "Home Depot",
    "JNJ": "Johnson & Johnson",
    "JPM": "JPMorgan Chase",
    "KO": "Coca-Cola",
    "LLY": "Eli Lilly",
    "MRK": "Merck & Co.",
    "MSFT": "Microsoft",
    "PEP": "PepsiCo",
    "PFE": "Pfizer",
    "PG": "Procter & Gamble",
    "RRC": "Range Resources",
    "UNH": "UnitedHealth",
    "WMT": "Walmart",
    "XOM": "Exxon Mobil",
    "FB": "Facebook",
    "GOOG": "Google",
    "IBM": "IBM",
    "SPX": "S&P 500 index",
    "IXIC": "NASDAQ Composite index",
    "MTUM": "iShares MSCI USA Momentum",
    "QUAL": "iShares MSCI USA Quality",
    "SIZE": "iShares MSCI USA Size",
    "USMV": "iShares MSCI USA Min Vol",
    "VLUE": "iShares MSCI USA Value",
}
_NO_SOURCE = "The package states no source and no licence for its prices; use them for testing only."


class BokehStocks:
    """Five US companies with full bars, in the public domain."""

    package = f"bokeh_sampledata {version('bokeh_sampledata')}"

    def load(self) -> Sequence[Loaded]:
        frame = _read(_folder("bokeh_sampledata") / "_data" / "stocks.csv.gz")
        frame.columns = [str(name).strip().lower().replace(" ", "_") for name in frame.columns]
        panel = _long_panel(frame, symbol="ticker", adjusted="adj_close", adjustment="splits and dividends")
        return [
            Loaded(
                key="us-five",
                title="Five US stocks, daily bars",
                kind=DataSetKind.BARS,
                panel=panel,
                currency="USD",
                names=_STOCKS,
                source="Quandl WIKI, by way of bokeh_sampledata: unadjusted bars, adjusted here by adjusted close over close",
                licence="Public domain, as the package's licence file says",
            ),
        ]


class SkfolioPrices:
    """Twenty US stocks, the S&P 500 and factor funds: closes only."""

    package = f"skfolio {version('skfolio')}"

    def load(self) -> Sequence[Loaded]:
        folder = _folder("skfolio") / "datasets" / "data"
        sets = [
            ("us-large-caps", "Twenty US large caps, daily closes", "sp500_dataset.csv.gz", {}, "splits and dividends"),
            (
                "sp500-close",
                "S&P 500, daily closes",
                "sp500_index.csv.gz",
                {"SP500": "SPX"},
                "price index, without dividends",
            ),
            (
                "factor-funds",
                "Five US factor funds, daily closes",
                "factors_dataset.csv.gz",
                {},
                "splits and dividends",
            ),
        ]
        return [
            Loaded(
                key=key,
                title=title,
                kind=DataSetKind.BARS,
                panel=_wide_panel(_read(folder / file).rename(columns=renamed), adjustment=adjustment),
                currency="USD",
                names=_STOCKS,
                source=f"skfolio.datasets, file {file}",
                licence=_NO_SOURCE,
            )
            for key, title, file, renamed, adjustment in sets
        ]


class ArchData:
    """Index bars, the VIX, bond yields, oil and the Fama–French factors."""

    package = f"arch {version('arch')}"

    def load(self) -> Sequence[Loaded]:
        folder = _folder("arch") / "data"
        return [*self._indices(folder), *self._series(folder)]

    def _indices(self, folder: Path) -> list[Loaded]:
        loaded = []
        for key, title, name, symbol in [
            ("sp500", "S&P 500, daily bars", "sp500", "SPX"),
            ("nasdaq", "NASDAQ Composite, daily bars", "nasdaq", "IXIC"),
        ]:
            frame = _read(folder / name / f"{name}.csv.gz")
            frame.columns = [str(column).strip().lower().replace(" ", "_") for column in frame.columns]
            panel = _long_panel(
                frame.assign(symbol=symbol), symbol="symbol", adjusted=None, adjustment="price index, without dividends"
            )
            licence = "Yahoo Finance by way of arch.data; the package's licence covers its code, not the prices"
            loaded.append(
                Loaded(key, title, DataSetKind.BARS, panel, f"arch.data.{name}", licence, "USD", names=_STOCKS)
            )
        return loaded

    def _series(self, folder: Path) -> list[Loaded]:
        fred = "FRED, Federal Reserve Bank of St. Louis, by way of arch.data"
        french = "Kenneth R. French's data library, by way of arch.data"
        sets = [
            ("vix", "CBOE volatility index", "vix", "index points", fred),
            ("bond-yields", "Moody's AAA and BAA yields", "default", "percent a year", fred),
            ("oil", "WTI crude oil", "wti", "US dollars a barrel", fred),
            ("fama-french", "Fama–French three factors, monthly", "frenchdata", "percent a month", french),
        ]
        return [
            Loaded(
                key=key,
                title=title,
                kind=DataSetKind.SERIES,
                panel=_wide_panel(_read(folder / name / f"{name}.csv.gz"), adjustment="as published"),
                source=f"{source}.{name}",
                licence="Published free of charge by its source; check its terms before redistributing",
                unit=unit,
            )
            for key, title, name, unit, source in sets
        ]


def sources() -> list[BokehStocks | SkfolioPrices | ArchData]:
    """Every source that is installed."""
    return [BokehStocks(), SkfolioPrices(), ArchData()]


def _folder(package: str) -> Path:
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise FileNotFoundError(f"The package {package} is not installed.")
    return Path(spec.origin).parent


def _read(file: Path) -> pd.DataFrame:
    import pandas as pd  # noqa: PLC0415 -- slow import

    return pd.read_csv(file, na_values=["."])  # FRED writes a missing value as a point


def _days(values: pd.Series) -> np.ndarray[tuple[int], np.dtype[np.datetime64]]:
    """Dates written 2000-03-01, 3/1/2000 or 200003 (the last day of that month)."""
    import pandas as pd  # noqa: PLC0415 -- slow import

    if pd.api.types.is_integer_dtype(values):
        return (
            (pd.to_datetime(values.astype(str), format="%Y%m") + pd.offsets.MonthEnd(0))
            .to_numpy()
            .astype("datetime64[D]")
        )
    form = "%Y-%m-%d" if "-" in str(values.iloc[0]) else "%m/%d/%Y"
    return pd.to_datetime(values, format=form).to_numpy().astype("datetime64[D]")


def _wide_panel(frame: pd.DataFrame, *, adjustment: str) -> Panel:
    """First column dates, every other column an instrument."""
    days = _days(frame.iloc[:, 0])
    order = np.argsort(days, kind="stable")
    values = frame.iloc[:, 1:].to_numpy(dtype=np.float64)[order]
    symbols = tuple(str(name).strip().upper() for name in frame.columns[1:])
    return Panel(days=days[order], symbols=symbols, close=np.ascontiguousarray(values.T), adjustment=adjustment)


def _long_panel(frame: pd.DataFrame, *, symbol: str, adjusted: str | None, adjustment: str) -> Panel:
    """One row per instrument and day. With `adjusted`, prices are scaled by adjusted close over close and volume inversely."""
    frame = frame.assign(day=_days(frame["date"]))
    factor = frame[adjusted] / frame["close"] if adjusted else 1.0
    scaled = {name: frame[name] * factor for name in ("open", "high", "low", "close")} | {
        "volume": frame["volume"] / factor
    }
    columns = {
        name: frame.assign(value=values).pivot_table(index="day", columns=symbol, values="value", sort=True)
        for name, values in scaled.items()
    }
    close = columns["close"]
    days = close.index.to_numpy().astype("datetime64[D]")
    arrays = {
        name: np.ascontiguousarray(table.reindex_like(close).to_numpy(dtype=np.float64).T)
        for name, table in columns.items()
    }
    return Panel(days=days, symbols=tuple(str(name) for name in close.columns), adjustment=adjustment, **arrays)
