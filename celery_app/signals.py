"""What every worker process does: log like the web does, carry the correlation id, warm up, die with its parent."""

from __future__ import annotations

import fcntl
import os
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import structlog
from celery import current_app
from celery.signals import before_task_publish, setup_logging, task_postrun, task_prerun, worker_process_init
from django.conf import settings
from django.utils.module_loading import import_string

_HEADER = "correlation_id"
PATIENCE = 5.0
"""Seconds that a worker process waits for its turn to warm up."""


@setup_logging.connect
def _log_like_the_web(**kwargs: Any) -> None:
    import_string(settings.LOGGING_CONFIG)(settings.LOGGING)


@before_task_publish.connect
def _send_correlation_id(headers: dict[str, Any] | None = None, **kwargs: Any) -> None:
    bound = structlog.contextvars.get_contextvars().get(_HEADER)
    if headers is not None and bound:
        headers[_HEADER] = bound


@task_prerun.connect
def _bind_correlation_id(task: Any = None, **kwargs: Any) -> None:
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(
        **{_HEADER: getattr(task.request, _HEADER, None) or task.request.id, "task": task.name}
    )


@task_postrun.connect
def _forget(**kwargs: Any) -> None:
    structlog.contextvars.clear_contextvars()


@worker_process_init.connect
def _prepare_process(**kwargs: Any) -> None:
    """Pool processes must not outlive a killed worker, and the first backtest must not pay for compilation."""
    from fo_platform.embedded.children import die_with_parent  # noqa: PLC0415 -- only in pool processes

    die_with_parent(signal.SIGKILL)
    queues = current_app.amqp.queues.consume_from
    with _turn() as is_ours:
        for queue, warm_up in settings.WORKER_WARM_UP.items():
            if queue in queues and is_ours:
                import_string(warm_up)()


@contextmanager
def _turn() -> Iterator[bool]:
    """Processes of one machine take turns, for the first compiles and the others load what it left on disk. Who does not get
    a turn soon goes to work unprepared: on a new machine compiling takes half a minute, and documents should not wait."""
    with (Path(tempfile.gettempdir()) / f"fo-platform-warm-up-{os.getuid()}.lock").open("w") as lock:
        give_up = time.monotonic() + PATIENCE
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > give_up:
                    yield False
                    return
                time.sleep(0.1)
            else:
                yield True
                return
