"""What the numbers of a tear sheet are that are no measures of a run: name, sentence, and the function that makes them."""

from __future__ import annotations

OWN: dict[str, tuple[str, str, str]] = {
    "bridge.prices": (
        "Prices",
        (
            "Change of the prices of what was held, over the starting capital: net profit plus costs, less "
            "dividends and financing."
        ),
        "metrics.cost_bridge",
    ),
    "bridge.dividends": (
        "Dividends in cash",
        (
            "Cash paid on what was held, over the starting capital. Prices adjusted for dividends carry them in "
            "the prices instead."
        ),
        "metrics.cost_bridge",
    ),
    "bridge.financing": (
        "Interest less borrowing",
        "Interest on cash less the cost of borrowed shares and money, over the starting capital.",
        "metrics.cost_bridge",
    ),
    "bridge.gross": (
        "Gross",
        (
            "Net profit before what fills cost, over the starting capital. What the costs would have earned is "
            "not in it; the run without costs in the sensitivity has that."
        ),
        "metrics.cost_bridge",
    ),
    "bridge.slippage": (
        "Spread and impact",
        "The part of the cost of fills that spread and impact make, over the starting capital.",
        "metrics.cost_bridge",
    ),
    "bridge.fees": (
        "Fees",
        "What fills cost beside spread and impact, over the starting capital.",
        "metrics.cost_bridge",
    ),
    "bridge.net": (
        "Net",
        "Last equity less the starting capital, over the starting capital.",
        "metrics.cost_bridge",
    ),
    "bridge.paid": (
        "Paid a fill",
        "All costs of fills over the value traded, one way.",
        "metrics.cost_bridge",
    ),
    "deflated_sharpe": (
        "Deflated Sharpe ratio",
        "Probability that the Sharpe ratio is above what the best of as many trials would show by luck.",
        "verdict.deflated_sharpe",
    ),
    "drawdown.depth": (
        "Depth",
        "The deepest fall below the last high of equity at closes.",
        "metrics.drawdowns",
    ),
    "drawdown.days": (
        "Length",
        "Trading days from the high to the recovery, or to the end of the run.",
        "metrics.drawdowns",
    ),
    "month": (
        "Monthly return",
        (
            "Equity at the month's last close over that of the month before, minus 1; first and last months may "
            "be partial."
        ),
        "metrics.monthly_returns",
    ),
    "year": (
        "Yearly return",
        "The compound of the year's calendar months.",
        "metrics.monthly_returns",
    ),
    "attribution.alpha": (
        "Alpha",
        "The constant of the regression times the periods of a year, not compounded.",
        "metrics.factor_regression",
    ),
    "attribution.beta": (
        "Beta",
        "The coefficient of the factor by ordinary least squares.",
        "metrics.factor_regression",
    ),
    "attribution.t": (
        "t statistic",
        (
            "The coefficient over its standard error by Newey and West (1987): it survives autocorrelation and "
            "changing volatility."
        ),
        "metrics.factor_regression",
    ),
    "attribution.r_squared": (
        "R squared",
        "The share of the variance of returns that the factors explain.",
        "metrics.factor_regression",
    ),
    "bootstrap.interval": (
        "Interval",
        "Between the 2.5 % and the 97.5 % quantile of the same figure over runs whose days were drawn again in blocks.",
        "overfitting.headline_intervals",
    ),
    "bootstrap.above": (
        "Share above",
        (
            "The share of the resampled runs with an annual return above nought, or above the benchmark's on the "
            "same days."
        ),
        "overfitting.headline_intervals",
    ),
    "regime.return": (
        "Return",
        "Compound of the daily returns of that kind of day, per 252 of them.",
        "metrics.regimes",
    ),
    "regime.sharpe": (
        "Sharpe ratio",
        "Mean over standard deviation (ddof 1) of the daily returns of that kind of day, times √252.",
        "metrics.regimes",
    ),
    "capacity": (
        "Capacity",
        (
            "The largest starting capital at which 95 % of the fills take that share of their bar's volume or "
            "less, if prices had been the same."
        ),
        "metrics.capacity",
    ),
    "trade.net_return": (
        "Return of a round trip",
        "Profit after costs over the value of the entries with their costs.",
        "",
    ),
    "trade.pnl": (
        "Profit of a round trip",
        "What the fills of the trip brought less what they took, after costs, in money.",
        "",
    ),
    "trade.worst": (
        "Furthest against (MAE)",
        (
            "Maximum adverse excursion: the furthest that prices went against the entry price while the trip was "
            "open (Sweeney 1996)."
        ),
        "",
    ),
    "trade.best": (
        "Furthest for (MFE)",
        (
            "Maximum favourable excursion: the furthest that prices went for the entry price while the trip was "
            "open (Sweeney 1996)."
        ),
        "",
    ),
    "sensitivity": (
        "Sensitivity",
        (
            "The same rules run again with one thing changed: the cost of fills, the age of what the rules see, "
            "or one value."
        ),
        "verdict.sensitivity",
    ),
}
