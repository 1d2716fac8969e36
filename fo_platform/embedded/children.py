"""Child processes that never outlive us."""

from __future__ import annotations

import ctypes
import os
import pwd
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


def die_with_parent(sign: signal.Signals) -> None:
    """Ask the kernel to send `sign` to this process when its parent dies, however it dies."""
    _libc.prctl(_PR_SET_PDEATHSIG, int(sign), 0, 0, 0)


def start(
    command: Sequence[str],
    *,
    on_parent_death: signal.Signals,
    log: Path | None = None,
    user: pwd.struct_passwd | None = None,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> subprocess.Popen[bytes]:
    """Start a child in its own session (so that Ctrl-C reaches it only through us), bound to our life."""
    parent = os.getpid()

    def bind() -> None:
        die_with_parent(on_parent_death)
        if os.getppid() != parent:  # we died between fork and prctl
            os._exit(1)

    output = (log or Path(os.devnull)).open("ab")
    with output:
        return subprocess.Popen(  # noqa: S603 -- our own commands
            list(command),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=None if env is None else dict(env),
            cwd=cwd,
            start_new_session=True,
            preexec_fn=bind,  # noqa: PLW1509 -- started from the main thread, before any other thread
            user=user.pw_uid if user else None,
            group=user.pw_gid if user else None,
            extra_groups=[] if user else None,
        )


def stop(process: subprocess.Popen[bytes], *, sign: signal.Signals, patience: float) -> None:
    """Ask a child to end; end it after `patience` seconds."""
    if process.poll() is not None:
        return
    process.send_signal(sign)
    try:
        process.wait(timeout=patience)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
