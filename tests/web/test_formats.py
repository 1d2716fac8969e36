"""Numbers, dates and sizes as people read them."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from apps.web.queries import formats

NBSP = "\u00a0"
AT = datetime(2026, 3, 31, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize("missing", [None, float("nan"), float("inf"), "", "abc", True, object()])
@pytest.mark.parametrize(
    "function", [formats.num, formats.count, formats.pct, formats.pp, formats.bps, formats.money, formats.signed]
)
def test_number_missing_shows_a_dash(function, missing):
    assert function(missing) == "\u2013"


@pytest.mark.parametrize(
    ("function", "arguments", "text"),
    [
        (formats.num, (1234.5,), "1,234.50"),
        (formats.num, (Decimal("-0.125"), 3), "\u22120.125"),
        (formats.num, (-0.001,), "0.00"),
        (formats.count, (8741,), "8,741"),
        (formats.signed, (0.5,), "+0.50"),
        (formats.signed, (0.001,), "0.00"),
        (formats.signed, (-3, 0), "\u22123"),
        (formats.pct, (0.123,), "12.3%"),
        (formats.pct, (-0.48, 0), "\u221248%"),
        (formats.pct, (-0.00001,), "0.0%"),
        (formats.signed_pct, (0.02,), "+2.0%"),
        (formats.pp, (-0.006,), f"\u22120.6{NBSP}pp"),
        (formats.pp, (0.012,), f"+1.2{NBSP}pp"),
        (formats.bps, (66,), f"66{NBSP}bps"),
        (formats.bps, (2.5,), f"2.5{NBSP}bps"),
        (formats.money, (1234567,), "$1,234,567"),
        (formats.money, (-12.4, "GBP", 2), "\u2212£12.40"),
        (formats.money, (-0.2,), "$0"),
        (formats.money, (12, "SEK"), f"SEK{NBSP}12"),
    ],
)
def test_number_finite_reads_as_text(function, arguments, text):
    assert function(*arguments) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (date(2025, 10, 31), "31 Oct 2025"),
        ("2025-01-02", "2 Jan 2025"),
        (AT, "31 Mar 2026"),
        ("soon", "\u2013"),
        (None, "\u2013"),
    ],
)
def test_day_any_kind_of_date_reads_alike(value, text):
    assert formats.day(value) == text


def test_moment_aware_names_its_zone():
    assert formats.moment(AT) == "31 Mar 2026, 12:00 UTC"
    assert formats.moment(AT, timezone(timedelta(hours=2), "CEST")) == "31 Mar 2026, 14:00 CEST"


def test_moment_naive_shows_a_dash():
    assert formats.moment(datetime(2026, 3, 31, 12, 0)) == "\u2013"  # noqa: DTZ001 -- the naive one is the case


@pytest.mark.parametrize(
    ("before", "text"),
    [
        (timedelta(seconds=3), "just now"),
        (timedelta(seconds=59), f"59{NBSP}seconds ago"),
        (timedelta(minutes=1), f"1{NBSP}minute ago"),
        (timedelta(hours=23, minutes=59), f"23{NBSP}hours ago"),
        (timedelta(days=2), f"2{NBSP}days ago"),
        (timedelta(days=31), "28 Feb 2026"),
    ],
)
def test_ago_past_moment_counts_in_the_largest_unit(before, text):
    assert formats.ago(AT - before, at=AT) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.42, f"0.4{NBSP}s"),
        (41, f"41{NBSP}s"),
        (80, f"1{NBSP}min 20{NBSP}s"),
        (timedelta(hours=2, minutes=5), f"2{NBSP}h 5{NBSP}min"),
        (-1, "\u2013"),
    ],
)
def test_duration_seconds_read_as_words(value, text):
    assert formats.duration(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1_400_000, "1.4 MB"),
        (999_900, "1.0 MB"),
        (24_000_000_000, "24 GB"),
        (None, "\u2013"),
    ],
)
def test_filesize_bytes_read_in_decimal_units(value, text):
    assert formats.filesize(value) == text.replace(" ", NBSP)


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.113, "fraction", "11.3%"),
        (0.7349, "number", "0.73"),
        (1204, "count", "1,204"),
        (700, "days", f"700{NBSP}days"),
        (None, "days", "\u2013"),
    ],
)
def test_metric_value_follows_its_unit(value, unit, text):
    assert formats.metric_value(value, unit) == text


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (12, "months", f"12{NBSP}months"),
        (1, "days", f"1{NBSP}day"),
        (0.2, "fraction", "20%"),
        (0.125, "fraction", "12.5%"),
        (10, "bps", f"10{NBSP}bps"),
        (0.5, "number", "0.5"),
        (100000, "currency", "100,000"),
        ("2005-12-31", "date", "31 Dec 2005"),
        ("next_open", "choice", "next open"),
        ("SPY", "symbol", "SPY"),
        ([], "symbols", "All instruments"),
        (["SPY", "EFA"], "symbols", "SPY, EFA"),
        (list("ABCDEFGH"), "symbols", "A, B, C, D, E, F and 2 more"),
        (True, "choice", "yes"),
        (None, "months", "\u2013"),
    ],
)
def test_param_value_every_unit_reads_as_typed(value, unit, text):
    assert formats.param_value(value, unit) == text


@pytest.mark.parametrize(("value", "css"), [(0.1, "gain"), (-0.1, "loss"), (0, ""), (None, "")])
def test_tone_signed_value_names_its_class(value, css):
    assert formats.tone(value) == css
