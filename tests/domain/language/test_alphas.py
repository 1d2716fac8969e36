"""The 101 formulaic alphas of Kakushadze (2016, arXiv 1601.00991) in our language, held to a second implementation.

`alphas.json` has them in the paper's order, read from its appendix and found equal, tree for tree, to the formulas quoted
in ta_cn 0.5.2. Windows that the paper prints with a fraction are floored and adv{d} is the average daily dollar volume over
d days, as its definitions say; public implementations often round the windows and average shares. `note` says where the
text leaves a choice and what was chosen.

Ties make a comparison from end to end treacherous: where two correlations are equal in exact arithmetic, one rounding
decides a rank. So every step of every alpha is compared on the engine's own arguments, where nothing is left to rounding,
and the whole only up to the few places that ties decide.
"""

import json
import re
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from apps.domain.engine.evaluate import Evaluator, Named
from apps.domain.language import FUNCTIONS, Kind, check_formula, names_of, parse, print_formula
from apps.domain.language.grammar import MAX_LENGTH, parts_of
from apps.domain.language.tree import Call, Name, Number
from apps.domain.values import Panel
from apps.domain.values.panel import FIELDS as BARS
from tests.domain.language.alphas_reference import (
    CROSS_SECTION,
    ELEMENTWISE,
    FIELDS,
    GROUPS,
    TRAILING,
    Reference,
    made_market,
    spelled_out,
)

ALPHAS = json.loads(Path(__file__).with_name("alphas.json").read_text())
KINDS = {**dict.fromkeys(FIELDS, Kind.SERIES), **dict.fromkeys(GROUPS, Kind.GROUP)}
RELATIVE = 1e-9
ROUNDING = 2e-12
"""What cancellation and the twelve decimals of a correlation may leave, where a value is near zero."""
AGREEING = {
    15: 0.9,  # the rank of a correlation of ranks over 3 days, which takes few values
    96: 0.8,  # the place of the highest of such correlations
    98: 0.9,  # the place of the lowest of correlations of ranks that hardly change
}
"""The share of places that must agree from end to end, where ties are many; elsewhere it is `MOSTLY`."""
MOSTLY = 0.98
LOGIC = (
    "vwap > close or close > open",
    "close > open or vwap > close",
    "vwap > close and close > open",
    "close > open and vwap > close",
    "not vwap > close",
    "vwap >= close and not close != open",
    "vwap <= close or close == open",
)

each_alpha = pytest.mark.parametrize("alpha", ALPHAS, ids=lambda alpha: f"alpha{alpha['number']:03d}")


@cache
def reference():
    return Reference(made_market())


@cache
def shared_cache():
    return {}


@cache
def panel():
    market = reference().market
    return Panel(
        days=market.days.to_numpy().astype("datetime64[D]"),
        symbols=tuple(market.symbols),
        **{name: array(name) for name in BARS},
    )


def array(name):
    return np.ascontiguousarray(reference().market.frames[name].to_numpy().T)


def engine_values(formula, signals=None):
    """What the engine makes of a formula, as a frame of days by symbols."""
    evaluator = Evaluator(
        panel=panel(),
        numbers={},
        signals=signals or {},
        named=Named(arrays={name: array(name) for name in (*FIELDS, *GROUPS) if name not in BARS}),
        cache=shared_cache(),
    )
    market = reference().market
    return pd.DataFrame(evaluator.series(formula).T, index=market.days, columns=market.symbols)


def agreeing(found, expected):
    """Where two frames are both undefined, or equal up to rounding."""
    size = expected.abs().max().max()
    near = np.isclose(found, expected, rtol=RELATIVE, atol=ROUNDING * max(size, 1.0), equal_nan=True)
    assert size < np.inf
    return near


@cache
def engine_step(node):
    return engine_values(print_formula(node))


@cache
def assert_each_step_agrees(node):
    """Compare a node with the reference on the engine's own values of the nodes below it, and so for those."""
    if isinstance(node, Number | Name):
        return
    parts = parts_of(node)
    for part in parts:
        assert_each_step_agrees(part)
    expected = reference().step(node, [engine_step(part) for part in parts])
    found = engine_step(node)
    wrong = ~agreeing(found, expected)
    assert not wrong.any(), f"{print_formula(node)}: {wrong.sum()} of {wrong.size} values differ"


def calls_of(node):
    inner = [call for part in parts_of(node) for call in calls_of(part)]
    return [node, *inner] if isinstance(node, Call) else inner


