"""Three complete strategies that many tests run on."""

from __future__ import annotations

from typing import Any

from apps.domain.language import Citation, DraftSpecification


def parameter(label: str, value: Any, unit: str, status: str = "stated", **rest: Any) -> dict[str, Any]:
    return {"label": label, "value": value, "unit": unit, "status": status, **rest}


def common(
    *,
    dataset: str,
    symbols: list[str],
    fill: str = "next_open",
    cost: float | None = 5.0,
    start: str | None = None,
    end: str | None = None,
) -> dict[str, Any]:
    table = {
        "dataset": parameter("Data set", dataset, "dataset", "assumed"),
        "symbols": parameter("Universe", symbols, "symbols"),
        "rebalance": parameter(
            "Rebalancing", "monthly", "choice", choices=["daily", "weekly", "monthly", "quarterly", "yearly"]
        ),
        "fill": parameter("Fill", fill, "choice", "assumed", choices=["next_open", "next_close"]),
        "cost": parameter("Trading cost", cost, "bps", "stated" if cost is not None else "missing"),
        "capital": parameter("Capital", 1_000_000, "currency", "assumed"),
    }
    if start:
        table["start"] = parameter("First day", start, "date")
    if end:
        table["end"] = parameter("Last day", end, "date")
    return table


def specification(
    *,
    name: str,
    family: str,
    selection: dict[str, Any],
    parameters: dict[str, Any],
    signals: dict[str, str] | None = None,
    over: str = "selected",
    claims: list[dict[str, Any]] | None = None,
) -> DraftSpecification:
    return DraftSpecification.model_validate(
        {
            "meta": {"name": name, "family": family},
            "data": {"dataset": "dataset"},
            "universe": {"symbols": "symbols"},
            "signals": signals or {},
            "selection": selection,
            "weights": {"kind": "equal", "over": over},
            "schedule": {"rebalance": "rebalance"},
            "execution": {"fill": "fill", "cost": "cost"},
            "evaluation": {
                "capital": "capital",
                "start": "start" if "start" in parameters else None,
                "end": "end" if "end" in parameters else None,
            },
            "parameters": parameters,
            "claims": claims or [],
        },
    )


CITATION = Citation(page=1, quote="the ten-month simple moving average")

TEN_MONTH_TIMING = specification(
    name="Ten-month moving-average timing",
    family="trend",
    selection={"kind": "per_asset", "enter": "close > trend"},
    signals={"trend": "sma(close, window)"},
    over="universe",
    parameters={
        **common(dataset="sp500", symbols=["SPX"], start="2000-01-03", end="2012-12-31"),
        "window": parameter("Moving-average window", 10, "months", citation=CITATION.model_dump()),
    },
    claims=[{"key": "sharpe", "label": "Sharpe ratio", "metric": "sharpe_ratio", "value": 0.5, "unit": "number"}],
)

CROSS_MOMENTUM = specification(
    name="12–1 cross-sectional momentum",
    family="momentum",
    selection={"kind": "top_n", "by": "trailing_return(close, lookback, skip)", "count": "count"},
    parameters={
        **common(dataset="us-large-caps", symbols=[], fill="next_close", start="1991-01-02", end="2010-12-31"),
        "lookback": parameter("Formation period", 12, "months"),
        "skip": parameter("Skipped months", 1, "months"),
        "count": parameter("Holdings", 5, "count"),
    },
)

RSI_REVERSION = specification(
    name="RSI reversal",
    family="mean_reversion",
    selection={
        "kind": "per_asset",
        "enter": "crosses_below(rsi(close, window), buy_below)",
        "exit": "crosses_above(rsi(close, window), sell_above)",
    },
    parameters={
        **common(dataset="us-five", symbols=["AAPL", "IBM"])
        | {"rebalance": parameter("Rebalancing", "daily", "choice")},
        "window": parameter("RSI window", 14, "days"),
        "buy_below": parameter("Buy below", 30, "number"),
        "sell_above": parameter("Sell above", 70, "number"),
    },
)

EXAMPLES = [TEN_MONTH_TIMING, CROSS_MOMENTUM, RSI_REVERSION]
