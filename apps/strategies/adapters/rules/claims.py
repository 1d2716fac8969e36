"""The figures that a document reports, from its sentences and from its tables of labels and values."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from apps.domain.language import Citation, Claim, Unit
from apps.strategies.adapters.amounts import WORDS, number_of
from apps.strategies.adapters.reader import DataSet
from apps.strategies.adapters.rules.bases import Bases, masked
from apps.strategies.adapters.rules.dates import Span, spans
from apps.strategies.adapters.rules.layout import Cell, Row, Table
from apps.strategies.adapters.rules.market import foreign_market
from apps.strategies.adapters.rules.sentences import Document, Sentence

Metric = Literal[
    "annual_return", "annual_volatility", "sharpe_ratio", "max_drawdown", "mean_monthly_return", "total_return", "win_rate",
    "n_trades", "benchmark_annual_return", "benchmark_max_drawdown",
]  # fmt: skip

_METRICS: tuple[tuple[Metric, re.Pattern[str]], ...] = (
    ("max_drawdown", re.compile(r"\b(?:max(?:imum|\.)?|worst|largest|deepest|peak[- ]to[- ]trough)[ -]+(?:peak[- ]to[- ]trough )?(?:draw-?downs?|loss|decline|fall)\b|\bdraw-?downs?\b|\bfrom peak to trough\b|\bat (?:the|its) worst\b")),
    ("sharpe_ratio", re.compile(r"\bsharpe(?: ratios?)?\b")),
    ("annual_volatility", re.compile(r"\b(?:annual(?:i[sz]ed)? )?(?:volatility|standard deviation|vol)\b")),
    ("win_rate", re.compile(r"\b(?:win(?:ning)?|hit)[- ](?:rate|ratio|percentage)\b|\b(?:profitable|winning) (?:trades|round trips)\b")),
    ("n_trades", re.compile(r"\b(?:number of (?:round[- ]trips?|trades)|round[- ]trips?|trades)\b")),
    ("mean_monthly_return", re.compile(r"\b(?:mean|average)(?: \w+)? monthly (?:\w+ )?returns?\b|\bmonthly (?:mean|average|excess)? ?returns?\b|\breturns? (?:per|a) month\b")),
    ("total_return", re.compile(r"\b(?:total|cumulative) (?:return|gain|profit)\b(?! index)")),
    ("annual_return", re.compile(r"\b(?:annual(?:i[sz]ed)?|compound(?:ed)?|average annual|yearly|per[- ]annum)(?: \w+){0,3} (?:returns?|growth(?: rate)?|gains?)\b|\bcagr\b|\breturns? (?:per|a) year\b|\bgeometric return\b|\bannual growth\b")),
)  # fmt: skip
_LABELS: tuple[tuple[Metric, re.Pattern[str]], ...] = (
    *_METRICS,
    ("annual_return", re.compile(r"^(?:net |gross )?returns?(?: \(.*\))?$|\bannuali[sz]ed\b|\bper year\b")),
)
_EARNS = re.compile(
    r"\b(?:earn(?:s|ed|ing)?|return(?:s|ed)?|yield(?:s|ed)?|gain(?:s|ed)?|made|makes?|deliver(?:s|ed)?|compound(?:s|ed)?|generat\w+|realis\w+|realiz\w+|produc\w+|grew|grows?|grown|it (?:is|was|would be)|averag\w+|gives?|gave)\b"
)
_FIGURE = re.compile(
    rf"(?P<sign>[-+(])?(?P<n>\d[\d,]*(?:\.\d+)?)\)?\s?(?P<pct>%|per ?cent\b|percent\b)?\)?|\b(?:above|than|exceed(?:s|ing)?|over|of|about|near(?:ly)?) (?P<w>{WORDS})\b"
)
_YEARLY = re.compile(
    r"^\s*(?:\w+ ){0,2}?(?:a year|per year|per annum|p\.?a\.?|annually|annuali[sz]ed|each year|yearly|annual return|compound)"
)
_MONTHLY = re.compile(r"^\s*(?:\w+ ){0,1}?(?:a month|per month|monthly|each month)\b")
_BENCHMARK = re.compile(
    r"\b(?:buy(?:ing)?[- ]and[- ]hold(?:ing)?|benchmark|(?:the|an|price) index\b(?! data)|the market(?! portfolio of)|passive|index itself|holding the index|s ?& ?p 500 (?:itself|index))"
)
_BENCHMARK_AFTER = re.compile(r"\bfor (?:the )?(?:index|market|benchmark|buy|holding|passive)|" + _BENCHMARK.pattern)
_BENCHMARK_ROW = re.compile(r"\b(?:index|market|benchmark|buy[- ]and[- ]hold|passive|s ?& ?p)\b")
_SUBJECT = re.compile(
    r"\b(?:buy(?:ing)?[- ]and[- ]hold(?:ing)?(?: of)?(?: the \w+)?|benchmark|index(?: alone| itself| fund)?|market|s ?& ?p 500|nasdaq(?: composite)?|ftse(?: itself)?|passive (?:\w+ ){0,5}?position[\w ]{0,20}|holding the (?:index|market|same \w+))(?: (?!while|whereas|and|but)[\w,]+){0,4}? (?:returned|gained|earned|made|lost|had|has|rose|fell|compounded|returns|earns|serves)\b|"
    r"\bthat of buying and holding\b"
)
_OWN_SUBJECT = re.compile(
    r"\b(?:strategy|rule|we|programme|account|sleeve|rotation|long[- ]short|list|its|it|combination|protected|our)\b"
)
_CARRY = re.compile(
    r"\b(?:against|versus|vs\.?|compared (?:with|to)|and|while|whereas|instead of|rather than|down from|from|to)\b"
)
_CLAUSE = re.compile(r"(?<!buy )(?<!buying )\b(?:and|while|whereas|but)\b|,")
_OTHER = re.compile(
    r"\b(?:target\w*|scal\w+|ex[- ]ante|costs?|commission|basis points?|threshold|confidence|significan\w+|t-stat\w*|correlation|weights?|top|bottom|decile|turnover|tracking error|alpha|p-value|of (?:the )?(?:months|days|years|time))\b"
)
_SHORT_LEG = re.compile(
    r"\blong[-/ ]short\b|\blong and short\b|\blong or short\b|\bzero[- ](?:cost|investment)\b|\bwinners?[- ]minus[- ]losers?\b|\bwml\b|\bself[- ]financing\b|\bshort(?:s|ed|ing)? (?:the )?(?:losers?|worst|bottom)|\bsell(?:s|ing)? (?:past )?losers?\b|\bgo(?:es|ing)? (?:long and )?short\b|\bsells? short\b"
)
_DIVIDENDS = re.compile(
    r"\btotal[- ]returns? (?:index|series|basis)\b|\b(?:with|including|include[sd]?|reinvest\w+) (?:all )?dividends?\b|\bdividends? (?:are |were )?(?:included|reinvested)\b"
)
_NO_DIVIDENDS = re.compile(r"\b(?:no|without|exclud\w+|not (?:include|with)|ignor\w+) dividends?\b")
_CAPTION = re.compile(r"^(?:table|exhibit|figure|panel)\s+\w+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Context:
    """What is known around a figure."""

    text: str
    cited: bool
    span: Span | None
    data_set: DataSet | None
    short_leg: bool
    dividends: bool
    """Whether the document's own figures include dividends."""


