"""A computation is stopped from another thread; what is not one is not."""

from __future__ import annotations

import threading
import time

import pytest

from apps.jobs.adapters import Interruption


class StopError(Exception):
    """What is raised in the thread."""


def later(seconds, do):
    timer = threading.Timer(seconds, do)
    timer.start()
    return timer


def spin(seconds):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        pass


def test_computation_is_stopped_in_its_midst():
    one, began = Interruption(), time.monotonic()
    timer = later(0.05, lambda: one.stop(StopError))

    with pytest.raises(StopError), one.open():
        spin(10)

    timer.join()
    assert time.monotonic() - began < 10  # the computation alone
    assert not one.is_open


def test_what_is_paused_is_not_stopped_and_what_follows_is():
    one, reached = Interruption(), []

    with pytest.raises(StopError), one.open():
        with one.paused():
            timer = later(0.02, lambda: one.stop(StopError))
            spin(0.1)
            timer.join()
            reached.append("end of the pause")
        spin(0.05)
        reached.append("after it")  # what was asked for in the pause is asked for again by the next look
        later(0.02, lambda: one.stop(StopError))
        spin(10)

    assert reached == ["end of the pause", "after it"]


def test_nothing_is_stopped_before_or_after():
    one = Interruption()
    one.stop(StopError)
    with one.open():
        pass
    one.stop(StopError)

    spin(0.05)

    assert not one.is_open


def test_import_is_not_stopped_half_way(tmp_path, monkeypatch):
    (tmp_path / "slow_to_import.py").write_text(
        "import time\nuntil = time.monotonic() + 0.3\nwhile time.monotonic() < until: pass\ndone = True\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    one = Interruption()
    timers = [later(at, lambda: one.stop(StopError)) for at in (0.1, 0.2, 0.5)]

    with pytest.raises(StopError), one.open():
        module = __import__("slow_to_import")
        spin(10)

    assert module.done
    for timer in timers:
        timer.join()


def test_process_is_as_quick_afterwards():
    def seconds():
        began = time.process_time()
        for n in range(100_000):
            abs(n)
        return time.process_time() - began

    before = min(seconds() for _ in range(5))
    one = Interruption()
    for _ in range(3):
        timer = later(0.02, lambda: one.stop(StopError))
        with pytest.raises(StopError), one.open():
            spin(10)
        timer.join()
    with one.open(), one.paused():
        pass

    assert min(seconds() for _ in range(5)) < 3 * before
