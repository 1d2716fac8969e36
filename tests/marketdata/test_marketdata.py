"""Market data equal their source files, cannot be changed, and say what they are."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest
from django.db import ProgrammingError, transaction

from apps.marketdata import queries
from apps.marketdata.adapters.wheels import _folder
from apps.marketdata.models import DataSet, Instrument
from apps.marketdata.services import catalogue_from_sources, load_all, panel_from_source

pytestmark = pytest.mark.usefixtures("market_data")


def test_closes_equal_the_source_file_read_independently():
    frame = pd.read_csv(_folder("skfolio") / "datasets/data/sp500_dataset.csv.gz", index_col=0)

    panel = queries.panel(key="us-large-caps")

    assert panel.symbols == tuple(frame.columns)
    assert [str(panel.days[0]), str(panel.days[-1]), len(panel.days)] == ["1990-01-02", "2022-12-28", 8313]
    np.testing.assert_array_equal(panel.close, frame.to_numpy().T)
    assert panel.open is None


def test_index_of_two_sources_agrees():
    """arch and skfolio carry the same index from different files."""
    bars, closes = queries.panel(key="sp500"), queries.panel(key="sp500-close")

    common, left, right = np.intersect1d(bars.days, closes.days, return_indices=True)

    assert len(common) > 5000
    np.testing.assert_allclose(bars.close[0][left], closes.close[0][right], rtol=1e-5)


def test_split_leaves_no_jump_in_adjusted_prices():
    panel = queries.panel(key="us-five", symbols=["AAPL"])
    change = panel.close[0][1:] / panel.close[0][:-1] - 1

    on = {str(day): float(c) for day, c in zip(panel.days[1:], change, strict=True)}

    assert abs(on["2000-06-21"]) < 0.1
    assert abs(on["2005-02-28"]) < 0.1
    assert on["2000-09-29"] == pytest.approx(-0.519, abs=0.001)  # the real crash


def test_adjusted_bars_keep_their_order():
    panel = queries.panel(key="us-five")
    assert panel.high is not None
    assert panel.low is not None

    known = ~np.isnan(panel.close)

    assert np.all(panel.high[known] >= panel.low[known])


def test_instrument_that_begins_later_is_missing_before():
    panel = queries.panel(key="us-five", symbols=["FB"])

    assert np.isnan(panel.close[0][0])
    assert panel.days[np.flatnonzero(~np.isnan(panel.close[0]))[0]] == np.datetime64("2012-05-18")


def test_symbols_come_in_the_order_asked_for():
    assert queries.panel(key="us-large-caps", symbols=["XOM", "AAPL"]).symbols == ("XOM", "AAPL")


def test_catalogue_says_what_every_data_set_is():
    catalogue = {info.key: info for info in queries.catalogue()}

    assert sorted(catalogue) == ["factor-funds", "nasdaq", "sp500", "sp500-close", "us-five", "us-large-caps"]
    assert catalogue["sp500"].first_day == date(1999, 1, 4)
    assert [
        i for i in catalogue.values() if not (i.source and i.licence and i.adjustment and len(i.snapshot_hash) == 64)
    ] == []


def test_series_are_data_sets_too_with_their_unit():
    factors = queries.data_set(key="fama-french")

    assert (factors.kind, factors.unit, factors.symbols[0]) == ("series", "percent a month", "MKT-RF")
    assert queries.panel(key="fama-french").days[0] == np.datetime64("1926-07-31")


def test_unknown_data_set_and_symbol_name_what_there_is():
    with pytest.raises(queries.DataSetNotFoundError, match="us-large-caps"):
        queries.panel(key="nope")
    with pytest.raises(queries.UnknownSymbolError, match="has no TSLA"):
        queries.panel(key="us-large-caps", symbols=["TSLA"])


def test_application_cannot_write():
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        DataSet.objects.update(title="x")
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        Instrument.objects.all()._raw_delete("default")


@pytest.mark.django_db(databases=["default", "owner"])
def test_loading_again_adds_nothing(now):
    before = DataSet.objects.count()

    assert load_all(at=now) == 0
    assert DataSet.objects.count() == before


def test_panel_straight_from_its_source_is_the_stored_one():
    panel, info = panel_from_source(key="sp500")

    assert info.snapshot_hash == queries.data_set(key="sp500").snapshot_hash
    np.testing.assert_array_equal(panel.close, queries.panel(key="sp500").close)
    assert {i.key for i in catalogue_from_sources()} == {i.key for i in queries.catalogue()}


def test_cached_panel_is_shared_and_read_only():
    panel = queries.panel(key="sp500")

    assert queries.panel(key="sp500") is panel
    with pytest.raises(ValueError, match="read-only"):
        panel.close[0, 0] = 1


def test_observations_name_the_largest_move():
    assert "AAPL moved −51.9% on 2000-09-29, its largest one-day move." in queries.observations(key="us-five")


def test_pages_and_endpoints_show_data_sets(desk, alice, client_of):
    client = client_of(alice)

    assert client.get("/market-data/").status_code == 200
    assert "AAPL" in client.get("/market-data/us-five/").content.decode()
    assert client.get("/market-data/nope/").status_code == 404
    assert len(client.get("/api/v1/datasets").json()["items"]) == 10
    bars = client.get("/api/v1/datasets/sp500/bars?symbol=SPX&start=2008-01-01&limit=2").json()["items"]
    assert [bar["day"] for bar in bars] == ["2008-01-02", "2008-01-03"]
    assert client.get("/api/v1/datasets/sp500/bars?symbol=TSLA").status_code == 422
