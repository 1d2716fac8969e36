"""What a reader of a page should be told: text that nobody sees, letters without meaning, programs in the file. Runs in the child."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

_MOST_OBJECTS = 50_000
_MARKS_OF_PROGRAMS = {
    "scripts": ("/JavaScript", "/JS(", "/JS ", "/JS<"),
    "launches": ("/Launch",),
    "attachments": ("/EmbeddedFile", "/RichMedia"),
}
_PAINTED = 16 | 32  # filled, drawn
_FAINT, _WHITE = 13, 247  # of 255
_TINY, _LEVEL = 2.0, 0.9  # points; cosine of the angle to the horizontal
_SCAN = 0.6  # of the page, covered by a picture: text under it is that of a recognition
_GARBLED, _RIGHT_TO_LEFT = 0.3, 0.3
_LEAST_LETTERS, _PROSE, _NO_PROSE = 40, 0.5, 0.4

Box = tuple[float, float, float, float]


def of_file(document: Any) -> list[str]:
    """Programs and attachments that the file carries. They are looked for, and never run or opened."""
    found: set[str] = set()
    for xref in range(1, min(document.xref_length(), _MOST_OBJECTS)):
        try:
            told = document.xref_object(xref, compressed=True)
        except RuntimeError:
            continue
        found.update(flag for flag, marks in _MARKS_OF_PROGRAMS.items() if any(mark in told for mark in marks))
    return sorted(found)


def seen(page: Any, written: Any, words: list[list[Any]]) -> tuple[list[list[Any]], list[str], bool]:
    """The words that a reader of the page sees, its flags, and whether it is a scan with text under it.

    `written` is the page's text page. Words that nobody sees are left out, unless they lie under a scanned picture: then they
    are what a program recognised in it.
    """
    if not words:
        return words, [], False
    hidden, shown, flags = _spans_by_sight(page, written)
    if not hidden:
        return words, flags, False
    if len(hidden) > len(shown) and _covered(page) >= _SCAN:
        return words, flags, True
    kept = [word for word in words if not (_within(hidden, word) and not _within(shown, word))]
    return kept, flags if len(kept) == len(words) else sorted({*flags, "hidden_text"}), False


def _spans_by_sight(page: Any, written: Any) -> tuple[list[Box], list[Box], list[str]]:
    """The boxes of text that nobody sees, of text that is seen, and flags of the latter."""
    hidden: list[Box] = []
    shown: list[Box] = []
    white: list[Box] = []
    flags: set[str] = set()
    n_turned = n_letters = 0
    for dir_, span in _spans(written):
        box = tuple(span["bbox"])
        if span["alpha"] < _FAINT or not span["char_flags"] & _PAINTED:
            hidden.append(box)
            continue
        (white if min(span["color"].to_bytes(4, "big")[1:]) >= _WHITE else shown).append(box)
        flags |= {"tiny"} if 0 < span["size"] < _TINY else set()
        n_letters += len(span["text"])
        n_turned += len(span["text"]) if _shown_level(dir_, page.rotation) < _LEVEL else 0
    grounds = _grounds(page) if white else []
    for box in white:
        (shown if any(_holds(ground, box) for ground in grounds) else hidden).append(box)
    return hidden, shown, sorted(flags | ({"rotated"} if n_turned > n_letters / 2 else set()))


def of_words(words: Sequence[Sequence[Any]], *, lacks_characters: bool) -> list[str]:
    """Flags of the letters: without meaning, as fonts give that lack a table of characters; written from right to left."""
    text = [str(word[0]) for word in words]
    letters = [c for word in text for c in word if not c.isspace()]
    if not letters:
        return []
    flags = []
    odd = sum(
        c == "\ufffd" or "\ue000" <= c <= "\uf8ff" or unicodedata.category(c) in {"Cc", "Cn", "Co"} for c in letters
    )
    if odd > _GARBLED * len(letters) or _is_gibberish(letters, lacks_characters=lacks_characters):
        flags.append("garbled")
    if sum(unicodedata.bidirectional(c) in {"R", "AL"} for c in letters) > _RIGHT_TO_LEFT * len(letters):
        flags.append("right_to_left")
    return flags


def _shown_level(dir_: tuple[float, float], rotation: int) -> float:
    """How level a line is as the page shows it: 1 from left to right, 0 up or down, -1 upside down."""
    x, y = dir_
    return {90: -y, 180: -x, 270: y}.get(rotation, x)


def _spans(written: Any) -> Iterator[tuple[tuple[float, float], dict[str, Any]]]:
    for block in written.extractDICT()["blocks"]:
        for line in block.get("lines", ()):
            yield from ((line["dir"], span) for span in line["spans"])


def lacks_characters(document: Any, page: Any) -> bool:
    """Whether a font of the page does not say which letters its glyphs are."""
    return any(
        kind == "Type0" and encoding.startswith("Identity") and document.xref_get_key(xref, "ToUnicode")[0] == "null"
        for xref, _, kind, _, _, encoding, *_ in page.get_fonts()
    )


def _is_gibberish(letters: Sequence[str], *, lacks_characters: bool) -> bool:
    """Whether the commonest letters of languages in Latin script are rare: they are 60 of 100 letters, or more, in any prose."""
    latin = [c for c in map(str.lower, letters) if "a" <= c <= "z"]
    if len(latin) < (_LEAST_LETTERS if lacks_characters else 4 * _LEAST_LETTERS):
        return False
    return sum(c in "etaoinsr" for c in latin) < (_PROSE if lacks_characters else _NO_PROSE) * len(latin)


def _grounds(page: Any) -> list[Box]:
    """What white text can stand on: pictures, and areas that are filled with something darker."""
    filled = [
        tuple(drawing["rect"])
        for drawing in page.get_cdrawings()
        if _is_dark(drawing)
        and 255 * min(drawing["fill"]) < _WHITE
        and 255 * (drawing.get("fill_opacity") or 1) > _FAINT
    ]
    return filled + [tuple(info["bbox"]) for info in page.get_image_info()]


def _is_dark(drawing: Any) -> bool:
    fill = drawing.get("fill")
    return bool(fill) and 255 * min(fill) < _WHITE and 255 * (drawing.get("fill_opacity") or 1) > _FAINT


def _covered(page: Any) -> float:
    area = abs(page.mediabox.width * page.mediabox.height) or 1.0
    boxes = [info["bbox"] for info in page.get_image_info()]
    return max(((x1 - x0) * (y1 - y0) / area for x0, y0, x1, y1 in boxes), default=0.0)


def _within(boxes: Iterable[Box], word: Sequence[Any]) -> bool:
    x, y = (word[1] + word[3]) / 2, (word[2] + word[4]) / 2
    return any(x0 <= x <= x1 and y0 <= y <= y1 for x0, y0, x1, y1 in boxes)


def _holds(ground: Box, box: Box) -> bool:
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    return ground[0] <= x <= ground[2] and ground[1] <= y <= ground[3]
