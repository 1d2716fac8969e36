"""The formulas of alphas.json in pandas, slow and obvious: written from what each function means, not from how it is done."""

from __future__ import annotations

import numpy as np
import pandas as pd

from apps.domain.language import parse
from apps.domain.language.tree import Binary, Call, Name, Number, Unary


def rolled(function, *frames):
    """Apply `function` to the days of each instrument on which all frames are defined."""
    out = pd.DataFrame(np.nan, index=frames[0].index, columns=frames[0].columns)
    for symbol in out.columns:
        known = pd.concat([frame[symbol] for frame in frames], axis=1).dropna()
        if len(known):
            out.loc[known.index, symbol] = function(*(known.iloc[:, at] for at in range(len(frames))))
    return out


def windowed(n, function):
    return lambda x: x.rolling(n).apply(function, raw=True)


def varying(x, n):
    return x.rolling(n).max() != x.rolling(n).min()


class Reference:
    def __init__(self, fields, groups, signals):
        self.fields, self.groups, self.signals = fields, groups, signals
        self.index, self.columns = fields["close"].index, fields["close"].columns

    def of(self, formula):
        value = self.value(parse(formula))
        return value.where(np.isfinite(value.astype(float)))

    def constant(self, number):
        return pd.DataFrame(number, index=self.index, columns=self.columns, dtype=float)

    def value(self, node):
        match node:
            case Number(value):
                return self.constant(value)
            case Name(name):
                return self.fields[name] if name in self.fields else self.of(self.signals[name])
            case Unary("-", operand):
                return -self.value(operand)
            case Binary(op, left, right):
                return self.binary(op, self.value(left), self.value(right))
            case Call(function, arguments):
                return self.call(function, arguments)
        raise NotImplementedError(node)

    @staticmethod
    def binary(op, a, b):
        if op == "or":
            both = (a == 1) | (b == 1)
            return both.astype(float).where(both | (a.notna() & b.notna()))
        known = a.notna() & b.notna()
        with np.errstate(all="ignore"):
            result = {
                "+": a + b, "-": a - b, "*": a * b, "/": a / b, "<": a < b, ">": a > b, "<=": a <= b, ">=": a >= b, "==": a == b,
            }[op].astype(float)  # fmt: skip
        return result.where(known & np.isfinite(result))

    def call(self, function, arguments):  # noqa: C901, PLR0911, PLR0912 -- one line a function
        if function == "neutralise":
            x, group = self.value(arguments[0]), self.groups[arguments[1].id]
            return x - x.T.groupby(group).transform("mean").T
        last = arguments[-1]
        n = int(last.value) if isinstance(last, Number) else None
        given = [self.value(argument) for argument in arguments]
        x = given[0]
        y = given[1] if len(given) > 1 else None
        with np.errstate(all="ignore"):
            match function:
                case "percentile":
                    return x.rank(axis=1, pct=True)
                case "scale":
                    return x.div(x.abs().sum(axis=1).replace(0, np.nan), axis=0)
                case "abs" | "sign" | "log":
                    result = getattr(np, function)(x.where(x > 0) if function == "log" else x)
                    return result.where(np.isfinite(result))
                case "power":
                    return self.finite(np.power(x, y))
                case "signed_power":
                    return self.finite(np.sign(x) * np.power(x.abs(), y))
                case "if_else":
                    chosen = given[1].where(x == 1, given[2])
                    return chosen.where(x.notna())
                case "min":
                    return x.where(x <= y, y).where(x.notna() & y.notna())
                case "max":
                    return x.where(x >= y, y).where(x.notna() & y.notna())
                case "lag":
                    return rolled(lambda s: s.shift(n), x)
                case "delta":
                    return rolled(lambda s: s.diff(n), x)
                case "pct_change":
                    return rolled(lambda s: s / s.shift(n).where(s.shift(n) > 0) - 1, x)
                case "sum":
                    return rolled(lambda s: s.rolling(n).sum(), x)
                case "sma":
                    return rolled(lambda s: s.rolling(n).mean(), x)
                case "std":
                    return rolled(lambda s: s.rolling(n).std().where(varying(s, n) | s.rolling(n).sum().isna(), 0.0), x)
                case "highest":
                    return rolled(lambda s: s.rolling(n).max(), x)
                case "lowest":
                    return rolled(lambda s: s.rolling(n).min(), x)
                case "argmax":
                    return rolled(windowed(n, lambda w: w.argmax() + 1.0), x)
                case "argmin":
                    return rolled(windowed(n, lambda w: w.argmin() + 1.0), x)
                case "product":
                    return rolled(windowed(n, np.prod), x)
                case "wma":
                    return rolled(windowed(n, lambda w: np.average(w, weights=np.arange(1, n + 1))), x)
                case "ts_rank":
                    return rolled(lambda s: s.rolling(n).rank(pct=True), x)
                case "covariance":
                    return rolled(lambda s, t: s.rolling(n).cov(t), x, y)
                case "correlation":
                    return rolled(lambda s, t: exact_correlation(s, t, n), x, y)
        raise NotImplementedError(function)

    @staticmethod
    def finite(x):
        return x.where(np.isfinite(x))


def exact_correlation(s, t, n):
    """Each window by itself, so that no running sum decides whether it varies."""
    a, b = s.to_numpy(), t.to_numpy()
    out = np.full(len(a), np.nan)
    for end in range(n, len(a) + 1):
        u, v = a[end - n : end], b[end - n : end]
        if u.min() < u.max() and v.min() < v.max():
            du, dv = u - u.mean(), v - v.mean()
            out[end - 1] = round((du @ dv) / np.sqrt((du @ du) * (dv @ dv)), 12)
    return pd.Series(out, index=s.index)
