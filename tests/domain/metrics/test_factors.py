"""The factor regression against statsmodels, against Newey and West's sum written as loops, and by hand."""

import numpy as np
import pytest

from apps.domain.metrics import FactorSeriesError, factor_regression


def series(seed=3, n=400):
    """Returns with autocorrelated errors on two correlated factors, one of them in basis points."""
    rng = np.random.default_rng(seed)
    market = rng.normal(0.0003, 0.01, n)
    value = 10_000 * (0.3 * market + rng.normal(0.0, 0.005, n))
    error = np.zeros(n)
    for t in range(1, n):
        error[t] = 0.4 * error[t - 1] + rng.normal(0.0, 0.004)
    return 0.0002 + 0.8 * market - 0.00002 * value + error, {"market": market, "value": value}


@pytest.mark.parametrize("lags", [None, 0, 1, 12])
@pytest.mark.parametrize("n", [30, 400, 1500])
def test_regression_equals_statsmodels(lags, n):
    sm = pytest.importorskip("statsmodels.api")
    returns, factors = series(n=n)

    found = factor_regression(returns, factors, lags=lags)

    used = int(4 * (n / 100) ** (2 / 9)) if lags is None else lags
    fit = sm.OLS(returns, sm.add_constant(np.column_stack(list(factors.values())))).fit(
        cov_type="HAC", cov_kwds={"maxlags": used}
    )
    assert (found.lags, found.n) == (used, n)
    np.testing.assert_allclose([found.alpha / 252, *found.betas.values()], fit.params, rtol=1e-8)
    np.testing.assert_allclose([found.alpha_t, *found.t_statistics.values()], fit.tvalues, rtol=1e-8)
    assert found.r_squared == pytest.approx(fit.rsquared, rel=1e-9)
    assert found.adjusted_r_squared == pytest.approx(fit.rsquared_adj, rel=1e-9)
    assert found.residual_volatility == pytest.approx(np.sqrt(fit.scale * 252), rel=1e-9)


def test_t_statistics_equal_newey_and_west_s_sum_written_as_loops():
    returns, factors = series(n=60)
    x = [[1.0, factors["market"][t], factors["value"][t]] for t in range(60)]
    inverse = np.linalg.inv(np.array(x).T @ np.array(x))
    slopes = inverse @ np.array(x).T @ returns
    residuals = [returns[t] - sum(b * v for b, v in zip(slopes, x[t], strict=True)) for t in range(60)]
    middle = np.zeros((3, 3))
    for t in range(60):
        for s in range(60):
            weight = max(0.0, 1.0 - abs(t - s) / 6.0)
            for i in range(3):
                for j in range(3):
                    middle[i, j] += weight * x[t][i] * residuals[t] * residuals[s] * x[s][j]

    found = factor_regression(returns, factors, lags=5)

    expected = slopes / np.sqrt(np.diag(inverse @ middle @ inverse))
    np.testing.assert_allclose([found.alpha_t, *found.t_statistics.values()], expected, rtol=1e-8)


def test_regression_on_the_returns_themselves_explains_all():
    returns, _ = series()

    found = factor_regression(returns, {"itself": 2.0 * returns})

    assert found.betas["itself"] == pytest.approx(0.5)
    assert found.alpha == pytest.approx(0.0, abs=1e-12)
    assert found.r_squared == pytest.approx(1.0)
    assert found.residual_volatility == pytest.approx(0.0, abs=1e-12)
    assert found.t_statistics["itself"] is None


def test_regression_leaves_out_days_on_which_something_is_unknown():
    returns, factors = series()
    holed = {**factors, "market": factors["market"].copy()}
    holed["market"][:7] = np.nan

    found = factor_regression(returns, holed)

    assert found == factor_regression(returns[7:], {name: values[7:] for name, values in factors.items()})
    assert found.n == len(returns) - 7


def test_regression_without_an_answer_is_none():
    returns, factors = series(n=40)

    assert factor_regression(returns[:3], {name: values[:3] for name, values in factors.items()}) is None
    assert factor_regression(returns, {"constant": np.ones(40)}) is None
    assert factor_regression(returns, {"one": factors["market"], "same": 3 * factors["market"]}) is None
    assert factor_regression(np.array([]), {"none": np.array([])}) is None


def test_regression_of_returns_that_do_not_vary_has_no_r_squared():
    _, factors = series(n=40)

    found = factor_regression(np.zeros(40), factors)

    assert (found.r_squared, found.adjusted_r_squared, found.alpha, found.alpha_t) == (None, None, 0.0, None)


@pytest.mark.parametrize(
    ("factors", "lags"), [({}, None), ({"short": np.zeros(3)}, None), ({"same": np.zeros(40)}, -1)]
)
def test_regression_on_what_does_not_fit_is_refused(factors, lags):
    with pytest.raises(FactorSeriesError):
        factor_regression(series(n=40)[0], factors, lags=lags)
