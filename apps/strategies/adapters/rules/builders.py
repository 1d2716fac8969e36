"""From a recognised family to the rules of a draft and the rows that they name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from apps.domain.language import Alternative, DraftParameter, Range, Status, Unit
from apps.strategies.adapters.rules import families, legs, measures, patterns
from apps.strategies.adapters.rules.families import Family, Recognised
from apps.strategies.adapters.rules.market import Market
from apps.strategies.adapters.rules.sentences import Document
from apps.strategies.adapters.rules.settle import Found, Wanted, assumed, missing, settle

_Table = dict[str, DraftParameter]
Built = tuple[dict[str, Any], _Table]


def _around(value: float) -> Range | None:
    """Half to one and a half times a length, in about a dozen steps."""
    low, high = max(1.0, float(round(value / 2))), float(round(value * 1.5))
    return Range(low=low, high=high, step=max(1.0, float(round((high - low) / 12)))) if high > low else None


def _count_range(value: float) -> Range | None:
    return Range(low=1, high=max(2.0, float(round(value * 2))), step=max(1.0, float(round(value / 5))))


def _level_range(value: float) -> Range | None:
    return Range(low=max(1.0, value - 15), high=min(99.0, value + 15), step=5)


_WINDOW = Wanted("Moving-average window", Unit.MONTHS, "Over how long is the moving average taken?", range_of=_around)
_FAST = Wanted("Fast average", Unit.DAYS, "Over how long is the fast moving average taken?", range_of=_around)
_SLOW = Wanted("Slow average", Unit.DAYS, "Over how long is the slow moving average taken?", range_of=_around)
_LOOKBACK = Wanted("Lookback", Unit.MONTHS, "Over how long is the past return measured?", range_of=_around)
_RISK_WINDOW = Wanted("Lookback", Unit.MONTHS, "Over how long is the risk of an instrument measured?", range_of=_around)
_LAG = Wanted("Publication lag", Unit.MONTHS, "How long after the end of its period is the reported figure known?")
_SKIP = Wanted("Skipped recent time", Unit.MONTHS, "How much of the most recent time is left out of the past return?")
_COUNT = Wanted(
    "Instruments held",
    Unit.COUNT,
    "The document does not state how many instruments are held. How many?",
    range_of=_count_range,
)
_LEG = Wanted("Size of each leg", Unit.FRACTION, "Which share of the instruments does each leg hold?")
_THRESHOLD = Wanted("Return to exceed", Unit.FRACTION, "Which return must be exceeded?")
_LENGTH = Wanted(
    "Index window", Unit.DAYS, "Over how many days is the relative strength index taken?", range_of=_around
)
_LOW = Wanted(
    "Buy below", Unit.NUMBER, "Below which level of the relative strength index is bought?", range_of=_level_range
)
_HIGH = Wanted(
    "Sell above", Unit.NUMBER, "Above which level of the relative strength index is sold?", range_of=_level_range
)


def build(document: Document, found: Recognised, market: Market) -> Built:
    """The rules and the rows of a recognised family."""
    return _BUILDERS[found.family](document, found, market)


def _average(document: Document, found: Recognised, market: Market) -> Built:
    kind = "ema" if families.exponential(found.rules) else "sma"
    rules = {
        "signals": {"trend": f"{kind}(close, window)"},
        "selection": {"kind": "per_asset", "enter": "close > trend"},
    }
    return rules, {"window": settle(_WINDOW, families.windows(document), dominant=3.0)}


def _crossover(document: Document, found: Recognised, market: Market) -> Built:
    kind = "ema" if families.exponential(found.rules) else "sma"
    fast, slow = families.pairs(document)
    signals = {"fast_average": f"{kind}(close, fast)", "slow_average": f"{kind}(close, slow)"}
    rules = {"signals": signals, "selection": {"kind": "per_asset", "enter": "fast_average > slow_average"}}
    return rules, {"fast": settle(_FAST, fast, dominant=3.0), "slow": settle(_SLOW, slow, dominant=3.0)}


def _momentum(document: Document) -> tuple[str, _Table]:
    """The formula of the past return and its parameters; a skip appears only where the document speaks of one."""
    table = {"lookback": settle(_LOOKBACK, families.lookbacks(document), dominant=2.0)}
    skips = families.skips(document)
    if not skips:
        return "trailing_return(close, lookback, 0)", table
    return "trailing_return(close, lookback, skip)", {**table, "skip": settle(_SKIP, skips, dominant=2.0)}


def _time_series(document: Document, found: Recognised, market: Market) -> Built:
    formula, table = _momentum(document)
    limits = families.thresholds(found.rules)
    if limits:
        table["threshold"] = settle(_THRESHOLD, limits)
    selection = {"kind": "per_asset", "enter": f"past_return > {'threshold' if limits else '0'}"}
    if not limits and families.shorts_on_sign(document.body):
        selection["enter_short"] = "past_return < 0"
    return {"signals": {"past_return": formula}, "selection": selection}, table


def _cross_section(document: Document, found: Recognised, market: Market) -> Built:
    formula, table = _momentum(document)
    rules, rows = _sorted(document, "past_return", legs.legs_of(document), market)
    return {"signals": {"past_return": formula}, **rules}, {**table, **rows}


def _sorted(document: Document, by: str, sides: legs.Legs, market: Market) -> Built:
    """A sort on both sides as legs of a share or a number; on one side as the number that is held."""
    near, far = ("top", "bottom") if sides.is_high else ("bottom", "top")
    if not sides.has_short:
        own = [s for s in document.body if not s.cited]
        places = families.counts(own, market.size) or _as_counts(legs.sizes(document), market.size)
        selection = {"kind": "top_n", "by": by, "count": "count", "side": near}
        return {"selection": selection}, {"count": _count(places, market.size)}
    size = settle(_LEG, legs.sizes(document), dominant=1.5)
    both = {side: [{"by": by, "keep": keep, "size": "leg"}] for side, keep in (("long", near), ("short", far))}
    return {"selection": {"kind": "sorted", **both}}, {"leg": size}


def _as_counts(found: Sequence[Found], size: int) -> list[Found]:
    """Shares of the universe as numbers of it."""
    counts = []
    for place in found:
        if place.unit is Unit.COUNT:
            counts.append(place)
        elif size and isinstance(place.value, float):
            note = f"{place.sentence.raw[place.start : place.end].strip().capitalize()} of the {size} instruments of the data set."
            value = max(1, round(place.value * size))
            counts.append(
                Found(value, Unit.COUNT, place.sentence, place.start, place.end, place.strength, Status.INFERRED, note)
            )
    return counts


def _characteristic(document: Document, found: Recognised, market: Market) -> Built:
    measure, about = measures.measures(document)[0]
    rules, table = _sorted(document, measure.term, legs.legs_of(document, is_high=measure.is_reported), market)
    own = legs.own(document.body)
    if measure.is_trailing:
        table["lookback"] = settle(_RISK_WINDOW, list(measures.windows(about or own, measure.words)), dominant=1.5)
        rules["signals"] = {measure.term: measure.formula}
        return rules, table
    lag = settle(_LAG, list(measures.lags(own)), dominant=1.5) if measure.is_reported else None
    inputs = {
        name: {"kind": kind, "source": f"{name}_source", **({"lag": "report_lag"} if kind == "fact" else {})}
        for name, kind in measure.inputs
    }
    if lag is not None:
        table["report_lag"] = lag
    if measure.formula != measure.term:
        rules["signals"] = {measure.term: measure.formula}
    rows = {name: DraftParameter.model_validate(row) for name, row in measures.input_rows(measure).items()}
    return {**rules, "inputs": inputs}, {**table, **rows}


def _count(found: Sequence[Found], size: int) -> DraftParameter:
    count = settle(_COUNT, found, dominant=2.0)
    if count.value is None or not size or not isinstance(count.value, int | float) or count.value <= size:
        return count
    question = (
        f"The document holds {count.value}, but the data set has only {size} instruments. How many are to be held?"
    )
    return missing(
        _COUNT, question, [Alternative(value=count.value, reason="As the document has it.", citation=count.citation)]
    )


def _reversal(document: Document, found: Recognised, market: Market) -> Built:
    low, high = families.rsi_levels(found.rules)
    lengths = families.rsi_windows(document)
    length = (
        settle(_LENGTH, lengths, dominant=2.0)
        if lengths
        else assumed(_LENGTH, 14, "The document names no length; 14 days is Wilder's own.")
    )
    rules = {
        "signals": {"strength": "rsi(close, length)"},
        "selection": {"kind": "per_asset", "enter": "strength < buy_below", "exit": "strength > sell_above"},
    }
    if not high:
        high = families.index_levels(document.body)
    return rules, {
        "length": length,
        "buy_below": settle(_LOW, low, dominant=2.0),
        "sell_above": settle(_HIGH, high, dominant=2.0),
    }


def _breakout(document: Document, found: Recognised, market: Market) -> Built:
    rules, table = patterns.breakout(legs.own(document.body))
    return {"selection": {"kind": "per_asset", **rules}}, table


def _calendar(document: Document, found: Recognised, market: Market) -> Built:
    enter, table = patterns.calendar([s for s in found.rules if not s.cited and not s.variation])
    return {"selection": {"kind": "per_asset", "enter": enter}}, table


def _pairs(document: Document, found: Recognised, market: Market) -> Built:
    rules, table = patterns.pairs(legs.own(document.body))
    return {"selection": rules}, table


def _allocation(document: Document, found: Recognised, market: Market) -> Built:
    return {"selection": {"kind": "all"}}, {}


_BUILDERS: dict[Family, Callable[[Document, Recognised, Market], Built]] = {
    Family.AVERAGE: _average,
    Family.CROSSOVER: _crossover,
    Family.TIME_SERIES: _time_series,
    Family.CROSS_SECTION: _cross_section,
    Family.REVERSAL: _reversal,
    Family.CHARACTERISTIC: _characteristic,
    Family.BREAKOUT: _breakout,
    Family.CALENDAR: _calendar,
    Family.PAIRS: _pairs,
    Family.ALLOCATION: _allocation,
}
