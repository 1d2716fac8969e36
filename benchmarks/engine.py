"""The engine beside hand-written loops and beside its peers, on the same arrays in one run. Read the ratios.

Run with `python -m benchmarks.engine [PYTHON]`, where PYTHON is the interpreter of an environment that holds
requirements/peers.txt (`make bench` makes one); without it the peers are left out. Times are warm medians from arrays in
memory to equity, orders, trades and all measures; peers run after us, never beside us.
"""

from __future__ import annotations

import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from apps.domain.engine import Evaluator, run, sweep
from apps.domain.engine.calendar import decision_mask
from apps.domain.metrics import _measure_kernels, measure
from apps.domain.metrics._measure import month_ends
from apps.domain.values import Panel
from benchmarks import bare_kernels as bare
from benchmarks import workloads

RATE = 0.0005
THREADS = 2
GOALS = {"W1": ("raptorbt", 1.0), "W2": ("raptorbt", 2.5), "W3": ("raptorbt", 10.0), "W4": ("vectorbt", 100.0),
         "W5": ("backtesting.py", 6.0)}  # fmt: skip
"""The peer of each workload, and how many times faster than it we want to be."""
SAME = 1e-9


@dataclass(frozen=True)
class Workload:
    """What is measured: ours, the hand-written loop with the same measures, the data, and how far (and why) the peer's final
    equity may lie from ours."""

    key: str
    title: str
    ours: Callable[[], float]
    loop: Callable[[], float]
    panel: Panel
    arrays: Mapping[str, np.ndarray]
    repeats: int
    apart: float = 1e-9
    why: str = ""


def _median_ms(call: Callable[[], object], n: int) -> float:
    call()
    taken = []
    for _ in range(n):
        begun = time.perf_counter()
        call()
        taken.append(1e3 * (time.perf_counter() - begun))
    return statistics.median(taken)


def _measured(equity: np.ndarray, panel: Panel) -> float:
    """All measures of a bare curve: what a hand-written loop would have to add."""
    out, none = np.empty(len(_measure_kernels.NAMES)), np.empty(0)
    ends, exposure = month_ends(panel.days), np.ones(equity.shape[-1])
    for curve in np.atleast_2d(equity):
        _measure_kernels.measures(curve, exposure, ends, np.empty((6, 0)), none, none, workloads.CAPITAL, out)
    return float(np.atleast_2d(equity)[:, -1].sum())


def _total(spec: object, panel: Panel, axes: Mapping[str, list[object]]) -> float:
    """The sum of the last equities of a sweep: every member has its curve, orders, trades and measures by then."""
    return sum(float(member.equity[-1]) for member in sweep(spec=spec, panel=panel, axes=axes, threads=THREADS))


def _judged(spec: object, panel: Panel) -> float:
    result = run(spec=spec, panel=panel)
    measure(result)
    return float(result.equity[-1])


def _workloads() -> list[Workload]:
    one, many, bars = workloads.one_name(), workloads.five_hundred_names(), workloads.minutes()
    crossing, momentum, reversal = workloads.crossing(), workloads.momentum(50), workloads.reversal()
    capital = workloads.CAPITAL
    decides = decision_mask(days=many.days, frequency="monthly", on="last")
    fasts, slows = (np.array(column) for column in zip(*workloads.PAIRS, strict=True))
    each = np.arange(len(many.symbols))
    same = np.zeros(len(fasts), dtype=np.int64)
    twenty, fifty = np.full(len(each), 20), np.full(len(each), 50)
    pairs = {"fast": sorted(set(fasts.tolist())), "slow": sorted(set(slows.tolist()))}
    fields = ("open", "high", "low", "close")
    return [
        Workload(
            "W1", "One name, 20 years daily, SMA 20/50, next open, 5 bps",
            lambda: _judged(crossing, one),
            lambda: _measured(bare.crossing(one.open[0], one.close[0], 20, 50, RATE, capital)[0], one),
            one, {}, 51,
        ),
        Workload(
            "W2", "The same over 500 names, each with its own capital",
            lambda: _total(crossing, many, {"symbols": [[symbol] for symbol in many.symbols]}),
            lambda: _measured(bare.crossings(many.open, many.close, each, twenty, fifty, RATE, capital)[0], many),
            many, {}, 5,
        ),
        Workload(
            "W3", "A sweep of 1 000 pairs of windows, full records of each",
            lambda: _total(crossing, one, pairs),
            lambda: _measured(bare.crossings(one.open, one.close, same, fasts, slows, RATE, capital)[0], one),
            one, {"pairs": np.array(workloads.PAIRS)}, 5,
        ),
        Workload(
            "W4", "Monthly top 50 of 500 by 12-1 return, shared cash",
            lambda: _judged(momentum, many),
            lambda: _measured(bare.rotation(many.open, many.close, decides, 252, 21, 50, 0.98, RATE, capital)[0], many),
            many, {"decides": decides}, 5, 2e-3, "it orders shares at the last close, we order money",
        ),
        Workload(
            "W5", "195 000 minute bars, RSI(14), stop 1 %, target 2 %, 1 bp",
            lambda: _judged(reversal, bars),
            lambda: _measured(
                bare.reversal(*(bars.field(name)[0] for name in fields), 14, 30.0, 70.0, 0.01, 0.02, 0.0001, capital)[0],
                bars,
            ),
            bars, {}, 7, 1e-5, "it trades with 0.9999999 of the cash",
        ),
    ]  # fmt: skip


