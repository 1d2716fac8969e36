"""Writes talib_values.json: what TA-Lib 0.8.2 answers on the bars of `bars()`. Run with an interpreter that has TA-Lib."""

import json
from pathlib import Path

import numpy as np


def bars():
    """Random bars with ties and a flat stretch."""
    rng = np.random.default_rng(11)
    close = np.round(100 + rng.normal(0, 1, 160).cumsum(), 1)
    close[60:75] = close[60]
    open_ = np.concatenate([[100.0], close[:-1]])
    high = np.round(np.maximum(open_, close) + np.abs(rng.normal(0, 0.5, 160)), 1)
    low = np.round(np.minimum(open_, close) - np.abs(rng.normal(0, 0.5, 160)), 1)
    high[62:74] = low[62:74] = close[62:74]
    return high, low, close, np.round(rng.lognormal(8, 0.4, 160))


def main():
    import talib

    high, low, close, volume = bars()
    upper, _, lower = talib.BBANDS(close, 20, 2, 2)
    fast_k, fast_d = talib.STOCHF(high, low, close, 14, 3)
    aroon_down, aroon_up = talib.AROON(high, low, 25)
    answers = {
        "rsi(close, 14)": talib.RSI(close, 14), "ema(close, 20)": talib.EMA(close, 20), "wma(close, 10)": talib.WMA(close, 10),
        "kama(close, 10)": talib.KAMA(close, 10), "atr(high, low, close, 14)": talib.ATR(high, low, close, 14),
        "true_range(high, low, close)": talib.TRANGE(high, low, close), "adx(high, low, close, 14)": talib.ADX(high, low, close, 14),
        "plus_di(high, low, close, 14)": talib.PLUS_DI(high, low, close, 14),
        "minus_di(high, low, close, 14)": talib.MINUS_DI(high, low, close, 14), "cci(high, low, close, 20)": talib.CCI(high, low, close, 20),
        "mfi(high, low, close, volume, 14)": talib.MFI(high, low, close, volume, 14), "stochastic_k(high, low, close, 14)": fast_k,
        "stochastic_d(high, low, close, 14, 3)": fast_d, "williams_r(high, low, close, 14)": talib.WILLR(high, low, close, 14),
        "bollinger_upper(close, 20, 2)": upper, "bollinger_lower(close, 20, 2)": lower, "aroon_up(high, 25)": aroon_up,
        "aroon_down(low, 25)": aroon_down, "obv(close, volume)": talib.OBV(close, volume) - volume[0],
        "parabolic_sar(high, low, 0.02, 0.2)": talib.SAR(high, low, 0.02, 0.2), "slope(close, 14)": talib.LINEARREG_SLOPE(close, 14),
        "std(close, 20)": talib.STDDEV(close, 20) * np.sqrt(20 / 19), "correlation(high, low, 20)": talib.CORREL(high, low, 20),
    }  # fmt: skip
    written = {name: [None if np.isnan(v) else float(v) for v in values] for name, values in answers.items()}
    Path(__file__).with_name("talib_values.json").write_text(json.dumps(written) + "\n")


if __name__ == "__main__":
    main()
