"""Files of every kind that people upload, made on the spot."""

from __future__ import annotations

import io
import zipfile
import zlib
from typing import Any

import pymupdf


def pdf(*pages: str, **save: Any) -> bytes:
    document = pymupdf.open()
    for text in pages or ("A strategy.",):
        page = document.new_page()
        page.insert_textbox(pymupdf.Rect(50, 50, 545, 790), text, fontsize=11)
    return document.tobytes(**save)


def many_pages(n: int) -> bytes:
    document = pymupdf.open()
    for _ in range(n):
        document.new_page(width=72, height=72)
    return document.tobytes()


def encrypted() -> bytes:
    return pdf("secret", encryption=pymupdf.PDF_ENCRYPT_AES_256, owner_pw="owner", user_pw="user")


def truncated() -> bytes:
    whole = pdf(*["Some words on a page. " * 40] * 5)
    return whole[:400]


def image_only() -> bytes:
    document = pymupdf.open()
    page = document.new_page()
    pixels = pymupdf.Pixmap(pymupdf.csRGB, pymupdf.IRect(0, 0, 64, 64))
    pixels.clear_with(200)
    page.insert_image(page.rect, pixmap=pixels)
    return document.tobytes()


def bomb(megabytes: int = 1200) -> bytes:
    """A page whose content stream unpacks to gigabytes."""
    packer = zlib.compressobj(9)
    block = b"0 0 m " * (1024 * 1024 // 6)
    packed = b"".join(packer.compress(block) for _ in range(megabytes)) + packer.flush()
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] /Contents 4 0 R >>",
        b"<< /Length %d /Filter /FlateDecode >>\nstream\n" % len(packed) + packed + b"\nendstream",
    ]
    out, offsets = b"%PDF-1.7\n", []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(out))
        out += b"%d 0 obj\n" % number + body + b"\nendobj\n"
    start = len(out)
    out += b"xref\n0 5\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % o for o in offsets)
    return out + b"trailer << /Size 5 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % start


def docx(build: Any = None, *, title: str = "", parts: dict[str, bytes] | None = None) -> bytes:
    """A Word file: `build` writes into it, `parts` replaces or adds files inside the zip."""
    from docx import Document

    document = Document()
    document.core_properties.title = title
    (build or (lambda d: d.add_paragraph("Hold the index above its average.")))(document)
    out = io.BytesIO()
    document.save(out)
    if not parts:
        return out.getvalue()
    changed = io.BytesIO()
    with zipfile.ZipFile(out) as source, zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            if name not in parts:
                target.writestr(name, source.read(name))
        for name, content in parts.items():
            target.writestr(name, content)
    return changed.getvalue()


def scan(*pages: str) -> bytes:
    """Pages as a scanner makes them, a page of text before them."""
    source, document = pymupdf.open("pdf", pdf(*pages)), pymupdf.open("pdf", pdf("A first page with text."))
    for page in source:
        picture = page.get_pixmap(dpi=150)
        document.new_page(width=595, height=842).insert_image(pymupdf.Rect(0, 0, 595, 842), pixmap=picture)
    return document.tobytes()


def turned_scan(text: str, *, by: int) -> bytes:
    """A page that lay on its side in the scanner, after a page of text."""
    source, document = pymupdf.open("pdf", pdf(text)), pymupdf.open("pdf", pdf("A first page with text."))
    picture = source[0].get_pixmap(matrix=pymupdf.Matrix(150 / 72, 150 / 72).prerotate(by))
    width, height = (842, 595) if by in {90, 270} else (595, 842)
    document.new_page(width=width, height=height).insert_image(pymupdf.Rect(0, 0, width, height), pixmap=picture)
    return document.tobytes()