def test_alphas_are_numbered_from_1_to_101():
    assert [alpha["number"] for alpha in ALPHAS] == list(range(1, 102))


@each_alpha
def test_alpha_is_written_as_the_language_prints_it_within_its_length(alpha):
    assert all(re.fullmatch("[a-z][a-z0-9_]*", name) and name not in KINDS for name in alpha["signals"])
    for formula in (alpha["formula"], *alpha["signals"].values()):
        assert len(formula) <= MAX_LENGTH
        assert print_formula(parse(formula)) == formula


@each_alpha
def test_alpha_has_the_type_of_a_number_per_instrument(alpha):
    names = dict(KINDS)
    for name, formula in alpha["signals"].items():
        names[name] = check_formula(formula, names=names)
    assert check_formula(alpha["formula"], names=names) in {Kind.SERIES, Kind.CROSS_SECTION}


def test_reference_has_the_functions_of_the_alphas_and_no_more():
    trees = [spelled_out(parse(alpha["formula"]), alpha["signals"]) for alpha in ALPHAS]
    assert {call.function for tree in trees for call in calls_of(tree)} == {*TRAILING, *CROSS_SECTION, *ELEMENTWISE}
    assert {*TRAILING, *CROSS_SECTION, *ELEMENTWISE} <= set(FUNCTIONS)
    assert frozenset().union(*map(names_of, trees)) == {*FIELDS, *GROUPS}


@pytest.mark.parametrize(
    ("formula", "rolled"),
    [
        ("sum(close, 7)", lambda x, _: x.rolling(7).sum()),
        ("sma(close, 7)", lambda x, _: x.rolling(7).mean()),
        ("std(close, 7)", lambda x, _: x.rolling(7).std()),
        ("highest(close, 7)", lambda x, _: x.rolling(7).max()),
        ("lowest(close, 7)", lambda x, _: x.rolling(7).min()),
        ("product(close, 7)", lambda x, _: x.rolling(7).apply(np.prod)),
        ("ts_rank(close, 7)", lambda x, _: x.rolling(7).rank(pct=True)),
        ("argmax(close, 7)", lambda x, _: x.rolling(7).apply(lambda w: w.argmax() + 1, raw=True)),
        ("wma(close, 3)", lambda x, _: (3 * x + 2 * x.shift(1) + x.shift(2)) / 6),
        ("lag(close, 7)", lambda x, _: x.shift(7)),
        ("delta(close, 7)", lambda x, _: x.diff(7)),
        ("pct_change(close, 7)", lambda x, _: x.pct_change(7)),
        ("correlation(close, volume, 7)", lambda x, y: x.rolling(7).corr(y)),
        ("covariance(close, volume, 7)", lambda x, y: x.rolling(7).cov(y)),
    ],
)
def test_reference_agrees_with_pandas_on_the_days_with_a_bar(formula, rolled):
    frames = reference().market.frames
    expected = pd.DataFrame(
        {s: rolled(frames["close"][s].dropna(), frames["volume"][s].dropna()) for s in frames["close"].columns},
        index=reference().market.days,
    )
    pd.testing.assert_frame_equal(reference().series(formula), expected, rtol=1e-6, atol=1e-7)


@each_alpha
def test_each_step_of_an_alpha_agrees_with_the_reference(alpha):
    assert_each_step_agrees(spelled_out(parse(alpha["formula"]), alpha["signals"]))


@each_alpha
def test_alpha_agrees_with_the_reference_from_end_to_end(alpha):
    expected = reference().series(alpha["formula"], alpha["signals"])
    found = engine_values(alpha["formula"], alpha["signals"])
    defined = expected.notna().to_numpy()
    assert defined.mean() > 0.2, "the made-up market must define the alpha on many days"
    assert len(np.unique(expected.to_numpy()[defined])) > 1, "the made-up market must make the alpha vary"
    assert (found.notna().to_numpy() == defined).all()
    assert agreeing(found, expected)[defined].mean() >= AGREEING.get(alpha["number"], MOSTLY)


@pytest.mark.parametrize("formula", LOGIC)
def test_conditions_with_an_undefined_side_agree_with_the_reference(formula):
    assert_each_step_agrees(parse(formula))
    values = engine_values(formula)
    has_bar = panel().close.T > 0
    assert values.isna().to_numpy()[has_bar].any()
    assert values.notna().to_numpy().any()
