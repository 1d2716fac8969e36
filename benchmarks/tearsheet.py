"""The page of a finished run under load, its weight, and its first paint. `python -m benchmarks.tearsheet`.

Starts a platform of its own, as `make run` does. Fifty people each open the same cached page, read it for a moment and open
it again; then the same without a pause, which says what the machine can do at most. The generator shares the machine.
"""

from __future__ import annotations

import os
import statistics
import sys
import threading
import time
import urllib.request
from pathlib import Path
from typing import Any

from tests.browser.conftest import ARGUMENTS, CHROMIUM, Visit
from tests.platform.running import Api, Platform, wait_for

N_USERS, SECONDS = 50, 20.0
PAUSE = 2.0  # seconds between the pages of one person
P95_BUDGET, WEIGHT_BUDGET, PAINT_BUDGET = 0.100, 150_000, 300.0
N_PAINTS = 7
_PAINT = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"  # written after the paint


def main() -> int:
    """Measure and print; 1 when a budget is missed."""
    running = Platform(demo=True)
    try:
        wait_for(running.is_ready, seconds=120, what="ready")
        api = Api(running)
        runs = api.get("/backtests")["items"]
        run = max((r for r in runs if r["status"] == "done"), key=lambda r: r["end_date"])
        visit_rows, cookie, weight = _in_the_browser(running, f"/backtests/{run['id']}/")
        address = f"http://localhost:{running.port}/backtests/{run['id']}/"
        paced, asked_paced = _load(address, cookie, pause=PAUSE)
        before = _cpu_of(running.pid("web"))
        flat, asked_flat = _load(address, cookie, pause=0.0)
        cpu = (_cpu_of(running.pid("web")) - before) / asked_flat
    finally:
        running.remove()
    rows = [
        _row(f"{N_USERS} people, a page each {PAUSE:g} s ({asked_paced / SECONDS:.0f} pages/s)", paced, P95_BUDGET),
        _row(f"{N_USERS} people without a pause ({asked_flat / SECONDS:.0f} pages/s)", flat, None),
        ("CPU of the web process for a page", f"{cpu * 1000:.1f} ms", "", "", True),
        *visit_rows,
        (
            "Weight of the page before charts, uncompressed",
            f"{weight / 1000:.0f} kB",
            "",
            "150 kB",
            weight <= WEIGHT_BUDGET,
        ),
    ]
    print("\n| Measurement | Median | 95th percentile | Budget | Kept |\n|---|---|---|---|---|")
    for name, median, p95, budget, kept in rows:
        print(f"| {name} | {median} | {p95} | {budget} | {'yes' if kept else 'NO'} |")
    return 0 if all(row[-1] for row in rows) else 1


def _in_the_browser(running: Platform, path: str) -> tuple[list[Any], str, int]:
    """First paints of the cached page, the session's cookie for the load, and the weight of the page."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=str(CHROMIUM), headless=True, args=ARGUMENTS)
        visit = Visit(chromium, f"http://localhost:{running.port}").sign_in()
        visit.open(path)
        paints = []
        for _ in range(N_PAINTS):
            visit.open(path)
            paints.append(wait_for(lambda: visit.page.evaluate(_PAINT), seconds=10, what="first contentful paint"))
        weight = visit.page.evaluate("performance.getEntriesByType('navigation')[0].decodedBodySize")
        cookie = "; ".join(f"{c['name']}={c['value']}" for c in visit.context.cookies())
        chromium.close()
    worst = statistics.quantiles(paints, n=20)[-1]
    row = (
        "First contentful paint, page cached by the server", f"{statistics.median(paints):.0f} ms", f"{worst:.0f} ms",
        f"{PAINT_BUDGET:.0f} ms", statistics.median(paints) <= PAINT_BUDGET,
    )  # fmt: skip
    return [row], cookie, weight


def _load(address: str, cookie: str, *, pause: float) -> tuple[list[float], int]:
    """How long each page took, in seconds, over the measured time, and how many there were."""
    seconds: list[float] = []
    lock, stop = threading.Lock(), time.perf_counter() + SECONDS

    def person(at: int) -> None:
        time.sleep(pause * at / N_USERS)
        while time.perf_counter() < stop:
            began = time.perf_counter()
            with urllib.request.urlopen(urllib.request.Request(address, headers={"Cookie": cookie})) as response:
                body = response.read()
            assert response.status == 200
            assert b"tile-sharpe_ratio" in body
            took = time.perf_counter() - began
            with lock:
                seconds.append(took)
            time.sleep(max(0.0, pause - took))

    people = [threading.Thread(target=person, args=(n,)) for n in range(N_USERS)]
    for one in people:
        one.start()
    for one in people:
        one.join()
    return seconds, len(seconds)


def _cpu_of(pid: int) -> float:
    """Seconds of processor time that a process and its threads have used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _row(name: str, seconds: list[float], budget: float | None) -> tuple[str, str, str, str, bool]:
    p95 = statistics.quantiles(seconds, n=20)[-1]
    shown = f"{budget * 1000:.0f} ms" if budget else ""
    kept = budget is None or p95 < budget
    return name, f"{statistics.median(seconds) * 1000:.0f} ms", f"{p95 * 1000:.0f} ms", shown, kept


if __name__ == "__main__":
    sys.exit(main())
