"""The least, the most and the sums that loops over many numbers at a time find, held to NumPy and to exact sums."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.domain.values._bit_kernels import WIDTH, extremes, folded, sizes

numbers = st.lists(st.floats(allow_nan=False, allow_infinity=True), min_size=1, max_size=300)


@given(values=numbers)
def test_extremes_are_the_smallest_and_the_largest(values):
    assert extremes(np.array(values)) == (min(values), max(values))


@given(values=numbers)
def test_sizes_are_those_without_the_sign(values):
    assert sizes(np.array(values)) == (min(abs(v) for v in values), max(abs(v) for v in values))


@given(values=numbers, at=st.integers(min_value=0, max_value=300), negative=st.booleans())
def test_largest_size_is_undefined_where_a_value_is(values, at, negative):
    array = np.array(values)
    array[at % len(array)] = -np.nan if negative else np.nan

    assert math.isnan(sizes(array)[1])


def test_of_nothing_there_is_no_extreme():
    assert extremes(np.empty(0)) == (math.inf, -math.inf)
    assert sizes(np.empty(0)) == (math.inf, 0.0)


@pytest.mark.parametrize("seed", range(20))
def test_sum_by_halves_is_as_near_as_pairwise_sums_are(seed):
    values = np.random.default_rng(seed).normal(size=WIDTH) * 10.0 ** np.random.default_rng(seed + 1).integers(
        -8, 8, WIDTH
    )
    exact = math.fsum(values)

    assert folded(values.copy()) == pytest.approx(exact, abs=6 * 2.0**-52 * float(np.abs(values).sum()))
