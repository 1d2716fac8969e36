"""The executable sections of a strategy: what it trades, when it decides, what it holds, how much, and how it fills."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from apps.domain.language.parameters import (
    DURATIONS,
    Closed,
    Formula,
    Identifier,
    ParameterName,
    Unit,
    formula,
    names,
)

REBALANCE_CHOICES = ("daily", "weekly", "monthly", "quarterly", "semiannual", "yearly", "once")
PERIOD_DAYS = {"daily": 1, "weekly": 5, "monthly": 21, "quarterly": 63, "semiannual": 126, "yearly": 252, "once": 1}
"""Trading days from one decision to the next."""
FILL_CHOICES = ("next_open", "next_close", "same_close")
FORMATION_CHOICES = ("distance", "correlation", "cointegration")
SPREAD_CHOICES = ("difference", "ratio", "regression")
STOPS = ("stop_loss", "take_profit", "trailing_stop", "time_stop")
"""The exits of the overlay that end a position whatever its rules say."""
ROLL_CHOICES = ("days_before_expiry", "volume", "open_interest")


# --- data ---------------------------------------------------------------------------------------------------------


class SeriesInput(Closed):
    """One number a day for the whole market, not traded: a rate, a volatility index, a factor return."""

    kind: Literal["series"] = "series"
    source: ParameterName = names("the external series", Unit.SOURCE)
    lag: ParameterName | None = names("the publication lag", *DURATIONS, default=None)


class InstrumentInput(Closed):
    """A field of one instrument, read by the rules of all: the index above its average, crude oil's return."""

    kind: Literal["instrument"] = "instrument"
    symbol: ParameterName = names("the instrument that is read", Unit.SYMBOL)
    field: Literal["open", "high", "low", "close", "volume"] = "close"


class FieldInput(Closed):
    """Another number per instrument and bar: market capitalisation, volume-weighted price, the next contract's price."""

    kind: Literal["field"] = "field"
    source: ParameterName = names("the field of the data", Unit.SOURCE)


class FactInput(Closed):
    """A point-in-time figure per instrument: a fundamental, a rating. Known only from its publication on."""

    kind: Literal["fact"] = "fact"
    source: ParameterName = names("the reported figure", Unit.SOURCE)
    lag: ParameterName | None = names("the availability lag", *DURATIONS, default=None)
    max_age: ParameterName | None = names("the age at which the figure is stale", *DURATIONS, default=None)


class GroupInput(Closed):
    """A label per instrument: its sector, its industry, its country."""

    kind: Literal["group"] = "group"
    source: ParameterName = names("the grouping", Unit.SOURCE)


class EventInput(Closed):
    """A table of dated events: earnings announcements, index changes, matches."""

    kind: Literal["event"] = "event"
    source: ParameterName = names("the table of events", Unit.SOURCE)


Input = SeriesInput | InstrumentInput | FieldInput | FactInput | GroupInput | EventInput


class Futures(Closed):
    """How a continuous series is made of contracts: when it rolls. Prices are ratio-adjusted from the first contract on."""

    roll: ParameterName = names("the roll rule", Unit.CHOICE, choices=ROLL_CHOICES)
    days: ParameterName | None = names("the days before expiry at which it rolls", *DURATIONS, default=None)


class Data(Closed):
    """Which data set the rules run on, its bars, and the named inputs beside them."""

    dataset: ParameterName = names("the data set", Unit.DATASET)
    bars: Literal["1d", "1h", "30m", "15m", "5m", "1m"] = "1d"
    inputs: dict[Identifier, Annotated[Input, Field(discriminator="kind")]] = Field(default_factory=dict)
    futures: Futures | None = None


# --- universe -----------------------------------------------------------------------------------------------------


class FixedUniverse(Closed):
    """A fixed list of symbols; an empty list in the parameter means every instrument of the data set."""

    kind: Literal["fixed"] = "fixed"
    symbols: ParameterName = names("the universe", Unit.SYMBOLS)


