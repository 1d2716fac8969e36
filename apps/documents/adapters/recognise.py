"""Text recognition of one page by tesseract, where it is installed. Runs in the child."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
from typing import Any

_DPI, _SECONDS, _LEAST_SURE = 300, 40, 30  # words that tesseract is less sure of than that (of 100) are noise
_DOUBTFUL = 0.7  # below it the page may lie upside down
_COLUMNS = 12


def is_installed() -> bool:
    """Whether there is a tesseract to call."""
    return shutil.which("tesseract") is not None


def recognise(page: Any) -> tuple[list[list[Any]], float] | None:
    """The words of a page that is a picture, and how sure tesseract is of them (0 to 1); None when it found none or failed.

    A page that lies upside down is read as well: tesseract turns a quarter by itself, never a half.
    """
    program = shutil.which("tesseract")
    if program is None:
        return None
    found = _asked(program, page.get_pixmap(dpi=_DPI, alpha=False).tobytes("png"))
    if found is not None and found[1] >= _DOUBTFUL:
        return found
    turned = _asked(program, _upside_down(page))
    if turned is None or (found is not None and found[1] >= turned[1]):
        return found
    width, height = page.rect.width, page.rect.height
    words = [
        [text, *(round(value, 1) for value in (width - x1, height - y1, width - x0, height - y0)), line]
        for text, x0, y0, x1, y1, line in turned[0]
    ]
    return words, turned[1]


def _upside_down(page: Any) -> bytes:
    from PIL import Image  # noqa: PLC0415 -- only for doubtful pages

    pixels = page.get_pixmap(dpi=_DPI, alpha=False)
    picture = Image.frombytes("RGB", (pixels.width, pixels.height), pixels.samples)
    out = io.BytesIO()
    picture.transpose(Image.Transpose.ROTATE_180).save(out, "PNG", compress_level=1)
    return out.getvalue()


def _asked(program: str, picture: bytes) -> tuple[list[list[Any]], float] | None:
    command = [program, "stdin", "stdout", "--dpi", str(_DPI), "tsv"]
    try:
        done = subprocess.run(  # noqa: S603 -- a fixed command; the picture comes through its input
            command,
            input=picture,
            capture_output=True,
            timeout=_SECONDS,
            check=True,
            env={**os.environ, "OMP_THREAD_LIMIT": "1"},
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return _words(done.stdout.decode("utf-8", "replace"))


def _words(table: str) -> tuple[list[list[Any]], float] | None:
    """Tesseract's table as words with their boxes in points."""
    words: list[list[Any]] = []
    sure: list[float] = []
    lines: dict[tuple[str, ...], int] = {}
    scale = 72 / _DPI
    for row in table.splitlines()[1:]:
        cells = row.split("\t", _COLUMNS - 1)
        if len(cells) < _COLUMNS or cells[0] != "5" or not cells[11].strip():
            continue
        try:
            left, top, width, height = (int(cell) * scale for cell in cells[6:10])
            certainty = float(cells[10])
        except ValueError:  # not a table of tesseract's
            return None
        if certainty < _LEAST_SURE:
            continue
        line = lines.setdefault(tuple(cells[2:5]), len(lines))
        box = (left, top, left + width, top + height)
        words.append([cells[11].strip(), *(round(value, 1) for value in box), line])
        sure.append(certainty / 100)
    return (words, round(sum(sure) / len(sure), 3)) if words else None
