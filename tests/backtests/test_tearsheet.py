"""The groups of a tear sheet."""

from apps.backtests.queries.tearsheet import _GROUPS, _TILES
from apps.domain.metrics import METRICS


def test_tear_sheet_shows_every_measure_once_and_no_other():
    shown = [key for _, keys in _GROUPS for key in keys]

    assert sorted(shown) == sorted(METRICS)
    assert set(_TILES) <= set(METRICS)