class FilteredUniverse(Closed):
    """The instruments of a list that pass every condition of `where`; of those, the `count` with the highest (lowest) `by`.

    Membership is decided at the close of each `refresh` day and holds until the next; without `refresh`, every day.
    """

    kind: Literal["filtered"] = "filtered"
    symbols: ParameterName = names("the universe", Unit.SYMBOLS)
    where: list[Formula] = formula("the filter of the universe", "condition", default=[])
    by: Formula | None = formula("the ranking of the universe", "number", default=None)
    keep: Literal["top", "bottom"] = "top"
    size: ParameterName | None = names("the size of the universe", Unit.COUNT, Unit.FRACTION, default=None)
    refresh: ParameterName | None = names(
        "how often the universe is renewed", Unit.CHOICE, choices=REBALANCE_CHOICES, default=None
    )


Universe = FixedUniverse | FilteredUniverse


# --- selection ----------------------------------------------------------------------------------------------------


class AllMembers(Closed):
    """Every member of the universe; the weights decide how much of each, and on which side."""

    kind: Literal["all"] = "all"


class PerAsset(Closed):
    """Each instrument on its own: in when `enter` turns true, out when `exit` does; without `exit`, out when not `enter`.
    `enter_short` and `exit_short` are the same for a short position."""

    kind: Literal["per_asset"] = "per_asset"
    enter: Formula | None = formula("the entry rule", "condition", default=None)
    exit: Formula | None = formula("the exit rule", "condition", default=None)
    enter_short: Formula | None = formula("the short entry rule", "condition", default=None)
    exit_short: Formula | None = formula("the short exit rule", "condition", default=None)


class TopN(Closed):
    """The `count` instruments with the highest (or lowest) value of the formula `by`."""

    kind: Literal["top_n"] = "top_n"
    by: Formula = formula("the ranking rule", "number")
    count: ParameterName = names("the number of holdings", Unit.COUNT)
    side: Literal["top", "bottom"] = "top"


class Sort(Closed):
    """Keep the instruments with the highest (lowest) value of `by`: a number of them, or a fraction (0.1 is a decile).
    With `within`, that many of each group."""

    by: Formula | None = formula("the sort", "number", default=None)
    keep: Literal["top", "bottom"] = "top"
    size: ParameterName | None = names(
        "the number or fraction that a sort keeps", Unit.COUNT, Unit.FRACTION, default=None
    )
    within: Identifier | None = None
    where: Formula | None = formula("the condition of the sort", "condition", default=None)
    """Instead of, or before, the sort: keep only instruments for which this is true."""


class Sorted(Closed):
    """Portfolio sorts: the long and the short leg are each what a list of sorts leaves.

    Sequential sorts each take what the one before left; intersecting sorts are each made over the whole universe.
    """

    kind: Literal["sorted"] = "sorted"
    long: list[Sort] | None = None
    short: list[Sort] | None = None
    combine: Literal["sequential", "intersection"] = "sequential"


class Case(Closed):
    """While `when` is true (and no earlier case), hold these symbols; an empty list is cash."""

    when: Formula = formula("the condition of the switch", "market condition")
    hold: ParameterName = names("what a case of the switch holds", Unit.SYMBOLS)


class Switch(Closed):
    """The first case whose condition is true decides what is held; `otherwise` when none is (cash when it is left out)."""

    kind: Literal["switch"] = "switch"
    cases: list[Case] = Field(min_length=1)
    otherwise: ParameterName | None = names("what is held otherwise", Unit.SYMBOLS, default=None)


