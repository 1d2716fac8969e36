"""Invented content for the kit page, which shows every component once; only DEBUG serves it."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import numpy as np
from django.core.paginator import Paginator

from apps.web.queries.figures import (
    Curve,
    Reading,
    bars_figure,
    equity_figure,
    figure_json,
    histogram_figure,
    panels_figure,
    readings_figure,
    response_figure,
)
from apps.web.queries.marks import heat_years


def specimen_parts(*, at: datetime) -> dict[str, object]:
    """Rows, tiles, steps and states in every look they can have."""
    rows = [
        {
            "name": name,
            "source": source,
            "state": state,
            "verdict": verdict,
            "sharpe": sharpe,
            "annual": annual,
            "difference": difference,
            "line": line,
        }
        for name, source, state, verdict, sharpe, annual, difference, line in (
            ("Residual momentum", "Example paper, p. 2", "approved", "reproduced", 0.73, 0.113, -0.006, [1, 2, 1.5, 3]),
            (
                "Ten-month average",
                "Example note, p. 9",
                "in_review",
                "partly_reproduced",
                0.41,
                -0.021,
                0.012,
                [3, 2, 2.5, 1],
            ),
            ("Low volatility", "Example memo, p. 1", "draft", "not_run", None, None, None, None),
        )
    ]
    tiles = [
        {"label": "Annual return", "value": "11.3%", "note": "Benchmark 7.5%", "tone": "gain"},
        {"label": "Sharpe ratio", "value": "0.72", "note": "95% 0.33 to 1.10", "tone": ""},
        {"label": "Maximum drawdown", "value": "\u221248.0%", "note": "Benchmark \u221255.1%", "tone": "loss"},
        {"label": "Volatility", "value": "17.3%", "note": "Benchmark 16.9%", "tone": ""},
        {"label": "Turnover", "value": "300%", "note": "One way, a year", "tone": ""},
        {"label": "Trades", "value": "1,204", "note": "57% won", "tone": ""},
    ]
    steps = [
        {"label": "Stored", "state": "done", "note": "1.4 MB"},
        {"label": "Pages read", "state": "current", "note": "29 of 42"},
        {"label": "Strategies found", "state": "todo", "note": ""},
    ]
    states = [
        "queued",
        "running",
        "done",
        "failed",
        "cancelled",
        "draft",
        "in_review",
        "approved",
        "retired",
        "stated",
        "inferred",
        "assumed",
        "missing",
        "analyst",
    ]
    return {
        "now": at - timedelta(minutes=3),
        "page": Paginator(rows * 5, 3).page(2),
        "rows": rows,
        "states": states,
        "steps": steps,
        "symbols": [],
        "tiles": tiles,
        "verdicts": [
            "reproduced",
            "partly_reproduced",
            "not_reproduced",
            "not_testable",
            "insufficient_evidence",
            "not_run",
        ],
    }


def specimen_figures() -> dict[str, object]:
    """One figure of each kind, drawn from a seeded generator."""
    rng = np.random.default_rng(7)
    days = [date(2012, 1, 2) + timedelta(days=n) for n in range(3200)]
    mine, other = (np.cumprod(1 + rng.normal(drift, 0.009, len(days))) for drift in (0.0004, 0.0002))
    months = [date(2014 + n // 12, n % 12 + 1, 1) for n in range(80)]
    returns = rng.normal(0.008, 0.04, 80)
    rolling = 0.15 + 0.03 * np.sin(np.arange(len(days)) / 200)
    readings = [Reading("As in section 4", 0.73, 0.33, 1.1), Reading("Quarterly, as in the abstract", 0.55, 0.2, 0.9)]
    return {
        "start": days[0],
        "end": days[-1],
        "figure": figure_json(
            equity_figure(
                dates=days,
                strategy=mine,
                benchmark=other,
                log=True,
                window=(days[0], days[1500]),
                events={"Published": days[1500]},
            )
        ),
        "years": heat_years(months=months, returns=returns),
        "histogram": figure_json(histogram_figure(values=returns, benchmark=rng.normal(0.006, 0.03, 80))),
        "panels": figure_json(
            panels_figure(
                dates=days,
                panels={
                    "Volatility": (".0%", [Curve("Strategy", rolling)]),
                    "Sharpe ratio": (".1f", [Curve("Strategy", rolling * 5)]),
                },
            )
        ),
        "readings": figure_json(readings_figure(readings=readings, claimed=0.74)),
        "bars": figure_json(
            bars_figure(
                labels=list(range(2014, 2021)),
                series=[Curve("Strategy", returns[:7] * 4), Curve("Benchmark", returns[7:14] * 3, "benchmark")],
            )
        ),
        "costs": figure_json(
            response_figure(
                x=[0, 5, 10, 20, 40],
                y=[0.12, 0.115, 0.11, 0.1, 0.08],
                name="Annual return",
                x_title="Cost one way",
                number_format=".1%",
                x_suffix=" bps",
                marks={"This run": 10},
            )
        ),
    }