def claims_of(document: Document, data_set: DataSet | None, *, has_short_leg: bool = False) -> list[Claim]:
    """Every figure with the metric it is called by, in the order of the document; the same figure is taken once."""
    found = [
        *_from_sentences(document, data_set, has_short_leg=has_short_leg),
        *_from_tables(document, data_set, has_short_leg=has_short_leg),
    ]
    kept: dict[tuple[object, ...], Claim] = {}
    for claim in found:
        kept.setdefault((claim.metric, claim.value, claim.window_start, claim.window_end), claim)
    numbered: dict[str, int] = {}
    result = []
    for claim in kept.values():
        numbered[claim.metric] = numbered.get(claim.metric, 0) + 1
        result.append(claim.model_copy(update={"key": f"{claim.metric}_{numbered[claim.metric]}"}))
    return result


def _from_sentences(document: Document, data_set: DataSet | None, *, has_short_leg: bool) -> Iterator[Claim]:
    bases = Bases(document, data_set)
    dividends = _with_dividends(document)
    for s in document.body:
        if s.is_variant and not s.cited:
            continue
        context: _Context | None = None
        previous: Metric | None = None
        for start, end, value, percent in _figures(s.text):
            metric, is_benchmark = _metric(masked(s.text), start, end, previous, percent=percent)
            if metric is None:
                continue
            previous = metric
            named = _role(metric, benchmark=is_benchmark)
            if named is None:
                continue
            context = context or _context(document, s, data_set, has_short_leg=has_short_leg, dividends=dividends)
            unit = Unit.FRACTION if percent else Unit.COUNT if metric == "n_trades" else Unit.NUMBER
            yield _claim(
                named,
                _signed(named, value / 100 if percent else value),
                unit,
                context,
                s.quote(start, end),
                bases.at(s, start),
            )