class Pairs(Closed):
    """Pairs of the universe that moved together over the formation window, traded when their spread opens.

    The spread is standardised over the formation window. Enter at `enter` deviations, the cheap one long and the dear one
    short; leave when it has come back to `exit`, at `stop` deviations, or after `max_hold`.
    """

    kind: Literal["pairs"] = "pairs"
    formation: ParameterName = names("how pairs are chosen", Unit.CHOICE, choices=FORMATION_CHOICES)
    window: ParameterName = names("the formation window", *DURATIONS)
    count: ParameterName = names("the number of pairs", Unit.COUNT)
    refresh: ParameterName = names("how often pairs are chosen anew", Unit.CHOICE, choices=REBALANCE_CHOICES)
    spread: ParameterName = names("the spread", Unit.CHOICE, choices=SPREAD_CHOICES)
    enter: ParameterName = names("the entry threshold", Unit.NUMBER)
    exit: ParameterName = names("the exit threshold", Unit.NUMBER)
    stop: ParameterName | None = names("the stop threshold", Unit.NUMBER, default=None)
    max_hold: ParameterName | None = names("the longest holding", *DURATIONS, default=None)


Selection = AllMembers | PerAsset | TopN | Sorted | Switch | Pairs


# --- weights ------------------------------------------------------------------------------------------------------


class _Scaled(Closed):
    """What every scheme may add: the gross of each leg, a cap per name, legs scaled to a beta of one each."""

    gross_long: ParameterName | None = names("the gross weight of the long leg", Unit.FRACTION, default=None)
    gross_short: ParameterName | None = names("the gross weight of the short leg", Unit.FRACTION, default=None)
    cap: ParameterName | None = names("the largest weight of one name", Unit.FRACTION, default=None)
    beta: Formula | None = formula("the beta that legs are scaled by", "number", default=None)


class EqualWeights(_Scaled):
    """Equal weights over what is selected ("selected"), or one share per instrument of the universe ("universe": what is
    not selected stays in cash)."""

    kind: Literal["equal"] = "equal"
    over: Literal["selected", "universe"] = "selected"


class ProportionalWeights(_Scaled):
    """Weights in proportion to `by`: a capitalisation, a signal. With every member selected, its sign is the side."""

    kind: Literal["proportional"] = "proportional"
    by: Formula = formula("what weights are proportional to", "number")


class RankWeights(_Scaled):
    """Weights in proportion to the rank of `by` within each leg; with every member selected, to the rank less its mean."""

    kind: Literal["rank"] = "rank"
    by: Formula = formula("the rank that weights follow", "number")


class InverseVolatilityWeights(_Scaled):
    """Weights in proportion to one over the volatility of daily returns over `window`."""

    kind: Literal["inverse_volatility"] = "inverse_volatility"
    window: ParameterName = names("the volatility window", *DURATIONS)


class VolatilityTargetWeights(_Scaled):
    """Each instrument sized to the same volatility: `target` over its own, times one share of the universe or of the
    selected."""

    kind: Literal["volatility_target"] = "volatility_target"
    target: ParameterName = names("the volatility target of each instrument", Unit.FRACTION)
    window: ParameterName = names("the volatility window", *DURATIONS)
    over: Literal["selected", "universe"] = "universe"


class FixedWeights(_Scaled):
    """A stated weight per symbol; below zero is short."""

    kind: Literal["fixed"] = "fixed"
    weights: dict[str, ParameterName] = names("the weight of a symbol", Unit.FRACTION)


Weights = (
    EqualWeights | ProportionalWeights | RankWeights | InverseVolatilityWeights | VolatilityTargetWeights | FixedWeights
)


# --- schedule, overlay, execution ---------------------------------------------------------------------------------


