"""Keep a set of child processes running until we are told to stop."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from fo_platform.embedded import children
from fo_platform.embedded.layout import Layout, service_user

_FIRST_PAUSE, _LONGEST_PAUSE, _STEADY_AFTER = 0.2, 15.0, 30.0  # seconds


@dataclass(slots=True)
class Service:
    """One child: how to start it, how to end it, and how to know that it answers."""

    name: str
    command: Sequence[str]
    ready: Callable[[], None] | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    orphan_signal: signal.Signals = signal.SIGTERM
    patience: float = 8.0
    as_service_user: bool = False
    env: Mapping[str, str] | None = None
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)
    started_at: float = field(default=0.0, init=False)
    restart_at: float = field(default=0.0, init=False)
    pause: float = field(default=_FIRST_PAUSE, init=False)


class Supervisor:
    """Starts services in order, restarts what dies (waiting longer each time), stops them in reverse order."""

    def __init__(self, *, layout: Layout, cwd: Path, say: Callable[[str], None] = print) -> None:
        self._layout, self._cwd, self._say = layout, cwd, say
        self._services: list[Service] = []
        self._stopping = False

    def install_signals(self) -> None:
        """Make Ctrl-C and SIGTERM stop everything."""
        for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(sign, self._interrupted)

    def start(self, service: Service) -> None:
        """Start a service and wait until it answers."""
        self._services.append(service)
        self._launch(service)
        if service.ready:
            service.ready()

    def run(self) -> None:
        """Watch until interrupted, then stop everything."""
        while not self._stopping:
            self._restart_the_dead()
            time.sleep(0.1)
        self.stop()

    def stop(self) -> None:
        """Stop all services, last started first."""
        self._stopping = True
        for service in reversed(self._services):
            if service.process:
                children.stop(service.process, sign=service.stop_signal, patience=service.patience)

    def _launch(self, service: Service) -> None:
        service.process = children.start(
            service.command,
            on_parent_death=service.orphan_signal,
            log=self._layout.logs / f"{service.name}.log",
            user=service_user() if service.as_service_user else None,
            env=service.env,
            cwd=Path("/") if service.as_service_user else self._cwd,
        )
        service.started_at, service.restart_at = time.monotonic(), 0.0
        (self._layout.var / "pids").mkdir(exist_ok=True)
        (self._layout.var / "pids" / service.name).write_text(str(service.process.pid))

    def _restart_the_dead(self) -> None:
        now = time.monotonic()
        for service in self._services:
            if service.process is None or service.process.poll() is None:
                continue
            if not service.restart_at:
                if now - service.started_at > _STEADY_AFTER:
                    service.pause = _FIRST_PAUSE
                service.restart_at = now + service.pause
                service.pause = min(service.pause * 2, _LONGEST_PAUSE)
                self._say(f"{service.name} ended ({service.process.returncode}); starting it again")
            elif now >= service.restart_at:
                self._launch(service)

    def _interrupted(self, signum: int, frame: object) -> None:
        if self._stopping:
            return
        self._stopping = True
        if not self._services:
            sys.exit(130)
        raise _Interrupted


class _Interrupted(BaseException):
    """Breaks out of a wait during start-up; `main` turns it into an orderly stop."""


Interrupted = _Interrupted