def _peers(python: str | None, given: list[Workload]) -> dict[str, list[dict[str, object]]]:
    """What the peers take, by workload."""
    if python is None:
        return {}
    with tempfile.TemporaryDirectory() as folder:
        for workload in given:
            panel = workload.panel
            bounds = {
                "high": np.maximum(panel.open, panel.close) if panel.high is None else panel.high,
                "low": np.minimum(panel.open, panel.close) if panel.low is None else panel.low,
            }
            np.savez(
                Path(folder) / f"{workload.key}.npz", days=panel.days, open=panel.open, close=panel.close, **bounds,
                **workload.arrays,
            )  # fmt: skip
        done = subprocess.run(
            [python, "-m", "benchmarks.peers", folder], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
            check=True, timeout=1800,
        )  # fmt: skip
    found: dict[str, list[dict[str, object]]] = {}
    for line in done.stdout.splitlines():
        answer = json.loads(line)
        found.setdefault(str(answer["workload"]), []).append(answer)
    return found


def _memory(workload: Workload) -> float:
    """The most that a run holds beside its input, in sizes of the input."""
    tracemalloc.start()
    workload.ours()
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    panel = workload.panel
    return most / sum(panel.field(name).nbytes for name in panel.fields)


def _report(workload: Workload, peers: list[dict[str, object]]) -> bool:
    ours, loop = _median_ms(workload.ours, workload.repeats), _median_ms(workload.loop, workload.repeats)
    final = workload.ours()
    print(f"{workload.key}  {workload.title}")
    print(
        f"    {'this engine':<28}{ours:10.2f} ms            final {final:.6f}, memory {_memory(workload):.2f} x input"
    )
    print(f"    {'a hand-written loop':<28}{loop:10.2f} ms  ours {ours / loop:6.2f} x  final {workload.loop():.6f}")
    agree = math.isclose(final, workload.loop(), rel_tol=SAME)
    reached = ours <= 2.0 * loop
    wanted, times = GOALS[workload.key]
    for answer in peers:
        if "ms" not in answer:
            print(f"    {answer['peer']:<28}{answer.get('failed', 'not installed')}")
            continue
        taken, theirs = float(str(answer["ms"])), float(str(answer["final"]))
        print(f"    {answer['peer']:<28}{taken:10.2f} ms     {taken / ours:8.1f} x  final {theirs:.6f}")
        if answer["peer"] == wanted:
            agree &= math.isclose(final, theirs, rel_tol=workload.apart)
            if workload.why:
                print(f"    {'':<28}differs by its convention: {workload.why}")
            reached &= taken >= times * ours
            print(f"    {'':<28}wanted {times:g} x: {'reached' if taken >= times * ours else 'not reached'}")
    if not agree:
        print("    THE RESULTS DIFFER")
    return agree


FORMULAS: dict[str, Callable[[Panel], np.ndarray]] = {
    "close / sma(close, 200) - 1": lambda p: p.close / bare.mean(p.close, 200) - 1,
    "(close - sma(close, 20)) / std(close, 20)": lambda p: (p.close - bare.mean(p.close, 20)) / bare.deviation(p.close, 20),
    "trailing_return(close, 252, 21)": lambda p: np.concatenate(
        [np.full((len(p.close), 252), np.nan), p.close[:, 231:-21] / p.close[:, :-252] - 1], axis=1
    ),
    "sma(close, 20) > sma(close, 50) and close > open": lambda p: (
        (bare.mean(p.close, 20) > bare.mean(p.close, 50)) & (p.close > p.open)
    ),
}  # fmt: skip


def _formulas(panel: Panel) -> None:
    print(
        "Formulas over 500 names x 20 years, against hand-written NumPy and Numba (running sums that nothing looks after)"
    )
    for text, by_hand in FORMULAS.items():
        ours = _median_ms(lambda text=text: Evaluator(panel=panel, numbers={}, signals={}).series(text), 5)
        loop = _median_ms(lambda by_hand=by_hand: by_hand(panel), 5)
        print(f"    {text:<52}{ours:8.1f} ms  by hand {loop:8.1f} ms  {ours / loop:6.2f} x")


_COLD = """
import time
begun = time.perf_counter()
from benchmarks import workloads
from apps.domain.engine import run
panel = workloads.one_name()
run(spec=workloads.crossing(), panel=panel)
cold = time.perf_counter() - begun
begun = time.perf_counter()
run(spec=workloads.reversal(), panel=panel)
print(cold, time.perf_counter() - begun)
"""


def _start() -> None:
    kept = {**os.environ, "PYTHONDONTWRITEBYTECODE": ""}  # as on a user's machine: the first start keeps what it read
    answers = [
        subprocess.run([sys.executable, "-c", _COLD], stdout=subprocess.PIPE, text=True, check=True, env=kept).stdout
        for _ in range(4)
    ][1:]
    cold, warm = (statistics.median(column) for column in zip(*(map(float, a.split()) for a in answers), strict=True))
    print(f"Import and first run of a new process, kernels on disk: {cold:.2f} s (wanted: under 1.5 s)")
    print(f"First run of another strategy after it: {1e3 * warm:.1f} ms (wanted: under 50 ms)")


def main() -> int:
    """Print the tables; 1 when results differ."""
    python = sys.argv[1] if len(sys.argv) > 1 else None
    given = _workloads()
    for workload in given:
        workload.ours()  # compiled before anything is measured
    _start()
    peers = _peers(python, given)
    agreed = [_report(workload, peers.get(workload.key, [])) for workload in given]
    _formulas(given[1].panel)
    return 0 if all(agreed) else 1


if __name__ == "__main__":
    sys.exit(main())
