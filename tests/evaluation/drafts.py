"""Expected fields as a draft of the language: what a reader without a fault would propose."""

from __future__ import annotations

from apps.domain.language import Alternative, Citation, Claim, DraftParameter, DraftSpecification, Status, Unit
from apps.domain.language.sections import FORMATION_CHOICES, REBALANCE_CHOICES, SPREAD_CHOICES
from apps.strategies.evaluation import Expected

_UNITS = {
    "rebalance": Unit.CHOICE, "fill": Unit.CHOICE, "refresh": Unit.CHOICE, "formation": Unit.CHOICE, "spread_kind": Unit.CHOICE,
    "start": Unit.DATE, "end": Unit.DATE, "anchor": Unit.COUNT, "capital": Unit.CURRENCY, "per_share": Unit.CURRENCY, "size": Unit.COUNT,
    "cost": Unit.BPS, "lookback": Unit.MONTHS, "universe": Unit.SYMBOLS,
}  # fmt: skip
_CHOICES = {
    "rebalance": REBALANCE_CHOICES,
    "refresh": REBALANCE_CHOICES,
    "formation": FORMATION_CHOICES,
    "spread_kind": SPREAD_CHOICES,
}
_STRUCTURE = {"kind", "sort", "entry", "exit", "sides", "weights", "regime", "instead", "months"}
_SORTS = {
    "past_return": "trailing_return(close, lookback, {skip})",
    "volatility": "volatility(close, lookback)",
    "beta": "beta(pct_change(close, 1), cross_mean(pct_change(close, 1)), lookback)",
    "book_to_market": "book_equity / market_cap",
}
_RULES = {
    "past_return_positive": "trailing_return(close, lookback, {skip}) > 0",
    "above_average": "close > sma(close, lookback)",
    "average_cross": "sma(close, fast) > sma(close, lookback)",
    "rsi_below": "rsi(close, lookback) < buy_below",
    "rsi_above": "rsi(close, lookback) > sell_above",
    "breakout_high": "close > donchian_upper(high, lookback)",
    "breakout_low": "close < donchian_lower(low, exit_window)",
    "turn_of_month": "trading_days_left_in_month < days_before or trading_day_of_month <= days_after",
    "months": "in_months(first_month, last_month)",
    "weekday": "weekday == weekday_held",
}
_SHORT = {
    "past_return_positive": "trailing_return(close, lookback, {skip}) < 0",
    "breakout_high": "close < donchian_lower(low, lookback)",
}


def expected_draft(gold: Expected) -> DraftSpecification:
    """The draft that a document's expected fields describe."""
    fields = gold.fields
    value = {name: field.value for name, field in fields.items()}
    table = {name: _parameter(gold, name) for name in fields if name not in _STRUCTURE}
    table["symbols"] = table.pop("universe")
    if "weekday" in table:
        table["weekday_held"] = table.pop("weekday")
    if "months" in value:
        first, last = value["months"].split("-")
        for name, month in (("first_month", first), ("last_month", last)):
            table[name] = DraftParameter(label=name, unit=Unit.NUMBER, status=Status.INFERRED, value=float(month))
    skip = "skip" if "skip" in fields else "0"
    inputs: dict[str, object] = {}
    return DraftSpecification.model_validate(
        {
            "meta": {"name": gold.title[:120]},
            "universe": {"symbols": "symbols"},
            "selection": _selection(value, skip, inputs, table),
            "weights": _weights(value, inputs, table),
            "schedule": {"rebalance": "rebalance"} | {n: n for n in ("anchor", "hold") if n in table},
            "overlay": _overlay(value, table),
            "execution": {"fill": "fill", "cost": "cost"}
            | {n: n for n in ("spread", "borrow", "per_share") if n in table},
            "evaluation": {"capital": "capital"} | {n: n for n in ("start", "end") if n in table},
            "data": {"dataset": "dataset", "inputs": inputs},
            "parameters": {n: p.model_dump() for n, p in (table | _needed(table)).items()},
            "claims": [c.model_dump() for c in _claims(gold)],
        }
    )


def _parameter(gold: Expected, name: str) -> DraftParameter:
    field = gold.fields[name]
    unit = Unit(field.unit) if field.unit else _UNITS.get(name, Unit.NUMBER)
    if name == "threshold" or name.endswith("_threshold"):
        unit = Unit.NUMBER
    citation = Citation(page=1, quote=field.quote, match="exact", score=1.0) if field.quote else None
    value = [] if field.value == "described" else [field.value] if name == "universe" else field.value
    alternatives = [Alternative(value="monthly")] if field.status == "missing" and name == "rebalance" else []
    return DraftParameter(
        label=name, unit=unit, status=Status(field.status), value=value, citation=citation, alternatives=alternatives,
        question="Which one?" if field.status == "missing" else "", choices=list(_CHOICES.get(name, ())),
    )  # fmt: skip


