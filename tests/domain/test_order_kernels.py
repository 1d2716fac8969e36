"""The search for the smallest of many values, held to sorting."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from apps.domain.values._order_kernels import level_of, smallest

VALUES = st.lists(st.floats(-1e9, 1e9) | st.integers(-3, 3).map(float), min_size=1, max_size=60)


@given(values=VALUES, data=st.data())
def test_a_level_parts_the_smallest_from_the_rest(values, data):
    count = data.draw(st.integers(1, len(values)))
    x = np.array(values)

    level, exact = level_of(x, count)

    if exact:
        assert np.sum(x <= level) == count
    else:
        assert level == np.sort(x)[count - 1]
        assert np.sum(x <= level) > count


@given(values=VALUES, missing=st.integers(0, 5), count=st.integers(-1, 70))
def test_the_smallest_are_those_of_a_stable_sort(values, missing, count):
    x = np.array([*values, *[np.inf] * missing])
    marks = np.empty((1, len(x)), dtype=np.bool_)

    smallest(x[None, :], np.array([count]), marks)

    wanted = np.zeros(len(x), dtype=np.bool_)
    wanted[np.argsort(x, kind="stable")[: max(count, 0)]] = True
    assert marks[0].tolist() == (wanted & np.isfinite(x)).tolist()
