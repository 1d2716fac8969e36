"""Compiled loop of the state of each instrument. Private, and imported late: importing numba takes most of a second."""

from __future__ import annotations

from apps.domain.values.compiling import Array, compiled


@compiled
def moved(state: int, enter: float, leave: float, has_leave: bool, enter_short: float, leave_short: float,
          has_leave_short: bool) -> int:  # fmt: skip
    """The state after one close: 1 long, -1 short, 0 out. Conditions are 1, 0 or NaN; undefined moves nothing."""
    stop_long = leave == 1.0 if has_leave else enter == 0.0
    stop_short = leave_short == 1.0 if has_leave_short else enter_short == 0.0
    if (state == 1 and stop_long) or (state == -1 and stop_short):
        state = 0
    if state == 0:
        to_long = enter == 1.0 and not stop_long
        to_short = enter_short == 1.0 and not stop_short
        if to_long != to_short:  # both at once contradict each other: neither
            state = 1 if to_long else -1
    return state


@compiled
def states(enter: Array, leave: Array, has_leave: bool, enter_short: Array, leave_short: Array, has_leave_short: bool,
           bar: Array, out: Array) -> None:  # fmt: skip
    """The state of each instrument at the close of each day; it moves only on days with a bar."""
    for s in range(bar.shape[0]):
        state = 0
        for t in range(bar.shape[1]):
            if bar[s, t]:
                state = moved(
                    state, enter[s, t], leave[s, t], has_leave, enter_short[s, t], leave_short[s, t], has_leave_short
                )
            out[s, t] = state