def _selection(value, skip, inputs, table):
    both = value.get("sides") == "long_short"
    if value["kind"] == "pairs":
        names = {
            "formation": "formation",
            "window": "lookback",
            "count": "size",
            "refresh": "refresh",
            "spread": "spread_kind",
            "enter": "threshold",
            "exit": "exit_threshold",
        }
        table.setdefault(
            "spread_kind",
            DraftParameter(
                label="spread",
                unit=Unit.CHOICE,
                status=Status.ASSUMED,
                value="difference",
                choices=list(SPREAD_CHOICES),
            ),
        )
        more = {field: name for field, name in (("stop", "stop_threshold"), ("max_hold", "max_hold")) if name in table}
        return {"kind": "pairs", **names, **more}
    if value["kind"] == "all":
        return {"kind": "all"}
    if value["kind"] == "rule":
        enter = _RULES[value["entry"]].format(skip=skip)
        exits = {"exit": _RULES[value["exit"]]} if "exit" in value else {}
        shorts = {"enter_short": _SHORT[value["entry"]].format(skip=skip)} if both else {}
        return {"kind": "per_asset", "enter": enter, **exits, **shorts}
    term, end = value["sort"].split()
    by = _SORTS.get(term, term).format(skip=skip)
    if term not in _SORTS or term == "book_to_market":
        for name in ("book_equity", "market_cap") if term == "book_to_market" else (term,):
            lag = {"lag": "lag"} if "lag" in table and name != "market_cap" else {}
            inputs[name] = {"kind": "fact" if lag else "field", "source": f"{name}_source", **lag}
            table[f"{name}_source"] = DraftParameter(label=name, unit=Unit.SOURCE, status=Status.ASSUMED, value=name)
    near, far = ("top", "bottom") if end == "high" else ("bottom", "top")
    leg = [{"by": by, "keep": near, "size": "size"}]
    return {"kind": "sorted", "long": leg, **({"short": [{"by": by, "keep": far, "size": "size"}]} if both else {})}


def _weights(value, inputs, table):
    kind = value.get("weights", "equal")
    if kind == "equal_universe":
        return {"kind": "equal", "over": "universe"}
    if kind == "value":
        inputs["market_cap"] = {"kind": "field", "source": "market_cap_source"}
        table["market_cap_source"] = DraftParameter(
            label="cap", unit=Unit.SOURCE, status=Status.ASSUMED, value="market_cap"
        )
        return {"kind": "proportional", "by": "market_cap"}
    if kind == "rank":
        return {"kind": "rank", "by": "-accruals"}
    if kind == "inverse_volatility":
        return {"kind": kind, "window": "vol_window"}
    return (
        {"kind": kind, "target": "vol_target", "window": "vol_window"}
        if kind == "volatility_target"
        else {"kind": kind}
    )


def _overlay(value, table):
    overlay = {n: n for n in ("stop_loss", "take_profit", "trailing_stop", "time_stop") if n in table}
    if "portfolio_vol" in table:
        overlay["volatility"] = {"target": "portfolio_vol", "window": "vol_window"} | {
            n: n for n in ("max_leverage",) if n in table
        }
    if "regime" in value:
        overlay["regime"] = {"when": "cross_mean(close) > sma(cross_mean(close), regime_window)"}
        if value["instead"] == "bills":
            overlay["regime"]["instead"] = "instead"
            table["instead"] = DraftParameter(label="bills", unit=Unit.SYMBOLS, status=Status.INFERRED, value=["BIL"])
    if value["kind"] == "sort" and "months" in value:
        overlay["regime"] = {"when": "in_months(first_month, last_month)"}
    return overlay


def _needed(table):
    rows = {
        "dataset": (Unit.DATASET, "us-stocks", ()), "fill": (Unit.CHOICE, "next_open", ("next_open", "next_close", "same_close")),
        "capital": (Unit.CURRENCY, 1e6, ()), "rebalance": (Unit.CHOICE, "daily", REBALANCE_CHOICES), "cost": (Unit.BPS, 10.0, ()),
        "size": (Unit.COUNT, 10, ()), "lookback": (Unit.MONTHS, 12, ()),
    }  # fmt: skip
    return {
        name: DraftParameter(label=name, unit=unit, status=Status.ASSUMED, value=value, choices=list(choices))
        for name, (unit, value, choices) in rows.items()
        if name not in table
    }


def _claims(gold):
    words = {"net": "Net of costs.", "gross": "Gross of costs.", None: ""}
    return [
        Claim(
            key=f"claim_{n}", label=c.metric, metric=c.metric, value=c.value, unit=Unit.NUMBER, basis=words[c.basis],
            window_start=f"{c.window[0]}-01-01", window_end=f"{c.window[1]}-12-31", citation=Citation(page=1, quote=c.quote, match="exact", score=1.0),
        )
        for n, c in enumerate(gold.claims)
    ]  # fmt: skip
