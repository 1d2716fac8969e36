"""The functions that the 101 formulaic alphas use, computed a second time: slow, obvious, with pandas and numpy alone.

Nothing here is shared with the engine but the parser. A value is a DataFrame (days by symbols); truth is 1, falsehood 0,
undefined NaN. What has no finite result is undefined. A window counts an instrument's own days on which every argument is
defined: other days are left out before it is taken and undefined after.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.lib.stride_tricks import sliding_window_view

from apps.domain.language import parse
from apps.domain.language.grammar import parts_of
from apps.domain.language.tree import Binary, Call, Name, Number, Unary

FIELDS = ("open", "high", "low", "close", "volume", "vwap", "cap")
GROUPS = ("sector", "industry", "subindustry")


@dataclass(frozen=True)
class Market:
    """Frames of days by symbols, by name: the fields and the groups (codes, NaN for none)."""

    frames: dict[str, pd.DataFrame]

    @property
    def days(self):
        return self.frames["close"].index

    @property
    def symbols(self):
        return self.frames["close"].columns


def made_market(n_symbols=20, n_days=420, seed=101):
    """A made-up market with gaps and prices in 128ths, so that some repeat and their sums are exact.

    Half the prices start below 1, where a volume may exceed an average dollar volume as alphas 7 and 21 ask; within each
    half they start close together, so that ranks keep changing.
    """
    rng = np.random.default_rng(seed)
    shape = (n_days, n_symbols)
    start = np.where(np.arange(n_symbols) % 2, 0.8, 40.0) * rng.uniform(0.9, 1.1, n_symbols)
    returns = rng.normal(0, 0.01, (n_days, 1)) + rng.normal(0, 0.025, shape)
    close = start * np.exp(np.cumsum(returns, axis=0))
    open_ = close * np.exp(rng.normal(0, 0.012, shape))
    high = np.maximum(open_, close) * np.exp(np.abs(rng.normal(0, 0.008, shape)))
    low = np.minimum(open_, close) * np.exp(-np.abs(rng.normal(0, 0.008, shape)))
    shares = rng.lognormal(16, 1, (1, n_symbols))
    values = {
        "open": np.round(open_ * 128) / 128,
        "high": np.ceil(high * 128) / 128,
        "low": np.floor(low * 128) / 128,
        "close": np.round(close * 128) / 128,
        "volume": np.round(rng.lognormal(12, 0.8, shape)),
        "vwap": low + (high - low) * rng.uniform(0.2, 0.8, shape),
        "cap": close * shares,
    }
    halted = rng.random(shape) < 0.01
    halted[60:75, 3] = True  # a long halt
    halted[:90, 5] = True  # listed late
    halted[350:, 7] = True  # delisted
    for frame in values.values():
        frame[halted] = np.nan
    values["vwap"][rng.random(shape) < 0.005] = np.nan  # a bar without a vwap
    sector = np.arange(n_symbols) % 3
    industry = sector + 3 * (np.arange(n_symbols) // 3 % 2)
    subindustry = industry + 6 * (np.arange(n_symbols) // 6 % 2)
    for name, codes in zip(GROUPS, (sector, industry, subindustry), strict=True):
        labels = np.repeat(codes[None, :].astype(float), n_days, axis=0)
        labels[200:, 4] = (labels[200:, 4] + 1) % 3  # a company changes its business
        labels[:30, 11] = np.nan  # and one is classified late
        values[name] = labels
    days = pd.DatetimeIndex(np.busday_offset("2010-01-04", np.arange(n_days)))
    symbols = [f"S{i:02d}" for i in range(n_symbols)]
    return Market({name: pd.DataFrame(frame, index=days, columns=symbols) for name, frame in values.items()})


class Reference:
    """Values of formulas over one market."""

    def __init__(self, market):
        self.market = market
        self._known = {}

    def series(self, formula, signals=None):
        """The values of a formula, days by symbols; `signals` are formulas by name."""
        return self._value(spelled_out(parse(formula), signals or {}))

    def step(self, node, values):
        """The value of one node from those of the nodes right below it, a frame each (windows are read from the node)."""
        return _finite(self._computed(node, values))

    def _value(self, node):
        if node not in self._known:
            self._known[node] = self.step(node, [self._value(part) for part in parts_of(node)])
        return self._known[node]

    def _computed(self, node, values):
        match node:
            case Number(value):
                return pd.DataFrame(value, index=self.market.days, columns=self.market.symbols)
            case Name(id):
                return self.market.frames[id]
            case Unary("-"):
                return -values[0]
            case Unary("not"):
                return 1 - values[0]
            case Binary(op):
                return BINARY[op](*values)
            case Call(function, (*_, window)) if function in TRAILING:
                return _by_instrument(TRAILING[function], int(window.value), *values[:-1])
            case Call(function) if function in CROSS_SECTION:
                has_bar = self.market.frames["close"].notna()
                return CROSS_SECTION[function](values[0].where(has_bar), *values[1:])
            case Call(function):
                return ELEMENTWISE[function](*values)


def spelled_out(node, signals):
    """The tree with every signal replaced by its formula."""
    match node:
        case Name(id) if id in signals:
            return spelled_out(parse(signals[id]), signals)
        case Unary(op, operand):
            return Unary(op, spelled_out(operand, signals))
        case Binary(op, left, right):
            return Binary(op, spelled_out(left, signals), spelled_out(right, signals))
        case Call(function, arguments):
            return Call(function, tuple(spelled_out(argument, signals) for argument in arguments))
    return node


def _finite(frame):
    return frame.where(np.isfinite(frame))


def _compared(comparison):
    def compared(x, y):
        return comparison(x, y).astype(float).where(x.notna() & y.notna())

    return compared


def _both(x, y):
    false = (x == 0) | (y == 0)
    return (x * y).mask(false, 0.0)


def _either(x, y):
    true = (x == 1) | (y == 1)
    return (x + y).mask(true, 1.0)


BINARY = {
    "+": lambda x, y: x + y,
    "-": lambda x, y: x - y,
    "*": lambda x, y: x * y,
    "/": lambda x, y: x / y,
    "<": _compared(lambda x, y: x < y),
    "<=": _compared(lambda x, y: x <= y),
    ">": _compared(lambda x, y: x > y),
    ">=": _compared(lambda x, y: x >= y),
    "==": _compared(lambda x, y: x == y),
    "!=": _compared(lambda x, y: x != y),
    "and": _both,
    "or": _either,
}


def _chosen(condition, x, y):
    return x.where(condition == 1, y).where(condition.notna())


def _quiet(function):
    def computed(*frames):
        with np.errstate(all="ignore"):
            return function(*frames)

    return computed


ELEMENTWISE = {
    "abs": np.abs,
    "sign": np.sign,
    "log": _quiet(np.log),
    "power": _quiet(np.power),
    "signed_power": _quiet(lambda x, y: np.sign(x) * np.abs(x) ** y),
    "min": lambda x, y: x.where(x <= y, y).where(x.notna()),
    "max": lambda x, y: x.where(x >= y, y).where(x.notna()),
    "if_else": _chosen,
}


def _ranked(x):
    return x.rank(axis=1, method="average")


def _neutralised(x, groups):
    """Each member less the mean of the members of its group on the day; who has no group has no value."""
    out = pd.DataFrame(np.nan, index=x.index, columns=x.columns)
    for label in np.unique(groups.to_numpy()[groups.notna()]):
        of_group = x.where(groups == label)
        out = out.fillna(of_group.sub(of_group.mean(axis=1), axis=0))
    return out


CROSS_SECTION = {
    "percentile": lambda x: _ranked(x).div(x.count(axis=1), axis=0),
    "scale": lambda x: x.div(x.abs().sum(axis=1), axis=0),
    "neutralise": _neutralised,
}


def _by_instrument(function, window, *frames):
    """`function` of arrays (windows, window) per instrument, over its days on which every frame is defined.

    The arithmetic is extended (64 bits of significand where the machine has them), so that what is equal in exact
    arithmetic nearly always comes out equal.
    """
    out = pd.DataFrame(np.nan, index=frames[0].index, columns=frames[0].columns)
    for symbol in out.columns:
        defined = pd.concat([frame[symbol] for frame in frames], axis=1).dropna()
        length = window + function.extra
        if len(defined) >= length:
            columns = [defined.iloc[:, place].to_numpy(np.longdouble) for place in range(len(frames))]
            windows = [sliding_window_view(column, length) for column in columns]
            with np.errstate(all="ignore"):
                values = np.asarray(function.of(*windows), dtype=float)
            out.loc[defined.index[length - 1 :], symbol] = values
    return out


@dataclass(frozen=True)
class Trailing:
    """`of` takes one array (windows, n + extra) per argument, the oldest value first, and gives a value per window."""

    of: object
    extra: int = 0


def _varies(x):
    return x.max(axis=1) > x.min(axis=1)


def _deviations(x):
    return x - x.mean(axis=1, keepdims=True)


def _std(x):
    return np.where(_varies(x), np.std(x, axis=1, ddof=1), 0.0)


def _covariance(x, y):
    return (_deviations(x) * _deviations(y)).sum(axis=1) / (x.shape[1] - 1)


def _correlation(x, y):
    dx, dy = _deviations(x), _deviations(y)
    pearson = (dx * dy).sum(axis=1) / np.sqrt((dx * dx).sum(axis=1) * (dy * dy).sum(axis=1))
    return np.where(_varies(x) & _varies(y), pearson, np.nan)


def _wma(x):
    weights = np.arange(1, x.shape[1] + 1, dtype=x.dtype)
    return (x * weights).sum(axis=1) / weights.sum()


def _ts_rank(x):
    latest = x[:, -1:]
    below, equal = (x < latest).sum(axis=1), (x == latest).sum(axis=1)
    return (below + (equal + 1) / 2) / x.shape[1]


TRAILING = {
    "lag": Trailing(lambda x: x[:, 0], extra=1),
    "delta": Trailing(lambda x: x[:, -1] - x[:, 0], extra=1),
    "pct_change": Trailing(lambda x: np.where(x[:, 0] > 0, x[:, -1] / x[:, 0] - 1, np.nan), extra=1),
    "sum": Trailing(lambda x: x.sum(axis=1)),
    "product": Trailing(lambda x: x.prod(axis=1)),
    "sma": Trailing(lambda x: x.mean(axis=1)),
    "wma": Trailing(_wma),
    "std": Trailing(_std),
    "highest": Trailing(lambda x: x.max(axis=1)),
    "lowest": Trailing(lambda x: x.min(axis=1)),
    "argmax": Trailing(lambda x: x.argmax(axis=1) + 1.0),
    "argmin": Trailing(lambda x: x.argmin(axis=1) + 1.0),
    "ts_rank": Trailing(_ts_rank),
    "correlation": Trailing(_correlation),
    "covariance": Trailing(_covariance),
}
