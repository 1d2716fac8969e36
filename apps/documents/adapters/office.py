"""Word files (.docx) as blocks of plain text. Runs in the child.

A .docx is a zip of XML: its directory is judged before anything is unpacked, entities are never resolved, relationships are never
followed out of the file, and macros are not even opened. Deleted and hidden text is not read; equations, notes and tables are.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from apps.documents.adapters.markup import Block, Prose, table_block

_MOST_FILES, _MOST_BYTES, _MOST_RATIO = 5_000, 300 * 1024**2, 250
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_SKIPPED = {
    f"{_W}del",
    f"{_W}moveFrom",
    "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback",
    f"{_W}pPr",
}
_WRITTEN = {f"{_W}tab": " ", f"{_W}br": "\n", f"{_W}cr": "\n", f"{_W}noBreakHyphen": "-"}


class BombError(ValueError):
    """Unpacking the file would take far more memory than its size says."""


class MacrosError(ValueError):
    """The file is of a kind that carries programs."""


def docx_prose(file: Path) -> Prose:
    """The text of a Word file. Raises BombError, MacrosError, and whatever a damaged zip or XML raises."""
    from docx import Document  # noqa: PLC0415 -- only in the child, after its limits are set

    _judge(file)
    document = Document(str(file))
    styles = {style.style_id: (style.name or "").lower() for style in document.styles}
    blocks = [*_blocks(document.element.body, styles), *_notes(document.part)]
    return Prose(" ".join((document.core_properties.title or "").split()), tuple(blocks))


def _judge(file: Path) -> None:
    with zipfile.ZipFile(file) as archive:
        entries = archive.infolist()
        size = sum(entry.file_size for entry in entries)
        packed = sum(entry.compress_size for entry in entries)
        if len(entries) > _MOST_FILES or size > _MOST_BYTES or size > _MOST_RATIO * max(packed, 40_000):
            raise BombError
        if b"macroEnabled" in archive.read("[Content_Types].xml"):
            raise MacrosError


def _blocks(parent: Any, styles: dict[str, str]) -> Iterator[Block]:
    for element in parent:
        if element.tag == f"{_W}p":
            text = _text(element).strip()
            if text:
                yield _paragraph(element, text, styles)
        elif element.tag == f"{_W}tbl":
            rows = ([_text(cell) for cell in row.iter(f"{_W}tc")] for row in element.iterchildren(f"{_W}tr"))
            if block := table_block(rows):
                yield block
        elif element.tag in {f"{_W}sdt", f"{_W}sdtContent", f"{_W}ins", f"{_W}customXml"}:
            yield from _blocks(element, styles)


def _paragraph(element: Any, text: str, styles: dict[str, str]) -> Block:
    style = element.find(f"{_W}pPr/{_W}pStyle")
    name = styles.get(style.get(f"{_W}val", ""), "") if style is not None else ""
    if name == "title":
        return Block("h1", text)
    if heading := re.fullmatch(r"heading (\d)", name):
        return Block(f"h{min(int(heading[1]), 4)}", text)
    if element.find(f"{_W}pPr/{_W}numPr") is not None or name.startswith("list"):
        return Block("item", f"• {text}")
    return Block("p", text)


def _text(element: Any) -> str:
    """The visible words under an element, equations included."""
    from lxml import etree  # noqa: PLC0415 -- only in the child

    parts: list[str] = []
    walk = etree.iterwalk(element, events=("start",))
    for _, node in walk:
        if node.tag in _SKIPPED or (node.tag == f"{_W}r" and _is_hidden(node)):
            walk.skip_subtree()
        elif node.tag in {f"{_W}t", f"{_M}t"}:
            parts.append(node.text or "")
        elif node.tag in _WRITTEN:
            parts.append(_WRITTEN[node.tag])
        elif node.tag == f"{_W}p" and parts and node is not element:
            parts.append("\n")
        elif node.tag in {f"{_W}footnoteReference", f"{_W}endnoteReference"}:
            parts.append(f"[{node.get(f'{_W}id')}]")
    return "".join(parts)


def _is_hidden(run: Any) -> bool:
    vanish = run.find(f"{_W}rPr/{_W}vanish")
    return vanish is not None and vanish.get(f"{_W}val", "true") not in {"0", "false"}


def _notes(part: Any) -> Iterator[Block]:
    from lxml import etree  # noqa: PLC0415 -- only in the child

    for relation in part.rels.values():
        kind = relation.reltype.rsplit("/", 1)[-1]
        if kind not in {"footnotes", "endnotes"} or relation.is_external:
            continue
        root = etree.fromstring(
            relation.target_part.blob, etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
        )
        notes = [(n.get(f"{_W}id"), _text(n).strip()) for n in root if n.get(f"{_W}type") in {None, "normal"}]
        if any(text for _, text in notes):
            yield Block("h3", kind.capitalize())
        yield from (Block("p", f"[{number}] {text}") for number, text in notes if text)
