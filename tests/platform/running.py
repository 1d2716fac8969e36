"""The whole platform as processes, started the way `make run` starts it, and its API."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]


def wait_for(condition: Callable[[], Any], *, seconds: float, what: str) -> Any:
    """The first true value of `condition`; fails with `what` when it never comes."""
    give_up = time.monotonic() + seconds
    while True:
        try:
            if value := condition():
                return value
        except OSError:
            pass
        if time.monotonic() > give_up:
            pytest.fail(f"{what}: not within {seconds} s")
        time.sleep(0.1)


class Platform:
    """A running platform of its own, in a folder of its own."""

    def __init__(self, *, demo: bool) -> None:
        self.var = Path(tempfile.mkdtemp(prefix="fo-platform-"))
        self.var.chmod(0o755)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        keep = {
            k: v
            for k, v in os.environ.items()
            if k not in {"DJANGO_SETTINGS_MODULE", "DATABASE_URL", "VALKEY_URL", "STORAGE_URL"}
        }
        self.env = {
            **keep,
            "FO_VAR": str(self.var),
            "DEMO": str(demo).lower(),
            "DJANGO_SETTINGS_MODULE": "fo_platform.settings.embedded",
        }
        self.log = self.var / "supervisor.log"
        self.start()

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.supervisor = subprocess.Popen(
                [sys.executable, "-m", "fo_platform.embedded", "run", "--port", str(self.port)],
                cwd=ROOT,
                env=self.env,
                stdout=log,
                stderr=log,
            )
        wait_for(self._is_up, seconds=120, what=f"the platform starts ({self.log.read_text()})")

    def _is_up(self) -> bool:
        if self.supervisor.poll() is not None:
            pytest.fail(f"the platform ended while starting: {self.log.read_text()}")
        return "ready after" in self.log.read_text()

    def url(self, path: str) -> str:
        return f"http://localhost:{self.port}{path}"

    def status(self, path: str = "/health/ready") -> int:
        try:
            with urllib.request.urlopen(self.url(path), timeout=5) as response:
                return int(response.status)
        except urllib.error.HTTPError as error:
            return int(error.code)

    def is_ready(self) -> bool:
        return self.status() == 200

    def pid(self, name: str) -> int:
        return int((self.var / "pids" / name).read_text())

    def kill(self, name: str) -> int:
        pid = self.pid(name)
        os.kill(pid, signal.SIGKILL)
        return pid

    def processes(self) -> list[str]:
        """Command lines of every process that belongs to this platform."""
        found = []
        for folder in Path("/proc").iterdir():
            if not folder.name.isdigit() or int(folder.name) == os.getpid():
                continue
            try:
                environ = (folder / "environ").read_bytes()
                line = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            except OSError:
                continue
            if f"FO_VAR={self.var}".encode() in environ or str(self.var) in line:
                found.append(f"{folder.name} {line[:90]}")
        return found

    def manage(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.env,
            capture_output=True,
            text=True,
            check=False,
        )

    def stop(self) -> None:
        if self.supervisor.poll() is None:
            self.supervisor.send_signal(signal.SIGINT)
            self.supervisor.wait(timeout=40)

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self.var, ignore_errors=True)


class Api:
    """The REST API of a running platform, as Alice of the demo desk or somebody else of it."""

    def __init__(self, platform: Platform, email: str = "alice@meridian.example") -> None:
        self._platform = platform
        body = json.dumps({"email": email, "password": "research-desk-demo"}).encode()
        self._token = self.send("POST", "/tokens", body, "application/json")["token"]

    def send(self, method: str, path: str, body: bytes | None = None, content_type: str = "application/json") -> Any:
        headers = {"Content-Type": content_type}
        if hasattr(self, "_token"):
            headers["Authorization"] = f"Bearer {self._token}"
        request = urllib.request.Request(
            self._platform.url(f"/api/v1{path}"), data=body, method=method, headers=headers
        )
        with urllib.request.urlopen(request, timeout=20) as response:
            return json.loads(response.read())

    def get(self, path: str) -> Any:
        return self.send("GET", path)

    def post(self, path: str, content: Any = None) -> Any:
        return self.send("POST", path, json.dumps(content or {}).encode())

    def upload(self, name: str, content: bytes) -> Any:
        edge = "----fo-platform-test"
        head = f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\nContent-Type: application/octet-stream\r\n\r\n'
        return self.send(
            "POST",
            "/documents",
            head.encode() + content + f"\r\n--{edge}--\r\n".encode(),
            f"multipart/form-data; boundary={edge}",
        )
