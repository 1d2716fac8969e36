"""WorldQuant's 101 formulaic alphas (Kakushadze 2016): the breadth of the functions, and their values against pandas."""

import json
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from apps.domain.engine import Evaluator
from apps.domain.engine.evaluate import Named
from apps.domain.language import Kind, check_formula, parse, print_formula
from tests.domain.language.alphas_reference import Reference
from tests.domain.market import bars

ALPHAS = json.loads(Path(__file__).with_name("alphas.json").read_text())
GROUPS = {"sector": 2, "industry": 3, "subindustry": 5}
KINDS = dict.fromkeys(("open", "high", "low", "close", "volume", "vwap", "cap"), Kind.SERIES) | dict.fromkeys(
    GROUPS, Kind.GROUP
)
N_SYMBOLS = 10
TIED = {13, 16, 31, 45, 76, 88, 97, 98}
"""Alphas that rank covariances or averages of ranks: these tie but for the last digit, and there two ways of adding part."""


@cache
def market():
    panel = bars(n_symbols=N_SYMBOLS, n_days=420, seed=21, gaps=0.01)
    rng = np.random.default_rng(5)
    vwap = (panel.high + panel.low + panel.close) / 3 * np.exp(rng.normal(0, 0.001, panel.close.shape))
    cap = panel.close * np.exp(rng.normal(18, 1, (N_SYMBOLS, 1)))
    arrays = {"vwap": vwap, "cap": cap}
    codes = {name: np.arange(N_SYMBOLS) % n for name, n in GROUPS.items()}
    return panel, arrays, codes


def frames():
    panel, arrays, codes = market()
    fields = {name: pd.DataFrame(panel.field(name).T) for name in panel.fields}
    fields |= {name: pd.DataFrame(values.T) for name, values in arrays.items()}
    return fields, codes


def test_all_101_are_there():
    assert [alpha["number"] for alpha in ALPHAS] == list(range(1, 102))


@pytest.mark.parametrize("alpha", ALPHAS, ids=lambda alpha: str(alpha["number"]))
def test_alpha_is_said_in_the_language(alpha):
    kinds = KINDS | {name: check_formula(text, names=KINDS) for name, text in alpha.get("signals", {}).items()}

    kind = check_formula(alpha["formula"], names=kinds)

    assert kind in {Kind.SERIES, Kind.CROSS_SECTION}
    assert parse(print_formula(parse(alpha["formula"]))) == parse(alpha["formula"])


@pytest.mark.parametrize("alpha", ALPHAS, ids=lambda alpha: str(alpha["number"]))
def test_alpha_equals_its_reference(alpha):
    panel, arrays, codes = market()
    groups = {name: np.broadcast_to(c[:, None].astype(float), panel.close.shape) for name, c in codes.items()}
    signals = alpha.get("signals", {})
    named = Named(arrays={**arrays, **{name: np.ascontiguousarray(g) for name, g in groups.items()}})

    ours = Evaluator(panel=panel, numbers={}, signals=signals, named=named).series(alpha["formula"])
    theirs = Reference(*frames(), signals).of(alpha["formula"]).to_numpy().T

    assert np.isfinite(ours).any()
    np.testing.assert_array_equal(np.isnan(ours), np.isnan(theirs))
    apart = ~np.isclose(ours, theirs, rtol=1e-6, atol=1e-9, equal_nan=True)
    assert apart.mean() <= (0.04 if alpha["number"] in TIED else 0.002)
