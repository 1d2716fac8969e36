"""HTML and Markdown as blocks of plain text, and blocks as the clean page that is laid out like any other document.

Runs in the child. Nothing of the source survives but its visible words: no script, style, link, image, frame or entity reaches
the layout, so nothing can run and nothing can be fetched. What a reader of the page would not see is not read either.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import escape

_WIDEST_TABLE = 88  # characters of a line in the table's type
_DROPPED = frozenset(
    [
        "head",
        "script",
        "style",
        "noscript",
        "template",
        "svg",
        "canvas",
        "iframe",
        "frame",
        "object",
        "embed",
        "applet",
        "audio",
        "video",
        "nav",
        "button",
    ]
) | {"select", "textarea", "input", "datalist", "annotation"}
_BLOCKS = frozenset(
    [
        "address",
        "article",
        "aside",
        "blockquote",
        "body",
        "caption",
        "center",
        "dd",
        "details",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figcaption",
        "figure",
        "footer",
    ]
) | frozenset(
    [
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "html",
        "li",
        "main",
        "ol",
        "p",
        "pre",
        "section",
        "summary",
        "table",
        "tbody",
        "tfoot",
        "thead",
        "tr",
        "td",
        "th",
        "ul",
    ]
)
_HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(?![.\d])|opacity\s*:\s*0(?![.\d])", re.IGNORECASE
)
_STYLE = (
    "@page{margin:56pt 60pt} body{font-family:serif;line-height:1.35} h1,h2,h3,h4{font-family:sans-serif;line-height:1.2;margin:14pt 0 5pt}"
    " h1{font-size:1.55em} h2{font-size:1.25em} h3,h4{font-size:1.05em} p{margin:0 0 7pt} .item{margin:0 0 3pt 14pt}"
    " pre{font-family:monospace;font-size:0.82em;line-height:1.35;margin:4pt 0 9pt;white-space:pre-wrap}"
)


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of text that stands for itself: h1 to h4, p, item or pre."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Prose:
    """What a file says, in reading order."""

    title: str
    blocks: tuple[Block, ...]


class TooDeepError(ValueError):
    """The markup is nested so deeply that the parser gave up; part of the text would be missing."""


def html_prose(source: str) -> Prose:
    """The visible text of an HTML page. Raises TooDeepError."""
    from lxml import etree, html  # noqa: PLC0415 -- only in the child, after its limits are set

    parser = html.HTMLParser(no_network=True, remove_comments=True, remove_pis=True, huge_tree=False)
    if not source.strip():
        return Prose("", ())
    try:
        root = html.document_fromstring(re.sub(r"^\s*<\?xml[^>]*\?>", "", source), parser=parser)
    except etree.ParserError:  # nothing but comments
        return Prose("", ())
    if any("depth" in entry.message.lower() for entry in parser.error_log):
        raise TooDeepError
    title = " ".join((root.findtext(".//title") or "").split())
    return Prose(title, tuple(_Walk(etree.iterwalk(root, events=("start", "end"))).blocks()))


def markdown_prose(source: str) -> Prose:
    """The text of a Markdown file: CommonMark with tables. Raises TooDeepError."""
    from markdown_it import MarkdownIt  # noqa: PLC0415 -- only in the child

    title, body = "", source
    if front := re.match(r"---\s*\n(.*?)\n(?:---|\.\.\.)\s*\n", source, re.DOTALL):
        found = re.search(r"^title:\s*[\"']?(.*?)[\"']?\s*$", front[1], re.MULTILINE)
        title, body = found[1] if found else "", f"```\n{front[1]}\n```\n\n{source[front.end() :]}"
    prose = html_prose(MarkdownIt("commonmark", {"html": True}).enable("table").render(body))
    first = next((block.text for block in prose.blocks if block.kind == "h1"), "")
    return Prose(title or first, prose.blocks)


def table_block(rows: Iterable[Iterable[str]]) -> Block | None:
    """A table as rows of text, its columns lined up where the page is wide enough."""
    cells = [[" ".join(cell.split()) for cell in row] for row in rows]
    cells = [row for row in cells if any(row)]
    if not cells:
        return None
    widths = [max((len(row[i]) for row in cells if i < len(row)), default=0) for i in range(max(map(len, cells)))]
    if sum(widths) + 3 * len(widths) > _WIDEST_TABLE:
        return Block("pre", "\n".join(" | ".join(filter(None, row)) for row in cells))
    lines = ("   ".join(c.ljust(w) for c, w in zip(row, widths, strict=False)).rstrip() for row in cells)
    return Block("pre", "\n".join(lines))


def page_of(prose: Prose) -> bytes:
    """The blocks as a page of our own making: five elements, no attribute but one class."""
    parts = [f"<html><head><style>{_STYLE}</style></head><body>"]
    for block in prose.blocks:
        text = escape(re.sub(r"[\x00-\x08\x0b-\x1f]", " ", block.text), quote=False)
        if block.kind == "item":
            parts.append(f'<p class="item">{text}</p>')
        elif block.kind == "pre":
            parts.append(f"<pre>{text}</pre>")
        else:
            parts.append(f"<{block.kind}>{text.replace(chr(10), '<br/>')}</{block.kind}>")
    return "".join([*parts, "</body></html>"]).encode("utf-8", "replace")


class _Walk:
    """One pass over the events of a tree, without recursion: depth is the file's choice, the stack is ours."""

    def __init__(self, events: object) -> None:
        self._events = events
        self._parts: list[str] = []
        self._kind, self._pre = "p", 0
        self._lists: list[int | None] = []
        self._tables = 0
        self._rows: list[list[str]] = []

    def blocks(self) -> Iterator[Block]:
        for event, element in self._events:  # type: ignore[attr-defined]  # lxml's iterwalk has no types
            tag = element.tag if isinstance(element.tag, str) else ""
            if event == "start":
                formula = element.get("alttext") if tag == "math" else None
                if formula or self._skipped(tag, element):
                    self._parts.append(formula or "")
                    self._events.skip_subtree()  # type: ignore[attr-defined]
                    continue
                yield from self._start(tag, element)
                self._parts.append(element.text or "")
            else:
                if not self._skipped(tag, element):
                    yield from self._end(tag)
                self._parts.append(element.tail or "")
        yield from self._flush()

    @staticmethod
    def _skipped(tag: str, element: object) -> bool:
        attributes = element.attrib  # type: ignore[attr-defined]
        return not tag or tag in _DROPPED or "hidden" in attributes or bool(_HIDDEN.search(attributes.get("style", "")))

    def _start(self, tag: str, element: object) -> Iterator[Block]:
        attributes = element.attrib  # type: ignore[attr-defined]
        if tag in _BLOCKS and not self._tables:
            yield from self._flush()
        if tag in {"ul", "ol"}:
            self._lists.append(1 if tag == "ol" else None)
        elif tag == "table":
            self._tables += 1
        elif tag == "img" and attributes.get("alt"):
            self._parts.append(f" [Image: {attributes['alt']}] ")
        elif tag == "br":
            self._parts.append("\x00")
        elif self._tables:
            self._start_in_table(tag)
        elif re.fullmatch("h[1-6]", tag):
            self._kind = f"h{min(int(tag[1]), 4)}"
        elif tag == "li":
            self._kind = "item"
            self._parts.append(self._bullet())
        elif tag == "pre":
            self._pre += 1
            self._kind = "pre"

    def _start_in_table(self, tag: str) -> None:
        if self._tables > 1:
            self._parts.append(" ")
        elif tag == "tr":
            self._rows.append([])
        elif tag in {"td", "th"}:
            self._parts = []
        elif tag in _BLOCKS:
            self._parts.append(" ")

    def _end(self, tag: str) -> Iterator[Block]:
        if tag == "table":
            self._tables -= 1
            if not self._tables:
                self._parts = []
                if block := table_block(self._rows):
                    yield block
                self._rows = []
        elif self._tables == 1 and tag in {"td", "th"} and self._rows:
            self._rows[-1].append("".join(self._parts).replace("\x00", " "))
            self._parts = []
        elif self._tables == 1 and tag == "caption":
            text = " ".join("".join(self._parts).split())
            self._parts = []
            if text:
                yield Block("p", text)
        elif not self._tables and tag in _BLOCKS:
            yield from self._flush()
            if tag in {"ul", "ol"} and self._lists:
                self._lists.pop()
            self._pre -= tag == "pre"

    def _bullet(self) -> str:
        if self._lists and (n := self._lists[-1]) is not None:
            self._lists[-1] = n + 1
            return f"{n}. "
        return "• "

    def _flush(self) -> Iterator[Block]:
        raw, self._parts = "".join(self._parts), []
        kind, self._kind = self._kind, "pre" if self._pre > 1 else "p"
        if kind == "pre":
            text = raw.replace("\x00", "\n").strip("\n").rstrip()
        else:
            text = "\n".join(" ".join(line.split()) for line in raw.split("\x00")).strip()
        if kind == "item" and re.fullmatch(r"•|\d+\.", text):
            self._kind, self._parts = kind, [f"{text} "]  # the item's words are in a block of their own
        elif text:
            yield Block(kind, text)
