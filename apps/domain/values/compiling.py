"""How the loops of the core are compiled, in one place. Imported late: importing numba takes most of a second."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]
F = TypeVar("F", bound=Callable[..., Any])


def compiled(function: F) -> F:
    """Compile a loop once and keep it on disk.

    No fastmath, so that the same input gives the same bytes on every run; x / 0 is infinite or NaN, never an exception; the
    interpreter's lock is let go, so that independent loops run beside one another on threads.
    """
    return cast("F", numba.njit(cache=True, nogil=True, error_model="numpy")(function))
