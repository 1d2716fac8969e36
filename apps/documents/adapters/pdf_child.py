"""Read one file with PyMuPDF, in a process of its own that may be killed.

`python -m apps.documents.adapters.pdf_child FILE MEDIA_TYPE MAX_PAGES MAX_BYTES MAX_SECONDS IMAGE_FOLDER FIRST_IMAGE` prints one JSON
object a line: {"pages": n}, then {"page": …, "words": …} for each page, {"read": true}, then {"image": …} for each page, or
{"error": …}.
The only module that imports PyMuPDF (AGPL).
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from apps.documents.adapters import pdf_flags
from apps.domain.evidence.order import reading_order
from apps.domain.evidence.words import Word

_DPI = 110
_LINES_PER_BLOCK = 1000
_SECONDS_OF_RECOGNITION = 60  # of one document; pages after that stay pictures, and say so
_DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_PROSE = frozenset({"text/markdown", "text/html", _DOCX})


@dataclass(frozen=True, slots=True)
class _Folder:
    """Where images go, from page `first` on."""

    path: Path
    first: int


def main() -> int:
    """Read the file that the arguments name."""
    file, media_type, max_pages, max_bytes, max_seconds, images, first_image = sys.argv[1:]
    _limit(int(max_bytes), int(max_seconds))
    try:
        folder = _Folder(Path(images), int(first_image)) if images else None
        for message in _read(Path(file), media_type, int(max_pages), folder):
            sys.stdout.write(json.dumps(message, ensure_ascii=False, separators=(",", ":")) + "\n")
            sys.stdout.flush()
    except MemoryError:
        sys.stdout.write('{"error":"too_heavy"}\n')
        return 1
    return 0


def _limit(max_bytes: int, max_seconds: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (max_bytes, max_bytes))
    resource.setrlimit(resource.RLIMIT_CPU, (max_seconds, max_seconds + 5))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _read(file: Path, media_type: str, max_pages: int, images: _Folder | None) -> Iterator[dict[str, Any]]:
    import pymupdf  # noqa: PLC0415 -- after the limits are set

    pymupdf.TOOLS.mupdf_display_errors(False)
    pymupdf.TOOLS.mupdf_display_warnings(False)
    if media_type in _PROSE:
        yield from _read_prose(file, media_type, max_pages, images)
        return
    try:
        document = pymupdf.open(file, filetype="pdf" if media_type == "application/pdf" else "txt")
    except (pymupdf.FileDataError, pymupdf.EmptyFileError, RuntimeError):
        yield {"error": "damaged"}
        return
    if document.needs_pass:
        yield {"error": "encrypted"}
        return
    fields = document.metadata or {}
    told = {"title": fields.get("title"), "authors": fields.get("author"), "subject": fields.get("subject")}
    yield from _pages(document, told, max_pages, images)


def _read_prose(file: Path, media_type: str, max_pages: int, images: _Folder | None) -> Iterator[dict[str, Any]]:
    """Files without pages of their own: their text is laid out on A4."""
    import zipfile  # noqa: PLC0415 -- only for these files

    import pymupdf  # noqa: PLC0415 -- after the limits are set

    from apps.documents.adapters import markup, office  # noqa: PLC0415 -- only for these files

    try:
        if media_type == _DOCX:
            prose = office.docx_prose(file)
        else:
            text = file.read_text("utf-8-sig", errors="replace")
            prose = (markup.html_prose if media_type == "text/html" else markup.markdown_prose)(text)
    except (office.BombError, markup.TooDeepError):
        yield {"error": "too_heavy"}
        return
    except office.MacrosError:
        yield {"error": "macros"}
        return
    except (zipfile.BadZipFile, KeyError, ValueError, OSError, SyntaxError, AttributeError, NotImplementedError):
        yield {"error": "damaged"}  # lxml's errors of syntax are SyntaxErrors; python-docx misses parts by name
        return
    if not prose.blocks:
        yield {"error": "empty"}
        return
    document = pymupdf.open(stream=markup.page_of(prose), filetype="html")
    document.layout(rect=pymupdf.Rect(0, 0, 595, 842), fontsize=10.5)
    yield from _pages(document, {"title": prose.title}, max_pages, images)


def _pages(document: Any, told: dict[str, Any], max_pages: int, images: _Folder | None) -> Iterator[dict[str, Any]]:
    n_pages = document.page_count
    if n_pages == 0:
        yield {"error": "damaged"}
        return
    if n_pages > max_pages:
        yield {"error": "too_many_pages", "n": n_pages}
        return
    yield {**told, "pages": n_pages, "flags": pdf_flags.of_file(document) if document.is_pdf else []}
    yield from _words(document, n_pages)
    if images is not None:
        yield from _images(document, n_pages, images)


def _words(document: Any, n_pages: int) -> Iterator[dict[str, Any]]:
    import pymupdf  # noqa: PLC0415 -- after the limits are set

    unreadable = n_words = 0
    until = time.monotonic() + _SECONDS_OF_RECOGNITION
    for number in range(n_pages):
        origin, sure, flags = "file", None, list[str]()
        try:
            page = document[number]
            written = page.get_textpage(flags=pymupdf.TEXTFLAGS_WORDS)
            words, flags, is_scan = pdf_flags.seen(page, written, [_word(word) for word in written.extractWORDS()])
            words = _in_order(_turned(page, words))
            flags += pdf_flags.of_words(
                words, lacks_characters=document.is_pdf and pdf_flags.lacks_characters(document, page)
            )
            width, height = page.rect.width, page.rect.height
            if is_scan:
                origin = "recognised"
            elif not words and page.get_images():
                origin, words, sure = _recognised(page, until)
        except RuntimeError:
            unreadable, words, width, height = unreadable + 1, [], 595.0, 842.0
        n_words += len(words)
        size = {"width": round(width, 2), "height": round(height, 2)}
        yield {"page": number + 1, **size, "words": words, "origin": origin, "confidence": sure, "flags": flags}
    if unreadable == n_pages:
        yield {"error": "damaged"}
    elif n_words == 0:
        yield {"error": "no_text"}
    else:
        yield {"read": True}


def _recognised(page: Any, until: float) -> tuple[str, list[list[Any]], float | None]:
    """A page that is a picture: its words by text recognition where that is installed and there is time, else none."""
    from apps.documents.adapters.recognise import recognise  # noqa: PLC0415 -- scanned pages are rare

    found = recognise(page) if time.monotonic() < until else None
    return ("recognised", *found) if found else ("picture", [], None)


def _word(word: tuple[Any, ...]) -> list[Any]:
    x0, y0, x1, y1, text, block, line, _ = word
    clean = text.replace("\x00", "")
    return [clean, round(x0, 1), round(y0, 1), round(x1, 1), round(y1, 1), block * _LINES_PER_BLOCK + line]


def _turned(page: Any, words: list[list[Any]]) -> list[list[Any]]:
    """The words where they stand on the page as it is shown: boxes come as if it were not turned."""
    if not page.rotation:
        return words
    import pymupdf  # noqa: PLC0415 -- after the limits are set

    boxes = (pymupdf.Rect(word[1:5]) * page.rotation_matrix for word in words)
    return [
        [word[0], *(round(value, 1) for value in (box.x0, box.y0, box.x1, box.y1)), word[5]]
        for word, box in zip(words, boxes, strict=True)
    ]


def _in_order(words: list[list[Any]]) -> list[list[Any]]:
    """The words as they are read, their lines counted anew where that is not how the file holds them."""
    order = reading_order([Word(*word) for word in words])
    if order == list(range(len(words))):
        return words
    lines: dict[int, int] = {}
    return [[*words[i][:5], lines.setdefault(words[i][5], len(lines))] for i in order]


def _images(document: Any, n_pages: int, folder: _Folder) -> Iterator[dict[str, Any]]:
    from PIL import Image  # noqa: PLC0415 -- only when images are wanted

    os.nice(10)  # somebody may be waiting for the next document's words; images can wait

    for number in range(folder.first - 1, n_pages):
        try:
            pixels = document[number].get_pixmap(dpi=_DPI, alpha=False)
        except RuntimeError:
            continue
        target = folder.path / f"{number + 1}.webp"
        Image.frombytes("RGB", (pixels.width, pixels.height), pixels.samples).save(target, "WEBP", quality=78, method=1)
        yield {"image": number + 1, "file": str(target)}


if __name__ == "__main__":
    sys.exit(main())