class Schedule(Closed):
    """When targets are recomputed: at the close of the last (or first) trading day of each period.

    `day` moves the decision: the nth trading day from that edge, 1 being the edge itself. `anchor` is the month in which
    yearly, half-yearly and quarterly periods end (or begin, with `on` first). `hold` longer than a period makes
    overlapping tranches: the target is the mean of the selections of the last `hold`. With `drift`, what stays
    selected is left as it is. With `when`, only the decision days on which it is true decide.
    """

    rebalance: ParameterName = names("the rebalancing period", Unit.CHOICE, choices=REBALANCE_CHOICES)
    on: Literal["last", "first"] = "last"
    day: ParameterName | None = names("the trading day of the period", Unit.COUNT, default=None)
    anchor: ParameterName | None = names("the anchor month", Unit.COUNT, default=None)
    hold: ParameterName | None = names("the holding period", *DURATIONS, default=None)
    drift: bool = False
    when: Formula | None = formula("the condition of a decision day", "market condition", default=None)


class Regime(Closed):
    """While `when` is false the exposure is scaled by `exposure` (nothing when left out), and `instead` is held with the
    rest."""

    when: Formula = formula("the regime", "market condition")
    exposure: ParameterName | None = names("the exposure out of the regime", Unit.FRACTION, default=None)
    instead: ParameterName | None = names("what is held out of the regime", Unit.SYMBOLS, default=None)


class PortfolioVolatility(Closed):
    """Scale the whole portfolio so that its own past volatility over `window` meets `target`, never above `max_leverage`."""

    target: ParameterName = names("the volatility target of the portfolio", Unit.FRACTION)
    window: ParameterName = names("the volatility window of the portfolio", *DURATIONS)
    max_leverage: ParameterName | None = names("the largest leverage", Unit.NUMBER, default=None)


class Overlay(Closed):
    """What stands above the selection: a regime gate, a volatility target, exits per position, a stop on drawdown."""

    regime: Regime | None = None
    volatility: PortfolioVolatility | None = None
    stop_loss: ParameterName | None = names("the stop loss", Unit.FRACTION, default=None)
    take_profit: ParameterName | None = names("the profit target", Unit.FRACTION, default=None)
    trailing_stop: ParameterName | None = names("the trailing stop", Unit.FRACTION, default=None)
    time_stop: ParameterName | None = names("the longest holding", *DURATIONS, default=None)
    drawdown_stop: ParameterName | None = names("the drawdown that stops trading", Unit.FRACTION, default=None)
    drawdown_wait: ParameterName | None = names("the pause after a drawdown stop", *DURATIONS, default=None)


class Execution(Closed):
    """How a decision becomes fills, and what fills cost.

    `fill` is next_open, next_close, or same_close (for rules that read the calendar alone). `cost` is one way, of the
    traded value; `spread` is the whole quoted spread, of which each fill pays half; `impact` is the slippage of trading
    a bar's whole volume, and goes with the square root of the share of it; `participation` is the largest share of a
    bar's volume that is filled. `borrow`, `financing` and `interest` are per year.
    """

    fill: ParameterName = names("the fill", Unit.CHOICE, choices=FILL_CHOICES)
    cost: ParameterName = names("the trading cost", Unit.BPS)
    order: Literal["market", "limit", "stop", "stop_limit"] = "market"
    limit: Formula | None = formula("the limit price", "number", default=None)
    stop: Formula | None = formula("the stop price", "number", default=None)
    session: Literal["whole_day", "overnight", "intraday"] = "whole_day"
    per_share: ParameterName | None = names("the cost per share", Unit.CURRENCY, Unit.NUMBER, default=None)
    minimum: ParameterName | None = names("the least cost of an order", Unit.CURRENCY, default=None)
    spread: ParameterName | None = names("the spread", Unit.BPS, default=None)
    impact: ParameterName | None = names("the market impact", Unit.BPS, default=None)
    participation: ParameterName | None = names("the share of volume", Unit.FRACTION, default=None)
    borrow: ParameterName | None = names("the borrow cost", Unit.BPS, default=None)
    financing: ParameterName | None = names("the financing cost", Unit.BPS, default=None)
    interest: ParameterName | None = names("the interest on cash", Unit.BPS, default=None)
    whole_shares: bool = False
    max_leverage: ParameterName | None = names("the largest leverage", Unit.NUMBER, default=None)
