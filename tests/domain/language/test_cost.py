"""What a run costs, said before it is made."""

from apps.domain.language import cost_of, quick


def cost(enter, **given):
    return cost_of(quick("per_asset", enter=enter, **given), n_symbols=10, n_days=1000)


def test_cost_grows_with_instruments_and_days():
    draft = quick("per_asset", enter="close > sma(close, 20)")

    assert cost_of(draft, n_symbols=20, n_days=1000) == 2 * cost_of(draft, n_symbols=10, n_days=1000)
    assert cost_of(draft, n_symbols=10, n_days=3000) == 3 * cost_of(draft, n_symbols=10, n_days=1000)


def test_same_expression_costs_once():
    once = cost("close > sma(close, 20)")
    twice = cost("close > sma(close, 20) and volume > sma(close, 20)")

    assert twice - once < 10 * 1000 * 4


def test_function_that_looks_at_its_whole_window_costs_its_window():
    assert cost("ts_rank(close, long) > 0.5", long="5 years") > 10 * cost("sma(close, long) > 1", long="5 years")


def test_formula_that_cannot_be_read_costs_nothing():
    assert cost("close >") == cost("close > (")
