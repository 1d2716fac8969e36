"""What a document trades, and which data set comes closest."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from apps.domain.language import Alternative, Citation, DraftParameter, Status, Unit
from apps.strategies.adapters.amounts import NUMBER
from apps.strategies.adapters.instruments import SPX, indices_in, stocks_in
from apps.strategies.adapters.reader import Catalogue, DataSet
from apps.strategies.adapters.rules.dates import Span, spans
from apps.strategies.adapters.rules.families import Family
from apps.strategies.adapters.rules.sentences import Document, Sentence
from apps.strategies.adapters.rules.settle import Wanted, assumed, missing

DATASET = Wanted("Data set", Unit.DATASET, "No data set is loaded that these rules could run on. Which one is meant?")
SYMBOLS = Wanted("Universe", Unit.SYMBOLS, "Which instruments are traded?")
BENCHMARK = Wanted("Benchmark", Unit.SYMBOL, "Which benchmark is the strategy held against?")
START = Wanted("First day", Unit.DATE, "From which day?")
END = Wanted("Last day", Unit.DATE, "To which day?")

_LARGE = re.compile(
    r"\b(?:large|big)[- ]caps?\b|\blarge (?:us |u\.s\. |american )?(?:stocks|companies)\b|\b(?:20|twenty) (?:us |u\.s\. )?(?:large |stocks)|\bconstituents\b"
)
_FUNDS = re.compile(r"\b(?:factor|style|smart[- ]beta|sector) (?:etfs?|funds?)\b|\betfs\b")
_AGAINST = re.compile(
    r"\b(?:benchmark\w*|compar\w+|against|relative to|versus|vs\.?|outperform\w*|buy[- ]and[- ]hold|held beside)\b"
)
_BENCHMARK_IS = re.compile(r"\bbenchmark\w*|\b[\w& ]{0,30} (?:is|serves as|as) (?:the |our |a )?benchmark")
_COMPARED = re.compile(
    r"\b(?:compared (?:with|to)|comparison (?:with|to)|against|relative to|versus|vs\.?|outperform\w*|buy(?:ing)?[- ]and[- ]hold(?:ing)?)"
)
_SAMPLE = re.compile(
    r"\b(?:sample|data|replicat\w+|test(?:ed|s)?|period|back-?test\w*|history|covers?|runs?|window|evaluat\w+|results?)\b"
)

_UNIVERSE = re.compile(
    r"\blarge[- ]caps?\b|\blarge (?:us |u\.s\. |american )?(?:stocks|companies)\b|\buniverse\b|\b(?:20|twenty) (?:\w+ )?stocks"
)
_THINGS = r"(?:stocks?|shares?|equities|funds?|etfs?|futures|currencies|commodities|companies|firms|constituents|industries|sectors|bonds|industry portfolios|securities|instruments)"
_GROUP = re.compile(
    rf"\b(?:all|every|each|the|of|a|in|for|between|among) (?:(?:\d[\d,]*|{NUMBER}|liquid|listed|largest|large|small|us|u\.s\.|american|european|japanese|common|most|traded|country|sector|asset-class|commodity|currency|industry|bank|hundred|thousand|s ?& ?p|nyse|amex|nasdaq|and|,) ?)+(?:[\w&]+ )?{_THINGS}\b|"
    rf"\b(?:\d[\d,]*|{NUMBER}|liquid|listed) (?:[\w-]+ ){{0,3}}?{_THINGS}\b"
)
_SETTING = re.compile(
    r"\b(?:consists?|sample|we (?:use|take|trade|study|examine|consider|look)|pairs of|cross-section|pool|form portfolios|portfolio of|universe|mandate|listed|against the us dollar|run on|listed on|for each|outside)\b"
)
_FOREIGN = (
    (re.compile(r"\b(?:nyse|amex|crsp)\b"), "all NYSE and AMEX stocks"),
    (re.compile(r"\b(?:\w+ )?(?:liquid )?futures\b(?! (?:price|return)s? of the strategy)"), "futures"),
    (re.compile(r"\bcommodit(?:y|ies)\b"), "commodities"),
    (re.compile(r"\b(?:currenc(?:y|ies)|foreign exchange|fx)\b"), "currencies"),
    (re.compile(r"\b(?:government |treasury |corporate )?bonds?\b(?! (?:yield|market rate))|\btreasur(?:y|ies)\b(?! bills?)"), "bonds"),
    (re.compile(r"\bemerging markets?\b"), "emerging markets"),
    (re.compile(r"\b(?:country|national|regional) (?:stock |equity )?ind(?:ices|exes)\b|\bmsci\b"), "country indices"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Market:
    """The data set chosen for one strategy, and the rows of the table that follow from it."""

    data_set: DataSet | None
    parameters: dict[str, DraftParameter]

    @property
    def size(self) -> int:
        symbols = self.parameters["symbols"].value
        listed = len(symbols) if isinstance(symbols, list) else 0
        return listed or (len(self.data_set.symbols) if self.data_set else 0)


def market_of(document: Document, catalogue: Catalogue, family: Family, rules: Sequence[Sentence]) -> Market:
    """The market of a strategy, as far as the text names it; the rest is assumed and says so."""
    if not catalogue.data_sets:
        return Market(
            None,
            {
                "dataset": missing(DATASET),
                "symbols": missing(SYMBOLS),
                "benchmark": _benchmark(document, None, catalogue, ()),
            },
        )
    chosen, score, why = _best(document, catalogue, family, rules)
    symbols = _symbols(document, chosen, family, rules)
    listed = symbols.value if isinstance(symbols.value, list) and symbols.value else list(chosen.symbols)
    dataset = DraftParameter(
        label=DATASET.label, unit=Unit.DATASET, value=chosen.key, status=Status.INFERRED if score > 0 else Status.ASSUMED, note=why
    )  # fmt: skip
    table = {"dataset": dataset, "symbols": symbols, "benchmark": _benchmark(document, chosen, catalogue, listed)}
    return Market(chosen, {**table, **window_of(document, chosen)})


def foreign_market(text: str, data_set: DataSet | None) -> str:
    """What a sentence speaks of that the data set does not hold; empty when nothing."""
    for pattern, words in _FOREIGN:
        if pattern.search(text):
            return words
    named = indices_in(text)
    if data_set is not None and named and not named & set(data_set.symbols) and not _AGAINST.search(text):
        return "the " + " and the ".join("S&P 500" if symbol == SPX else "NASDAQ Composite" for symbol in sorted(named))
    return ""


def _best(
    document: Document, catalogue: Catalogue, family: Family, rules: Sequence[Sentence]
) -> tuple[DataSet, float, str]:
    own = [s for s in document.sentences if not s.cited]
    text = " ".join(s.raw for s in own)
    windows = [span for s in own for span in spans(s.text)]
    several = _several(document, family, rules)
    scored = [(*_score(d, text, several), _covered(d, windows), len(d.fields), d) for d in catalogue.data_sets]
    score, why, _, _, chosen = max(scored, key=lambda row: (row[0], row[2], row[3]))
    return chosen, score, why


def _several(document: Document, family: Family, rules: Sequence[Sentence]) -> bool:
    """Whether the rule is about several instruments."""
    if family in {Family.CROSS_SECTION, Family.CHARACTERISTIC, Family.PAIRS, Family.ALLOCATION}:
        return True
    if family is Family.CALENDAR:
        return False
    words = " ".join(s.text for s in (*rules, *document.sentences[:3]))
    plural = re.search(
        r"\b(?:stocks|shares|each (?:stock|asset|instrument|security)|every (?:stock|asset|instrument)|large[- ]caps?|each (?:contract|market|currency)|liquid futures|futures on|currencies|commodities|constituents|etfs|funds)\b",
        words,
    )
    return bool(plural)


def _score(data_set: DataSet, text: str, several: bool) -> tuple[float, str]:  # noqa: FBT001
    """How well a data set fits what the text names, above 0 when it is named, and why."""
    return _score_of_several(data_set, text) if several else _score_of_one(data_set, text)


def _score_of_several(data_set: DataSet, text: str) -> tuple[float, str]:
    size, low, title = len(data_set.symbols), text.lower(), data_set.title.lower()
    if size < 2:
        return (-1.0, "")
    if _FUNDS.search(low) and re.search(r"\bfunds?\b|\betfs?\b", title):
        return (3.0, "The document speaks of factor funds.")
    named = sorted(stocks_in(text) & set(data_set.symbols))
    if len(named) >= 2:
        return (2.0 + len(named) / 10, f"The document names {', '.join(named[:6])}.")
    if _LARGE.search(low) and "large" in title:
        return (2.0, f"The document speaks of large US stocks; “{data_set.title}” comes closest.")
    why = f"The document names no data that are loaded; “{data_set.title}” has the most instruments."
    return (-1 / (1 + size), why)


def _score_of_one(data_set: DataSet, text: str) -> tuple[float, str]:
    carried = set(data_set.symbols)
    counted = max((len(re.findall(_index_words(s), text.lower())) for s in indices_in(text) & carried), default=0)
    if counted:
        return (1.0 + min(counted, 20) / 10, f"The document names the index; “{data_set.title}” carries it.")
    stocks = sorted(stocks_in(text) & carried)
    if stocks:
        return (1.0, f"The document names {', '.join(stocks)}.")
    why = f"The document names no market that is loaded; “{data_set.title}” is the platform's choice."
    return (0.0 if SPX in carried else -1.0, why)


def _index_words(symbol: str) -> str:
    return r"s ?& ?p[- ]?500|\bspx\b" if symbol == SPX else r"\bnasdaq\b|\bixic\b"


def _covered(data_set: DataSet, windows: Sequence[Span]) -> float:
    """The largest part of a window of the document that the data cover, in tenths; a data set with more fields wins a tie."""
    parts = [
        span.overlap(data_set.first_day, data_set.last_day) / ((span.end - span.start).days + 1) for span in windows
    ]
    return round(max(parts, default=0.0), 1)


def _symbols(document: Document, data_set: DataSet, family: Family, rules: Sequence[Sentence]) -> DraftParameter:
    own = [s for s in document.body if not s.cited]
    carried = set(data_set.symbols)
    several = len(carried) > 1 and _several(document, family, rules)
    best = max(
        own,
        key=lambda s: len((stocks_in(s.raw) if several else stocks_in(s.raw) | indices_in(s.raw)) & carried),
        default=None,
    )
    named = (stocks_in(best.raw) | indices_in(best.raw)) & carried if best else frozenset()
    if best is not None and named and (len(named) > 1 or not several):
        return DraftParameter(
            label=SYMBOLS.label, unit=Unit.SYMBOLS, value=sorted(named), status=Status.STATED, citation=best.quote(0, min(len(best.raw), 200))
        )  # fmt: skip
    if len(carried) == 1:
        return assumed(SYMBOLS, sorted(carried), "The only instrument of the data set.")
    note = "The document does not list its instruments; every instrument of the data set is traded."
    about = next((s for s in own if _UNIVERSE.search(s.text)), None) or _described(own)
    if about is None:
        return assumed(SYMBOLS, [], note)
    return DraftParameter(
        label=SYMBOLS.label, unit=Unit.SYMBOLS, value=[], status=Status.INFERRED, citation=_around_group(about),
        note="Every instrument of the data set: the document describes its universe in words.",
    )  # fmt: skip


def _around_group(s: Sentence) -> Citation:
    match = _GROUP.search(s.text) or _UNIVERSE.search(s.text)
    return s.quote(match.start(), match.end()) if match and len(s.raw) > 200 else s.quote(0, min(len(s.raw), 200))


def _described(own: Sequence[Sentence]) -> Sentence | None:
    """The sentence that tells the universe in words: the one that sets it, else the first that names a group."""
    named = [s for s in own if not s.variation and _GROUP.search(s.text)]
    return max(named, key=lambda s: (2 * bool(_SETTING.search(s.text)), -s.index), default=None)


def _benchmark(
    document: Document, data_set: DataSet | None, catalogue: Catalogue, symbols: Sequence[str]
) -> DraftParameter:
    own = [s for s in document.body if not s.cited]
    for pattern in (_BENCHMARK_IS, _COMPARED):
        for s in own:
            match = pattern.search(s.text)
            named = (
                sorted(
                    symbol for symbol in indices_in(s.raw[match.start() : match.end() + 60]) if catalogue.holds(symbol)
                )
                if match
                else []
            )
            if match and named:
                cite = s.quote(match.start(), match.end())
                return DraftParameter(
                    label=BENCHMARK.label, unit=Unit.SYMBOL, value=named[0], status=Status.STATED, citation=cite
                )
    if len(symbols) == 1:
        return assumed(BENCHMARK, symbols[0], "Buying and holding the instrument itself.")
    if catalogue.holds(SPX):
        return assumed(
            BENCHMARK, SPX, "The document names no benchmark that is loaded; the S&P 500 is the platform's choice."
        )
    return (
        missing(BENCHMARK)
        if data_set is None
        else assumed(BENCHMARK, data_set.symbols[0], "The first instrument of the data set.")
    )


def window_of(document: Document, data_set: DataSet) -> dict[str, DraftParameter]:
    """First and last day: the document's own sample where the data cover some of it, else what the data have."""
    told = [(s, span) for s in document.sentences for span in spans(s.text)]
    places = [(s, span, _window_weight(s, span, data_set) + _widest(s, span, told)) for s, span in told]
    covered = [p for p in places if p[2] > 0]
    if not covered:
        said = [p for p in places if not p[0].variation]
        return _whole(data_set, said[0] if said else None)
    sentence, span, _ = max(covered, key=lambda p: (p[2], -p[0].index))
    note = (
        "Only years are given: the first day of the first and the last day of the last are meant."
        if span.whole_years
        else ""
    )
    cite = sentence.quote(span.at, span.to)
    others = [o for _, o, _ in covered if (o.start, o.end) != (span.start, span.end)]
    return {
        "start": _stated_day(START, span.start, note, cite, [o.start for o in others]),
        "end": _stated_day(END, span.end, note, cite, [o.end for o in others]),
    }