def _figures(text: str) -> Iterator[tuple[int, int, float, bool]]:
    """(start, end, number, percent) of what may be a figure; years, ranges, lengths of time and multiples are not."""
    for match in _FIGURE.finditer(text):
        number = match["n"] or match["w"]
        value = number_of(number)
        after = text[match.end() : match.end() + 14]
        before = text[max(0, match.start() - 1) : match.start()]
        if (
            value is None
            or re.match(
                r"\s?-?(?:times|fold|day|week|month|year|stock|asset|instrument|future|basis|bps|country|of the|:|/)",
                after,
            )
            or before.isalnum()
        ):
            continue
        percent = bool(match["pct"]) if match["n"] else False
        if not percent and re.fullmatch(r"(?:1[89]|20)\d\d", number):
            continue
        negative = match["n"] is not None and match["sign"] in {"-", "("} and not before.isalnum()
        yield match.start(), match.end(), -value if negative and match["sign"] == "-" else value, percent


def _metric(text: str, start: int, end: int, previous: Metric | None, *, percent: bool) -> tuple[Metric | None, bool]:
    """The metric that a number is called by, and whether it is the benchmark's."""
    cut = max((text.rfind(mark, 0, start) for mark in ("; ", ". ")), default=-1)
    left = text[max(cut + 1, start - 90, _last_figure(text, start)) : start]
    right = re.split(r"[;.](?:\s|$)|\d", text[end : end + 60])[0]
    if (
        _OTHER.search(re.split(r"[,;]", left)[-1][-40:])
        or _OTHER.match(right.strip())
        or re.search(r"\b(?:costs?|target)\b", right[:25])
    ):
        return None, False
    metric = _called(left, right, previous, percent=percent)
    if re.search(r"\bfrom (?:about |nearly )?$", left) and re.match(r"\s*to\b", right):
        return metric, True  # "falls from 18% to 12%": the first is what it was without the rule
    told = _BENCHMARK.search(_CLAUSE.split(left)[-1]) or _BENCHMARK_AFTER.search(_CLAUSE.split(right)[0])
    return metric, bool(told) or _speaks_of_benchmark(text[max(cut + 1, 0) : start])


def _speaks_of_benchmark(before: str) -> bool:
    """Whether the subject nearest before a figure, in its sentence, is what the rule is compared with."""
    passive = max((m.end() for m in _SUBJECT.finditer(before)), default=-1)
    own = max((m.end() for m in _OWN_SUBJECT.finditer(before)), default=-1)
    return passive > own


