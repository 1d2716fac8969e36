"""From words on pages to sentences that can be quoted."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from apps.domain.evidence import PageWords, Word
from apps.domain.language import Citation
from apps.strategies.adapters.amounts import NUMBER_WORDS, plain
from apps.strategies.adapters.rules import layout

MAX_QUOTE = 300
_END = re.compile(r"[.!?][\"')\]]*$")
_ABBREVIATION = re.compile(
    r"(?:^|[\s(])(?:e\.g|i\.e|et al|vs|cf|fig|figs|no|eq|approx|inc|corp|ltd|u\.s|jan|feb|mar|apr|jun|jul|aug|sept|sep|oct|nov|dec|mr|dr|st|[a-z])\.$",
    re.IGNORECASE,
)
_KEPT_HYPHEN = re.compile(
    r"^(?:\d+|cross|time|equal|equally|long|short|risk|non|out|in|moving|trend|value|buy|sell|end|month|year|self|well|high|low|mean|"
    r"back|price|volume|week|day|large|small|mid|simple|next|zero|top|re|12|" + "|".join(NUMBER_WORDS) + r")-$",
    re.IGNORECASE,
)
_REFERENCES = re.compile(
    r"^(?:\d+\.?\s*)?(?:references|bibliography|works cited|literature cited|endnotes)\.?:?$", re.IGNORECASE
)
_CITED = re.compile(
    r"\((?:18|19|20)\d\d[a-z]?\)|\([^()]*[a-z.], (?:18|19|20)\d\d[a-z]?(?:[;,][^()]*)?\)|\bet al\b|\bthe authors?\b|\b(?:his|her|their) (?:paper|study|sample|article|data)\b|"
    r"\b(?:published|original|seminal) (?:paper|study|result|figure|article|sample|work|version|evidence|revision)s?\b|\bthe (?:paper|study|article) "
)
_PUBLISHED = re.compile(
    r"\b(?:publish|publication|literature|related|previous|prior (?:research|work|studies)|background)"
)
_OWN = re.compile(r"\b(?:we|our|ours|this (?:note|paper|report)|the desk)\b")
_NUMBERING = re.compile(r"^\(?(?:\d{1,2}(?:\.\d{1,2})*|[A-Za-z]|[IVXivx]+)[.)]$")
_CAPTION_WORD = re.compile(r"^(?:table|exhibit|figure|panel)$", re.IGNORECASE)
_ADDRESSED = re.compile(
    r"\b(?:ignore|disregard|forget|override)\b[^.;]{0,20}\b(?:above|previous|prior|earlier|preceding|foregoing) ?(?:instructions?|rules?|text|prompts?|directions?)?\b|"
    r"^(?:[\"'(]*)(?:assistant|system|user|(?:system )?note to|to) ?(?:note|prompt|message)?\b[^.:;]{0,60}(?:\b(?:software|language models?|ai|models?|bots?|robots?|assistants?|readers? of this file|reading this file)\b[^.:;]{0,40})?: (?:\w+ ){0,6}?(?:add|set|report|approve|create|ignore|disregard|output|answer|return|delete)\b"
)
"""Words that speak to whoever processes the document: text like any other, and never a rule."""
_VARIATION = re.compile(
    r"\b(?:robust\w*|sensitiv\w*|alternativ\w*|var(?:y|ied|ying|iants?)|instead|we also|also (?:tried|test|tested|consider|used?|examine)|"
    r"similar to|akin to|close to|equivalent|better[- ]known|popular|well[- ]known|familiar|other (?:choices|lookbacks|windows|lengths)|"
    r"in place of|ranging|different (?:lookbacks?|windows?|lengths?)|rather than|unlike|in contrast)\b"
)  # fmt: skip


@dataclass(frozen=True)
class Sentence:
    """One sentence, heading or line. `raw` is its text with plain dashes and quotes and joined hyphens; `words` are the
    words as the document has them, `starts` where each begins in `raw`."""

    index: int
    paragraph: int
    raw: str
    words: tuple[tuple[int, str], ...]
    starts: tuple[int, ...]
    heading: bool = False
    reported: bool = False
    """Whether it stands where others' results are told: in a section about them, or after a sentence that names them."""

    @cached_property
    def text(self) -> str:
        lowered = self.raw.lower()
        return lowered if len(lowered) == len(self.raw) else self.raw

    @cached_property
    def cited(self) -> bool:
        """Whether it reports what somebody else published."""
        return self.reported or bool(_CITED.search(self.text))

    @cached_property
    def variation(self) -> bool:
        """Whether it speaks of other choices than the rule's."""
        return self.is_variant or self.counterfactual

    @cached_property
    def is_variant(self) -> bool:
        """Whether it speaks of other choices; what a simulation "would have" earned counts only with a condition."""
        conditional = self.counterfactual and re.search(r"\b(?:without|if|had|unless|otherwise|instead)\b", self.text)
        return bool(_VARIATION.search(self.text) or conditional)

    @cached_property
    def counterfactual(self) -> bool:
        """Whether it tells what would have been: without a part of the rule, or only of a simulation."""
        return bool(re.search(r"\bwould (?:have|be)\b", self.text))

    @property
    def page(self) -> int:
        return self.words[0][0]

    def quote(self, start: int, end: int) -> Citation:
        """The sentence verbatim, cut to words around raw[start:end] where it is long or crosses a page."""
        first, last = self._word_at(start), self._word_at(max(start, end - 1))
        page = self.words[first][0]
        low, high = first, last
        size = sum(len(w) + 1 for _, w in self.words[low : high + 1])
        grown = True
        while grown:
            grown = False
            for step in (-1, 1):
                i = low - 1 if step < 0 else high + 1
                if 0 <= i < len(self.words) and self.words[i][0] == page and size + len(self.words[i][1]) < MAX_QUOTE:
                    size += len(self.words[i][1]) + 1
                    low, high = min(low, i), max(high, i)
                    grown = True
        text = " ".join(word for _, word in self.words[low : high + 1])
        return Citation(page=page, quote=text[:1000])

    def _word_at(self, position: int) -> int:
        return max(0, bisect_right(self.starts, position) - 1)