def _widest(s: Sentence, span: Span, told: Sequence[tuple[Sentence, Span]]) -> float:
    """A little more for a span that holds parts of itself that the document also tells."""
    own = [o for other, o in told if other.cited == s.cited and (o.start, o.end) != (span.start, span.end)]
    return (
        2.5
        if own and not s.is_variant and not s.cited and all(span.start <= o.start and o.end <= span.end for o in own)
        else 0.0
    )


def _stated_day(wanted: Wanted, day: date, note: str, citation: Citation, others: Sequence[date]) -> DraftParameter:
    alternatives = [
        Alternative(value=other.isoformat(), reason="Another window that the document mentions.")
        for other in dict.fromkeys(others)
        if other != day
    ]
    return DraftParameter(
        label=wanted.label,
        unit=Unit.DATE,
        value=day.isoformat(),
        status=Status.STATED,
        note=note,
        citation=citation,
        alternatives=alternatives[:4],
    )


def _whole(data_set: DataSet, said: tuple[Sentence, Span, float] | None) -> dict[str, DraftParameter]:
    first, last = data_set.first_day.isoformat(), data_set.last_day.isoformat()
    if said is None:
        note = "The document states no sample; the whole of the data is used."
        return {"start": assumed(START, first, note), "end": assumed(END, last, note)}
    sentence, span, _ = said
    note = f"The document's sample ({span.start:%Y} to {span.end:%Y}) lies outside the data, which run from {first} to {last}."
    cite = sentence.quote(span.at, span.to)
    table = {}
    for name, wanted, value, theirs in (("start", START, first, span.start), ("end", END, last, span.end)):
        other = Alternative(value=theirs.isoformat(), reason="The document's own sample.", citation=cite)
        table[name] = assumed(wanted, value, note, [other])
    return table


def _window_weight(s: Sentence, span: Span, data_set: DataSet) -> float:
    """How likely it is that a span is the sample of the rules: covered by the data, the document's own, called a sample."""
    days = (span.end - span.start).days + 1
    part = span.overlap(data_set.first_day, data_set.last_day) / days
    if part < 0.1 or s.is_variant:
        return 0.0
    weight = 4.0 if part > 0.9 else 1.0
    weight += 2.0 if _SAMPLE.search(s.text) else 0.0
    weight += (
        2.0
        if re.search(
            r"\bsample\b[^.;]{0,40}\b(?:runs?|is|covers?|spans?|from|period)\b|\bdata (?:run|cover|span|are)", s.text
        )
        else 0.0
    )
    weight += min(days / 365.25, 20.0) / 20.0
    return weight * (0.25 if s.cited else 1.0)
