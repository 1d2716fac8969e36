"""Arithmetic, comparisons and logic of formulas, element by element. Private, and imported late.

What is not finite is undefined, in the same pass as the operation.

Truth is 1, falsehood 0, undefined NaN. A comparison with something undefined is undefined; "and" is false where either side
is, "or" true where either side is, whatever the other.
"""

# ruff: noqa: PLR0124 -- x != x asks whether x is NaN
from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

F = TypeVar("F", bound=Callable[..., float])


def _elementwise(function: F) -> F:
    vectorize: Any = numba.vectorize
    return cast("F", vectorize(cache=True)(function))


@_elementwise
def plus(a: float, b: float) -> float:
    """a + b."""
    made = a + b
    return made if abs(made) < math.inf else math.nan


@_elementwise
def minus(a: float, b: float) -> float:
    """a - b."""
    made = a - b
    return made if abs(made) < math.inf else math.nan


@_elementwise
def times(a: float, b: float) -> float:
    """a * b."""
    made = a * b
    return made if abs(made) < math.inf else math.nan


@_elementwise
def over(a: float, b: float) -> float:
    """a / b."""
    made = a / b
    return made if abs(made) < math.inf else math.nan


@_elementwise
def greater(a: float, b: float) -> float:
    """a > b."""
    return math.nan if a != a or b != b else 1.0 if a > b else 0.0


@_elementwise
def greater_equal(a: float, b: float) -> float:
    """a >= b."""
    return math.nan if a != a or b != b else 1.0 if a >= b else 0.0


@_elementwise
def equal(a: float, b: float) -> float:
    """a == b."""
    return math.nan if a != a or b != b else 1.0 if a == b else 0.0


@_elementwise
def both(a: float, b: float) -> float:
    """a and b, each true when it is not zero."""
    if a == 0.0 or b == 0.0:
        return 0.0
    return math.nan if a != a or b != b else 1.0


@_elementwise
def either(a: float, b: float) -> float:
    """a or b, each true when it is not zero."""
    if (a != 0.0 and a == a) or (b != 0.0 and b == b):
        return 1.0
    return math.nan if a != a or b != b else 0.0


@_elementwise
def inverse(a: float) -> float:
    """not a."""
    return math.nan if a != a else 1.0 if a == 0.0 else 0.0
