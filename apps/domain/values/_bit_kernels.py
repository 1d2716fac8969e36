"""Compiled search for the smallest and largest of many numbers, and sums, in loops that a processor does many at a time. Private,
and imported late.

The least and the most of floating-point numbers are looked for among their bits: as whole numbers these stand in the same order,
without the cases (NaN, two zeros) that keep such a loop from being done many at a time. Sums are kept in WIDTH parts that are
added up by halves, so that the order of the additions is stated here and not chosen by the processor: the same bytes everywhere.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from apps.domain.values.compiling import Array, compiled

WIDTH = 64
SIZE = np.int64(0x7FFFFFFFFFFFFFFF)
INFINITE = np.int64(0x7FF0000000000000)


@compiled
def sizes(x: Array) -> tuple[float, float]:
    """The smallest and the largest size (value without its sign): infinite and 0 when there is none; the largest is NaN when
    a value is."""
    bits = x.view(np.int64)
    least, most = INFINITE, np.int64(0)
    for k in range(len(bits)):
        size = bits[k] & SIZE
        least = min(least, size)
        most = max(most, size)
    return _floats(least, most)


@compiled
def extremes(x: Array) -> tuple[float, float]:
    """The smallest and the largest value; infinite and -infinite when there is none. No value is NaN."""
    bits = x.view(np.int64)
    least, most = INFINITE, INFINITE ^ np.int64(-1)
    for k in range(len(bits)):
        place = bits[k] ^ ((bits[k] >> 63) & SIZE)  # of negative numbers the larger size is the smaller
        least = min(least, place)
        most = max(most, place)
    return _floats(least ^ ((least >> 63) & SIZE), most ^ ((most >> 63) & SIZE))


@compiled
def _floats(least: Any, most: Any) -> tuple[Any, Any]:
    both = np.empty(2)
    bits = both.view(np.int64)
    bits[0] = least
    bits[1] = most
    return both[0], both[1]


@compiled
def folded(parts: Array) -> Any:
    """The sum of the WIDTH parts of a sum, by halves; the parts are used up."""
    half = len(parts) // 2
    while half > 0:
        for k in range(half):
            parts[k] += parts[k + half]
        half //= 2
    return parts[0]
