"""Kill each process with SIGKILL: the platform comes back, and nothing outlives it."""

from __future__ import annotations

import os
import signal

import pytest

from tests.platform.running import Platform, wait_for

pytestmark = [pytest.mark.platform, pytest.mark.timeout(240)]


@pytest.mark.parametrize("name", ["web", "worker", "worker-documents", "beat", "postgres", "valkey"])
def test_killed_process_is_started_again_and_the_platform_is_ready(platform, name):
    wait_for(platform.is_ready, seconds=40, what="ready before the kill")

    old = platform.kill(name)

    wait_for(lambda: platform.pid(name) != old, seconds=20, what=f"{name} is started again")
    wait_for(platform.is_ready, seconds=40, what=f"ready after {name} was killed")


def test_missing_service_is_named_by_the_readiness_check(platform):
    wait_for(platform.is_ready, seconds=40, what="ready")
    os.kill(platform.pid("valkey"), signal.SIGSTOP)
    try:
        wait_for(lambda: platform.status("/health/live") == 200, seconds=10, what="alive without Valkey")
    finally:
        os.kill(platform.pid("valkey"), signal.SIGCONT)
    wait_for(platform.is_ready, seconds=40, what="ready again")


def test_second_start_from_the_same_folder_is_refused(platform):
    import subprocess
    import sys

    from tests.platform.running import ROOT

    second = subprocess.run(
        [sys.executable, "-m", "fo_platform.embedded", "run", "--port", "0"],
        cwd=ROOT,
        env=platform.env,
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert second.returncode != 0
    assert "already running" in second.stderr


def test_killed_supervisor_leaves_no_orphan():
    platform = Platform(demo=False)
    try:
        platform.supervisor.kill()
        platform.supervisor.wait()

        wait_for(lambda: not platform.processes(), seconds=20, what=f"no orphans, but: {platform.processes()}")
    finally:
        platform.remove()


def test_interrupt_stops_everything_and_a_second_start_finds_its_data():
    platform = Platform(demo=False)
    try:
        platform.supervisor.send_signal(signal.SIGINT)
        assert platform.supervisor.wait(timeout=40) == 0
        assert platform.processes() == []

        platform.log.unlink()
        platform.start()

        assert platform.status("/health/live") == 200
    finally:
        platform.remove()