def _called(left: str, right: str, previous: Metric | None, *, percent: bool) -> Metric | None:
    by_left = _last_metric(left)
    near = re.sub(r"^\s*(?:was|is) (?:the|its) ", "", re.split(r"[,;]|\band\b", right)[0])
    by_right = next(
        (m for m, p in _METRICS if p.match(near.strip()) or p.match(re.sub(r"^(?:an?|in) ", "", near.strip()))), None
    )
    chosen = by_right or by_left
    if chosen is None and percent and _MONTHLY.match(right) and (_EARNS.search(left) or "return" in right):
        chosen = "mean_monthly_return"
    elif (
        chosen is None
        and percent
        and _YEARLY.match(right)
        and (_EARNS.search(left) or "return" in left + right or previous == "annual_return")
    ):
        chosen = "annual_return"
    elif chosen is None and previous is not None and _CARRY.search(left[-30:]):
        chosen = previous
    if chosen == "annual_return" and _MONTHLY.match(right):
        chosen = "mean_monthly_return"
    return chosen if chosen is not None and percent == (chosen not in {"sharpe_ratio", "n_trades"}) else None


def _last_metric(left: str) -> Metric | None:
    places = [(m.end(), metric) for metric, pattern in _METRICS for m in pattern.finditer(left)]
    return max(places, key=lambda place: place[0])[1] if places else None


def _last_figure(text: str, start: int) -> int:
    return max(
        (
            m.end()
            for m in re.finditer(
                r"(?<!\d)(?!(?:1[89]|20)\d\d\b)\d[\d,]*(?:\.\d+)?\s?(?:%|per ?cent|percent)?", text[:start]
            )
            if m.end() < start
        ),
        default=0,
    )


def _role(metric: Metric, *, benchmark: bool) -> Metric | None:
    """The benchmark's figures have metrics of their own; those without one are left out."""
    if not benchmark:
        return metric
    if metric == "annual_return":
        return "benchmark_annual_return"
    return "benchmark_max_drawdown" if metric == "max_drawdown" else None


def _signed(metric: Metric, value: float) -> float:
    rounded = round(value, 10)
    return -abs(rounded) if metric in {"max_drawdown", "benchmark_max_drawdown"} else rounded


def _context(
    document: Document, s: Sentence, data_set: DataSet | None, *, has_short_leg: bool, dividends: bool
) -> _Context:
    """A figure speaks of the market and the window named in its sentence, else of those named last in its paragraph."""
    near = [o for o in document.sentences[max(0, s.index - 4) : s.index] if o.paragraph == s.paragraph]
    cited = s.cited or any(o.cited for o in near)
    text = " ".join(o.text for o in (*near, s))
    span = _last_span([s]) or _last_span(near[::-1]) or _section_span(document, s.index, cited=cited)
    source = [o for o in document.body if o.cited] if cited else [s, *near]
    market = text if foreign_market(text, data_set) or not cited else " ".join(o.text for o in (*source, s))
    return _Context(
        market,
        cited,
        span,
        data_set,
        not has_short_leg and any(_SHORT_LEG.search(o.text) for o in source),
        dividends,
    )


def _with_dividends(document: Document) -> bool:
    own = [s for s in document.body if not s.cited]
    return any(_DIVIDENDS.search(s.text) for s in own) and not any(_NO_DIVIDENDS.search(s.text) for s in own)


def _section_span(document: Document, index: int, *, cited: bool) -> Span | None:
    """The window named last before a place, by a sentence of the same kind; else the first such one after it."""
    before = [o for o in document.sentences[:index] if o.cited == cited][::-1]
    after = [o for o in document.sentences[index:] if o.cited == cited]
    return _last_span(before) or _last_span(after)


def _last_span(sentences: Sequence[Sentence]) -> Span | None:
    return next((span for s in sentences for span in spans(s.text)), None)


def _from_tables(document: Document, data_set: DataSet | None, *, has_short_leg: bool) -> Iterator[Claim]:
    for table, position in document.tables:
        around = [s for s in document.sentences[max(0, position - 3) : position + 1] if s.page == table.page]
        caption = next((s for s in reversed(around) if _CAPTION.match(s.raw)), None) or next(
            (s for s in reversed(around) if s.index < position), None
        )
        basis = Bases(document, data_set).of_table(position)
        if rows_are_versions(table):
            yield from _from_versions(document, table, caption, data_set, basis)
            continue
        for row in table.rows:
            yield from _from_row(document, table, row, caption, data_set, basis, has_short_leg=has_short_leg)


