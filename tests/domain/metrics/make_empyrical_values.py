"""Writes empyrical_values.json: what empyrical-reloaded 0.7.1 and quantstats 0.0.86 answer on the returns of `series()`.

Run with an interpreter that has both. `series()` needs NumPy alone: the test makes the same returns.
"""

import json
from pathlib import Path

import numpy as np


def series():
    """Daily returns of a run and of its benchmark, with fat tails and correlated, 1,500 weekdays from 2015."""
    rng = np.random.default_rng(29)
    benchmark = 0.0004 + 0.009 * rng.standard_t(5, 1500) / np.sqrt(5 / 3)
    returns = 0.0001 + 0.6 * benchmark + 0.006 * rng.standard_t(6, 1500) / np.sqrt(1.5)
    return np.round(returns, 6), np.round(benchmark, 6)


def days():
    """The days of the returns."""
    calendar = np.arange("2015-01-01", "2022-01-01", dtype="datetime64[D]")
    return calendar[np.is_busday(calendar)][:1500]


def main():
    import empyrical
    import pandas as pd
    import quantstats

    values, benchmark = (pd.Series(s, index=pd.DatetimeIndex(days())) for s in series())
    both = values, benchmark
    months = tuple(s.groupby(s.index.to_period("M")).apply(empyrical.cum_returns_final) for s in both)
    q = quantstats.stats
    answers = {
        "empyrical": {
            "cum_returns_final": empyrical.cum_returns_final(values),
            "annual_return": empyrical.annual_return(values),
            "annual_volatility": empyrical.annual_volatility(values),
            "sharpe_ratio": empyrical.sharpe_ratio(values),
            "sortino_ratio": empyrical.sortino_ratio(values),
            "calmar_ratio": empyrical.calmar_ratio(values),
            "max_drawdown": empyrical.max_drawdown(values),
            "value_at_risk": empyrical.value_at_risk(values),
            "conditional_value_at_risk": empyrical.conditional_value_at_risk(values),
            "omega_ratio": empyrical.omega_ratio(values),
            "tail_ratio": empyrical.tail_ratio(values),
            "downside_risk": empyrical.downside_risk(values),
            "beta": empyrical.beta(*both),
            "alpha": empyrical.alpha(*both),
            "excess_sharpe": empyrical.excess_sharpe(*both),
            "up_capture of days": empyrical.up_capture(*both),
            "down_capture of days": empyrical.down_capture(*both),
            "up_capture of months": empyrical.up_capture(*months, period="monthly"),
            "down_capture of months": empyrical.down_capture(*months, period="monthly"),
        },
        "quantstats": {
            "cagr": q.cagr(values),
            "volatility": q.volatility(values),
            "sharpe": q.sharpe(values),
            "sortino": q.sortino(values),
            "max_drawdown": q.max_drawdown(values),
            "value_at_risk": q.value_at_risk(values),
            "conditional_value_at_risk": q.conditional_value_at_risk(values),
            "omega": q.omega(values),
            "tail_ratio": q.tail_ratio(values),
            "skew": q.skew(values),
            "kurtosis": q.kurtosis(values),
            "ulcer_index": q.ulcer_index(values),
            "gain_to_pain_ratio": q.gain_to_pain_ratio(values),
            "win_rate": q.win_rate(values),
            "best month": q.best(values, aggregate="ME"),
            "worst month": q.worst(values, aggregate="ME"),
        },
    }
    written = {library: {name: float(value) for name, value in named.items()} for library, named in answers.items()}
    Path(__file__).with_name("empyrical_values.json").write_text(json.dumps(written, indent=1) + "\n")


if __name__ == "__main__":
    main()
