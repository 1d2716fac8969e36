"""Stop a computation from another thread, and only a computation: never a transaction or a file half-way."""

from __future__ import annotations

import ctypes
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Interruption:
    """One thread at a time opens it around work that may be stopped anywhere; another thread then stops it.

    The exception is raised at the next bytecode of the thread, so compiled loops end first. Inside `paused` nothing is
    raised, and what was on its way is taken back: the caller looks for itself whether to stop.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._thread: int | None = None
        self._is_sent = False

    @property
    def is_open(self) -> bool:
        """Whether something runs that may be stopped."""
        return self._thread is not None

    @contextmanager
    def open(self) -> Iterator[None]:
        """Let what is done inside be stopped."""
        self._set(threading.get_ident())
        try:
            yield
        finally:
            self._set(None)

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Inside `open`, let nothing be stopped for a while."""
        was = self._thread
        self._set(None)
        yield
        if was is not None:
            self._set(was)

    def stop(self, reason: type[BaseException], /) -> None:
        """Raise `reason`, made without arguments, in the thread that is inside; nothing when none is, or when it is in the
        midst of an import or a compilation, which would leave its process broken. Ask again a little later."""
        with self._lock:
            if self._thread is not None and not _is_delicate(self._thread):
                self._is_sent = True
                _raise_in(self._thread, reason)

    def _set(self, thread: int | None) -> None:
        with self._lock:
            self._thread = thread
            if thread is None and self._is_sent:
                self._is_sent = False
                _take_back()


def _is_delicate(thread: int) -> bool:
    frame = sys._current_frames().get(thread)
    while frame is not None:
        name = frame.f_code.co_filename
        if name.startswith("<frozen importlib") or "/numba/" in name:
            return True
        frame = frame.f_back
    return False


class _Withdrawn(BaseException):
    """Takes the place of what was on its way."""


def _take_back() -> None:
    """Receive what is on its way to this thread, as something harmless.

    Setting it to NULL would do the same and leave the interpreter's flag up, after which every call of the process is slow.
    """
    try:
        _raise_in(threading.get_ident(), _Withdrawn)
        for _ in range(100):
            pass  # the interpreter looks at each turn
    except _Withdrawn:
        pass


def _raise_in(thread: int, reason: type[BaseException]) -> None:
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(reason))
