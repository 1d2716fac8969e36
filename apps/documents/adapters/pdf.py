"""Read a file's pages in a child process under limits, and say in words what is wrong with it."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from apps.domain.errors import DomainError

READER_VERSION = 1
"""Raised when the same file gives other words, boxes or flags than before; 0 stands for what was read before versions were kept."""

_ROOT = Path(__file__).resolve().parents[3]


class UnreadableDocumentError(DomainError):
    """The file cannot be read; the message says why and what to do."""

    code = "unreadable"


class EncryptedDocumentError(UnreadableDocumentError):
    """The file needs a password."""

    code = "encrypted"


class DamagedDocumentError(UnreadableDocumentError):
    """The file is cut off or not what it says it is."""

    code = "damaged"


class TooManyPagesError(UnreadableDocumentError):
    """The file has more pages than are read."""

    code = "too_many_pages"


class NoTextError(UnreadableDocumentError):
    """The pages are pictures without text."""

    code = "no_text"


class EmptyDocumentError(UnreadableDocumentError):
    """The file opens, but there is no visible text in it."""

    code = "no_words"


class MacrosInDocumentError(UnreadableDocumentError):
    """The file carries programs."""

    code = "macros"


class TooHeavyError(UnreadableDocumentError):
    """Reading would take more memory or time than is allowed."""

    code = "too_heavy"


@dataclass(frozen=True, slots=True)
class Limits:
    """What reading one file may use."""

    max_pages: int
    max_bytes: int
    max_seconds: int


def read_file(
    path: Path, *, media_type: str, limits: Limits, images: Path | None = None, first_image: int = 1
) -> Iterator[dict[str, Any]]:
    """The child's messages, one by one: the number of pages, each page's words, "read", then the image of each page from `first_image` on.

    Raises a subclass of UnreadableDocumentError. Leaving the loop early ends the child.
    """
    command = [
        sys.executable, "-m", "apps.documents.adapters.pdf_child", str(path), media_type, str(limits.max_pages), str(limits.max_bytes),
        str(limits.max_seconds), str(images or ""), str(first_image),
    ]  # fmt: skip
    finished = False
    with _child(command, limits.max_seconds) as child:
        assert child.stdout is not None  # noqa: S101 -- asked for above
        for line in child.stdout:
            message = json.loads(line)
            if "error" in message:
                raise _error(message, limits)
            finished = finished or "read" in message
            yield message
        code = child.wait()
    if not finished or (code != 0 and images is None):
        raise _error({"error": "too_heavy"}, limits)


@contextmanager
def _child(command: list[str], seconds: int) -> Iterator[subprocess.Popen[str]]:
    child = subprocess.Popen(  # noqa: S603 -- our own module
        command,
        cwd=_ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        encoding="utf-8",
    )
    timer = threading.Timer(seconds, child.kill)
    timer.start()
    try:
        yield child
    finally:
        timer.cancel()
        child.kill()
        child.communicate()


def _error(message: dict[str, Any], limits: Limits) -> UnreadableDocumentError:
    match message["error"]:
        case "encrypted":
            return EncryptedDocumentError(
                "The file is protected by a password. Save a copy without one and upload that."
            )
        case "too_many_pages":
            return TooManyPagesError(
                f"The file has {message['n']:,} pages; at most {limits.max_pages:,} are read. "
                "Split off the part that describes the strategy.",
                n_pages=message["n"],
                max_pages=limits.max_pages,
            )
        case "no_text":
            return NoTextError(
                "The pages are pictures without text, as a scanner makes them. "
                "Run text recognition (OCR) first, then upload the result."
            )
        case "empty":
            return EmptyDocumentError("There is no visible text in this file. Check that it is the one you meant.")
        case "macros":
            return MacrosInDocumentError(
                "This Word file carries macros, and such files are not opened. Save it as .docx and upload that."
            )
        case "damaged":
            return DamagedDocumentError(
                "The file is damaged or cut off. Download it again from its source, or print it to a new PDF."
            )
        case _:
            return TooHeavyError(
                "Reading this file takes more memory or time than is allowed. Print it to a new PDF, or split off the part you need."
            )
