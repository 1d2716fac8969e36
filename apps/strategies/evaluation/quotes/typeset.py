"""Print running text as a PDF whose every word has a known place: columns, running heads, footnotes, broken words.

Written by hand, in a font of fixed width, so that what comes out of the reader can be held against where each word was put.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

_WIDTH, _HEIGHT, _MARGIN = 500.0, 640.0, 40.0
_EM = 0.6  # of the size: the width of every character of Courier
_GLYPHS = {"\ufb01": 128, "\ufb02": 129, "\u2212": 130, "\u2010": 131}  # beside what cp1252 holds
_FOOTNOTE = 6.0


@dataclass(frozen=True, slots=True)
class Style:
    """How a page looks. `breaks` is what a word ends with that the end of a line cuts in two; empty: none is cut."""

    name: str
    columns: int = 1
    size: float = 9.0
    is_headed: bool = False
    is_footed: bool = False
    is_annotated: bool = False
    breaks: str = ""
    is_typographic: bool = False
    is_across: bool = False
    """Whether the file holds its lines across both columns, from top to bottom, as some producers write them."""


@dataclass(frozen=True, slots=True)
class Piece:
    """What was put on a page: a word, or a part of one, of the running text; None for what is not running text."""

    page: int
    x: float
    y: float
    text: str
    size: float
    number: int | None

    @property
    def end(self) -> float:
        return self.x + _EM * self.size * len(self.text)


@dataclass(slots=True)
class _Sheet:
    lines: list[list[list[Piece]]] = field(default_factory=list)  # by column, from top to bottom
    furniture: list[Piece] = field(default_factory=list)


_NOTES = (
    "Prices are adjusted for dividends and splits; a stock that is delisted within the quarter keeps its last return.",
    "We thank seminar participants for comments. The usual disclaimer applies, and 14 referees are not to blame.",
    "An earlier draft used 250 days in place of one year; no conclusion of this section depends on that choice.",
    "See also the appendix, which is available on request, for results by decade and by size of the company.",
)


def typeset(words: Sequence[str], style: Style, *, rng: random.Random) -> list[Piece]:
    """Every word of a running text at its place, with what stands around it, in the order the file will have."""
    width = (_WIDTH - 2 * _MARGIN - 24.0 * (style.columns - 1)) / style.columns
    room = int(width / (_EM * style.size))
    top, bottom = _MARGIN + 30, _HEIGHT - _MARGIN - 30
    step = style.size * 1.25
    lines = list(_lines(words, room, style, rng))
    pieces: list[Piece] = []
    page = at = 0
    while at < len(lines):
        page += 1
        note = _NOTES[page % len(_NOTES)] if style.is_annotated else ""
        note_lines = (
            [line for line, _ in _wrapped(f"{page} {note}".split(), int(width / (_EM * _FOOTNOTE)))] if note else []
        )
        columns: list[list[Piece]] = []
        for column in range(style.columns):
            x = _MARGIN + column * (width + 24.0)
            low = bottom - (len(note_lines) * _FOOTNOTE * 1.3 + 8 if column == 0 else 0)
            n = int((low - top) // step)
            rows = lines[at : at + n]
            at += len(rows)
            columns.append([p for i, row in enumerate(rows) for p in _row(row, page, x, top + i * step, style.size)])
            if column == 0:
                foot = low + 8
                notes = [
                    Piece(page, x, foot + i * _FOOTNOTE * 1.3, " ".join(line), _FOOTNOTE, None)
                    for i, line in enumerate(note_lines)
                ]
        head = _head(page) if style.is_headed else []
        feet = [Piece(page, _WIDTH / 2 - 6, _HEIGHT - 40, str(page + 100), 8.0, None)] if style.is_footed else []
        body = [p for c in columns for p in c]
        if style.is_across:
            body.sort(key=lambda p: (p.y, p.x))
        left = len(columns[0])
        pieces += head + (body + notes if style.is_across else body[:left] + notes + body[left:]) + feet
    return pieces


def _head(page: int) -> list[Piece]:
    title = "Evidence from past prices" if page % 2 else "A. Author and B. Writer"
    return [Piece(page, _MARGIN, 42, title, 8.0, None), Piece(page, _WIDTH - 80, 42, str(page + 100), 8.0, None)]


def _row(row: Sequence[tuple[str, int]], page: int, x: float, y: float, size: float) -> Iterator[Piece]:
    for text, number in row:
        yield Piece(page, x, y, text, size, number)
        x += _EM * size * (len(text) + 1)


def _lines(words: Sequence[str], room: int, style: Style, rng: random.Random) -> Iterator[list[tuple[str, int]]]:
    row: list[tuple[str, int]] = []
    used = 0
    for number, word in enumerate(words):
        text = typographic(word) if style.is_typographic else word
        if used + len(text) > room and row:
            cut = _cut(text, room - used - 1, rng) if style.breaks else 0
            if cut:
                row.append((text[:cut] + style.breaks, number))
                text = text[cut:]
            yield row
            row, used = [], 0
        row.append((text, number))
        used += len(text) + 1
    if row:
        yield row


def _wrapped(words: Sequence[str], room: int) -> Iterator[tuple[list[str], int]]:
    row: list[str] = []
    for word in words:
        if row and len(" ".join([*row, word])) > room:
            yield row, len(row)
            row = []
        row.append(word)
    if row:
        yield row, len(row)


def _cut(text: str, room: int, rng: random.Random) -> int:
    """Where a word may be cut so that a hyphen still fits; 0 where it may not."""
    most = min(room, len(text) - 2)
    if most < 3 or not text[:-1].isalpha():
        return 0
    return rng.randint(3, most)


def typographic(word: str) -> str:
    """A word as a printer sets it: ligatures, curly marks, dashes, a minus of its own."""
    word = word.replace("fi", "\ufb01").replace("fl", "\ufb02").replace("'", "\u2019")
    if word.startswith('"'):
        word = "\u201c" + word[1:]
    word = word.replace('"', "\u201d")
    if len(word) > 1 and word[0] == "-" and word[1].isdigit():
        return "\u2212" + word[1:]
    dash = "\u2013" if word[:1].isdigit() and word[-1:].isdigit() else "\u2010"
    return word.replace("-", dash)


def pdf(pieces: Sequence[Piece]) -> bytes:
    """The pieces as a file."""
    n_pages = max(piece.page for piece in pieces)
    names = " ".join(f"{code} /{name}" for code, name in ((128, "fi"), (129, "fl"), (130, "minus"), (131, "hyphen")))
    coding = "/Type /Encoding /BaseEncoding /WinAnsiEncoding"
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{' '.join(f'{4 + 2 * i} 0 R' for i in range(n_pages))}] /Count {n_pages} >>",
        f"<< /Type /Font /Subtype /Type1 /BaseFont /Courier /Encoding << {coding} /Differences [{names}] >> >>",
    ]
    for page in range(1, n_pages + 1):
        content = "\n".join(_shown(piece) for piece in pieces if piece.page == page)
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {_WIDTH} {_HEIGHT}] /Contents {5 + 2 * (page - 1)} 0 R "
            "/Resources << /Font << /F 3 0 R >> >> >>"
        )
        objects.append(f"<< /Length {len(content)} >>\nstream\n{content}\nendstream")
    out, offsets = "%PDF-1.4\n", []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(out))
        out += f"{number} 0 obj\n{body}\nendobj\n"
    start = len(out)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n" + "".join(f"{o:010d} 00000 n \n" for o in offsets)
    return (out + f"trailer << /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF").encode("ascii")


def _shown(piece: Piece) -> str:
    codes = [_GLYPHS.get(c) or c.encode("cp1252", "replace")[0] for c in piece.text]
    text = "".join(f"{code:02x}" for code in codes)
    return f"BT /F {piece.size:g} Tf {piece.x:.2f} {_HEIGHT - piece.y - piece.size:.2f} Td <{text}> Tj ET"