def rows_are_versions(table: Table) -> bool:
    """Whether columns are metrics and rows are versions of a strategy, its benchmark among them."""
    heads = [cell.text.lower() for cell in table.header.cells] if table.header is not None else []
    return sum(any(p.search(head) for _, p in _LABELS) for head in heads) >= 2


def _from_versions(
    document: Document, table: Table, caption: Sentence | None, data_set: DataSet | None, basis: str
) -> Iterator[Claim]:
    """The row of the document's own version and that of its benchmark; the other rows are variants, and no claims."""
    rows = [row for row in table.rows if not _BENCHMARK_ROW.search(row.cells[0].text.lower())]
    own = rows if len(rows) == 1 else [row for row in rows if _is_proposed(document, row.cells[0].text.lower())]
    for row in table.rows:
        is_benchmark = row not in rows
        if not is_benchmark and row not in own[:1]:
            continue
        for cell in row.cells[1:]:
            head = _column(table, cell).lower()
            value = _cell_value(cell)
            metric = next((m for m, p in _LABELS if p.search(head)), None)
            named = _role(metric, benchmark=is_benchmark) if metric else None
            if value is None or named is None:
                continue
            context = _table_context(document, caption, f"{head} {row.cells[0].text.lower()}", table.page, data_set)
            yield _of_cell(named, value, head, context, _row_quote(document, row), basis)


def _is_proposed(document: Document, label: str) -> bool:
    """Whether a row's label says itself, or a sentence says of it, that it is what the document proposes."""
    if re.search(r"\b(?:proposed|our|strategy|rule|base(?:line)?|main)\b", label):
        return True
    named = re.compile(rf"\b{re.escape(label)}\b")
    said = re.compile(
        r"\b(?:strategy|rule|version|one)\b[^.;]{0,60}\b(?:propos|itself|recommend|main|ours)|\b(?:strategy|rule) (?:itself )?is\b|\bis the (?:strategy|rule|proposal)"
    )
    return any(named.search(s.text) and said.search(s.text) for s in document.body if not s.cited)


def _of_cell(
    named: Metric, value: tuple[float, bool], label: str, context: _Context, citation: Citation, basis: str
) -> Claim:
    number, percent = value
    fraction = named not in {"sharpe_ratio", "n_trades"}
    unit = Unit.FRACTION if fraction else Unit.COUNT if named == "n_trades" else Unit.NUMBER
    scaled = number / 100 if fraction and (percent or "%" in label or abs(number) > 1) else number
    return _claim(named, _signed(named, scaled), unit, context, citation, basis)


def _from_row(
    document: Document,
    table: Table,
    row: Row,
    caption: Sentence | None,
    data_set: DataSet | None,
    basis: str,
    *,
    has_short_leg: bool,
) -> Iterator[Claim]:
    label = row.cells[0].text.lower()
    metric = next((m for m, p in _LABELS if p.search(label)), None)
    if metric is None:
        return
    titled = table.header is not None and len(table.header.cells) >= min(2, len(row.cells) - 1)
    if len(row.cells) > 2 and not titled:
        return  # which column is the strategy's cannot be told
    for cell in row.cells[1:]:
        value = _cell_value(cell)
        if value is None:
            continue
        head = _column(table, cell).lower()
        named = _role(
            metric, benchmark=bool(_BENCHMARK.search(head) or re.search(r"\bs ?& ?p 500\b|\bmarket\b|^index$", head))
        )
        if named is None:
            continue
        context = _table_context(
            document, caption, f"{head} {label}", table.page, data_set, has_short_leg=has_short_leg
        )
        yield _of_cell(named, value, label + head, context, _row_quote(document, row), basis)


def _cell_value(cell: Cell) -> tuple[float, bool] | None:
    if not cell.is_value:
        return None
    match = re.match(
        r"^(?P<sign>[-+(]*)[$€£]?(?P<n>\d[\d,]*(?:\.\d+)?)\s*(?P<pct>%|per ?cent|percent)?", cell.text, re.IGNORECASE
    )
    if match is None:
        return None
    value = float(match["n"].replace(",", ""))
    return (-value if match["sign"][:1] in {"-", "("} else value), bool(match["pct"])