@dataclass(frozen=True)
class Document:
    """What the rules look at: sentences in reading order, and tables with the sentence that stands before each."""

    title: str
    sentences: tuple[Sentence, ...]
    tables: tuple[tuple[layout.Table, int], ...]
    pages: tuple[PageWords, ...]
    addressed: tuple[Sentence, ...] = ()
    """Sentences that give instructions to software; they are not among `sentences`."""

    @cached_property
    def body(self) -> tuple[Sentence, ...]:
        """Everything that is not a heading."""
        return tuple(s for s in self.sentences if not s.heading)


def read_document(pages: Sequence[PageWords], title: str) -> Document:
    """Sentences and tables of a document; the list of references is left out."""
    rows = [layout.rows_of(page) for page in pages]
    running = layout.running_lines(rows)
    stream: list[tuple[int, Word]] = []
    found: list[tuple[layout.Table, int]] = []
    for page, page_rows in zip(pages, rows, strict=True):
        furniture = [row for row in page_rows if layout.is_furniture(row, running)] if len(pages) > 1 else []
        kept = [row for row in page_rows if row not in furniture]
        tables = layout.tables_of(page, kept)
        left_out = layout.table_indices(tables) | layout.row_indices(furniture)
        begins = {table.first_index: table for table in tables}
        for i, word in enumerate(page.words):
            if i in begins:
                found.append((begins[i], len(stream)))
            if i not in left_out and word.text.strip():
                stream.append((page.page, word))
    addressed: list[Sentence] = []
    sentences, ends = _sentences(stream, layout.line_step(pages), addressed)
    placed = tuple((table, bisect_right(ends, at - 1) if at else 0) for table, at in found)
    return Document(title, tuple(sentences), placed, tuple(pages), tuple(addressed))


def _sentences(
    stream: Sequence[tuple[int, Word]], step: float, addressed: list[Sentence]
) -> tuple[list[Sentence], list[int]]:
    """The sentences before the list of references, and for each the index of its last word in the stream."""
    sentences: list[Sentence] = []
    ends: list[int] = []
    paragraph = at = 0
    published = False
    for words, ends_paragraph in _split(stream, step):
        at += len(words)
        sentence = _sentence(len(sentences), paragraph, words, ends_paragraph)
        if _REFERENCES.match(sentence.raw):
            break
        if _ADDRESSED.search(sentence.text):
            addressed.append(sentence)
            paragraph += ends_paragraph
            continue
        if sentence.heading:
            published = bool(_PUBLISHED.search(sentence.text))
        elif not _OWN.search(sentence.text):
            sentence = replace(sentence, reported=published or _continues(sentences, paragraph))
        sentences.append(sentence)
        ends.append(at - 1)
        paragraph += ends_paragraph
    return sentences, ends


def _continues(sentences: Sequence[Sentence], paragraph: int) -> bool:
    """Whether the sentence before, in the same paragraph, reports what others published."""
    return bool(sentences) and sentences[-1].paragraph == paragraph and sentences[-1].cited


def _split(stream: Sequence[tuple[int, Word]], step: float) -> Iterator[tuple[list[tuple[int, Word]], bool]]:
    current: list[tuple[int, Word]] = []
    for i, (page, word) in enumerate(stream):
        current.append((page, word))
        if i + 1 == len(stream):
            yield current, True
            return
        next_page, after = stream[i + 1]
        ended = _ends(current, after)
        if next_page != page:
            torn = ended or not after.text[:1].islower()
        else:
            torn = layout.breaks(word, after, step) and (
                ended or not after.text[:1].islower() or _heading_like(word, after)
            )
        if torn or ended:
            yield current, torn
            current = []


def _heading_like(before: Word, after: Word) -> bool:
    return abs((before.y1 - before.y0) - (after.y1 - after.y0)) > 0.12 * (after.y1 - after.y0)


def _ends(current: Sequence[tuple[int, Word]], after: Word) -> bool:
    word = current[-1][1].text
    if not _END.search(word):
        return False
    before = current[-2][1].text if len(current) > 1 else ""
    if len(current) == 1 and _NUMBERING.match(word):
        return False
    if _CAPTION_WORD.match(before) and word[:-1].isdigit():
        return False
    if word.endswith(".") and _ABBREVIATION.search(f"{before} {word}".strip()):
        return False
    return not after.text[:1].islower()


def _sentence(index: int, paragraph: int, words: Sequence[tuple[int, Word]], torn: bool) -> Sentence:  # noqa: FBT001
    starts: list[int] = []
    raw = ""
    for i, (_, word) in enumerate(words):
        text = plain(word.text)
        previous = words[i - 1][1] if i else None
        if previous is not None and previous.line != word.line and raw[-1:] == "-" and raw[-2:-1].isalnum():
            last = re.split(r"[\s(]", raw)[-1]
            compound = _KEPT_HYPHEN.match(last.split("-")[-2] + "-") if last.count("-") else None
            raw = raw if compound or not text[:1].islower() else raw[:-1]
        elif raw:
            raw += " "
        starts.append(len(raw))
        raw += text
    heading = torn and not _END.search(raw) and len(words) <= 14
    return Sentence(index, paragraph, raw, tuple((page, w.text) for page, w in words), tuple(starts), heading)