def _column(table: Table, cell: Cell) -> str:
    """The title over a cell: the header cell that overlaps it most, or lies nearest."""
    if table.header is None:
        return ""
    middle = (cell.x0 + cell.x1) / 2
    return min(table.header.cells, key=lambda h: abs((h.x0 + h.x1) / 2 - middle)).text


def _row_quote(document: Document, row: Row) -> Citation:
    page = next(p for p in document.pages if p.page == row.page)
    indices = sorted(i for cell in row.cells for i in cell.indices)
    return Citation(page=row.page, quote=" ".join(page.words[i].text for i in indices)[:300])


def _table_context(
    document: Document,
    caption: Sentence | None,
    labels: str,
    page: int,
    data_set: DataSet | None,
    *,
    has_short_leg: bool = False,
) -> _Context:
    text = f"{caption.text if caption else ''} {labels}"
    cited = bool(caption and caption.cited)
    index = caption.index if caption else next((s.index for s in document.sentences if s.page == page), 0)
    span = (
        next(spans(labels), None)
        or (_last_span([caption]) if caption else None)
        or _section_span(document, index, cited=cited)
    )
    return _Context(
        text, cited, span, data_set, not has_short_leg and bool(_SHORT_LEG.search(text)), _with_dividends(document)
    )


def _claim(metric: Metric, value: float, unit: Unit, context: _Context, citation: Citation, told: str = "") -> Claim:
    obstacle = _obstacle(replace(context, text="") if metric.startswith("benchmark") and not context.cited else context)
    basis = ["As the cited publication reports it." if context.cited else ""]
    basis.append({"net": "Net of costs.", "gross": "Gross of costs."}.get(told, ""))
    basis.append(obstacle)
    quote = citation.quote.lower()
    words = metric.replace("_", " ").replace("max ", "maximum ").capitalize().replace("Mean monthly", "Mean monthly")
    years = f" ({context.span.start.year}-{context.span.end.year})" if context.span else ""
    return Claim(
        key=metric, label=f"{words}{years}", metric=metric, value=value, unit=unit, basis=" ".join(b for b in basis if b), comparable=not obstacle,
        definition=_called_in(metric, quote), annualisation=_annualised(metric, quote), universe=_universe(context),
        costs="net" if told == "net" else "gross" if told == "gross" else "not stated",
        window_start=context.span.start if context.span else None, window_end=context.span.end if context.span else None, citation=citation,
    )  # fmt: skip


def _called_in(metric: Metric, quote: str) -> str:
    """What the quoted words call a figure; empty where they do not name it."""
    own = metric.removeprefix("benchmark_")
    named = next((found[0] for m, pattern in _METRICS if m == own and (found := pattern.search(quote))), "")
    return f"“{named}”" if named else ""


def _annualised(metric: Metric, quote: str) -> str:
    if metric == "mean_monthly_return":
        return "per month"
    if metric in {"annual_return", "benchmark_annual_return"}:
        if re.search(r"\bcompound|\bgeometric|\bcagr\b", quote):
            return "compound per year"
        return "mean per year" if re.search(r"\b(?:average|mean) annual|\bper year on average\b", quote) else "per year"
    if metric == "annual_volatility":
        return "per year"
    if metric == "sharpe_ratio":
        return "of a month" if "monthly sharpe" in quote else "per year" if "annual" in quote else ""
    return ""


def _universe(context: _Context) -> str:
    foreign = foreign_market(context.text, context.data_set)
    return foreign or (context.data_set.title if context.data_set else "")


def _obstacle(context: _Context) -> str:
    """Why our run cannot measure the same thing; empty when it can."""
    if context.short_leg:
        return "The figure is of a portfolio that also sells short; only the long side is run here."
    foreign = foreign_market(context.text, context.data_set)
    if foreign:
        return f"The figure is for {foreign}, which the data set does not hold."
    without = context.data_set is not None and "without dividends" in context.data_set.adjustment
    said = context.dividends or bool(_DIVIDENDS.search(context.text))
    if without and said and not _NO_DIVIDENDS.search(context.text):
        return "The figure includes dividends; the data set is a price index without them."
    return ""
