"""What stands above a rule: weights, exits of positions, a regime of the market, tranches and the month of renewal."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from apps.domain.language import DraftParameter, Status, Unit
from apps.strategies.adapters.amounts import NUMBER, duration, number_of
from apps.strategies.adapters.rules import families, measures
from apps.strategies.adapters.rules.sentences import Document, Sentence
from apps.strategies.adapters.rules.settle import Found, Wanted, missing, settle

_Table = dict[str, DraftParameter]
_PCT = r"(?P<v>\d+(?:\.\d+)?|[a-z]+) ?(?:%|per ?cent\b)"
_DENIED = re.compile(r"\b(?:no|not|never|without|neither|nor)\b[^.;]{0,25}$")
_EXITS = {
    "trailing_stop": re.compile(
        rf"\btrailing[- ]stop(?:[- ]loss)?(?: order)?s?(?: of| at| is| set at|,)* (?:a )?{_PCT}|{_PCT.replace('?P<v>', '?P<v2>')} (?:from|below|under|off|beneath) (?:its|the|their)(?: \w+){{0,2}} (?:high|highest|peak)|\b{_PCT.replace('?P<v>', '?P<v3>')} trailing[- ]stop"
    ),
    "take_profit": re.compile(
        rf"\b(?:profit[- ]target|take[- ]profit|target profit)(?: order)?s?(?: of| at| is| set at)* (?:a )?{_PCT}|\b{_PCT.replace('?P<v>', '?P<v2>')} (?:profit[- ]target|take[- ]profit|above (?:the|its|my|our) (?:purchase|entry|buying) price)|\bgains? {_PCT.replace('?P<v>', '?P<v3>')} from (?:the|its|my|our) (?:purchase|entry)"
    ),
    "stop_loss": re.compile(
        rf"\b(?<!trailing )stop[- ]?(?:loss)?(?: order)?s?(?: of| at| is| set at)+ (?:a )?{_PCT}|\b{_PCT.replace('?P<v>', '?P<v2>')} (?:from|below|under|beneath) (?:the|its|my|our|their) (?:purchase|entry|buying|cost)(?: price)?|\b{_PCT.replace('?P<v>', '?P<v3>')} stop[- ]loss"
    ),
}
_TIME = re.compile(
    rf"\b(?:after|for) (?:at most |no more than )?(?P<n>{NUMBER})[- ](?P<p>(?:trading )?(?:days|weeks|months))\b(?= at most| at the (?:most|latest)| I (?:leave|sell|exit)|,? (?:I|we) (?:leave|sell|exit|close)| the position is (?:closed|sold)| (?:it|they) (?:is|are) (?:closed|sold)|[^.;]{{0,12}} i leave)|"
    rf"\b(?:at most|no longer than|no more than|a maximum of|up to) (?P<n2>{NUMBER})[- ](?P<p2>(?:trading )?(?:days|weeks|months))\b|\b(?:closed|sold|exit(?:ed)?) after (?P<n3>{NUMBER})[- ](?P<p3>(?:trading )?(?:days|weeks|months))\b|\btime[- ]stop of (?P<n4>{NUMBER})[- ](?P<p4>(?:trading )?(?:days|weeks|months))\b"
)
_LABELS = {"stop_loss": "Stop loss", "take_profit": "Profit target", "trailing_stop": "Trailing stop"}
_TARGET = re.compile(
    rf"\b(?:scaled|sized|targeted|set|brought|levered|adjusted)[^.;]{{0,25}} (?:to|at) (?:an? |its )?(?:[\w-]+ ){{0,3}}?volatility (?:target )?of (?:about )?{_PCT}|\b(?:target(?:ed|ing|s)?|constant) (?:[\w-]+ ){{0,2}}volatility (?:of|is|at) {_PCT.replace('?P<v>', '?P<v2>')}|\bvolatility target of {_PCT.replace('?P<v>', '?P<v3>')}|\b{_PCT.replace('?P<v>', '?P<v4>')} (?:[\w-]+ )?(?:target volatility|volatility target)"
)
_LEVERAGE = re.compile(
    rf"\bleverage (?:of |is |capped |limited )*(?:no more than|at most|never above|below|at|to|up to) (?P<n>{NUMBER})|\b(?:maximum|max\.?) leverage (?:of |is )?(?P<n2>{NUMBER})"
)
_WHOLE = re.compile(r"\b(?:portfolio|book|strategy|programme|whole|overall|aggregate)\b")
_WEIGHTS = (
    ("inverse_volatility", measures.INVERSE_RISK),
    ("rank", re.compile(r"\bweight\w* (?:\w+ ){0,3}?(?:by|to|on|with) (?:the |their |its )?rank|\brank[- ]weight|\bweights? (?:are|is) proportional to (?:the |their )?rank")),
    ("value", re.compile(r"\b(?:value|cap|capitali[sz]ation)[- ]weight|\bweight\w* (?:\w+ ){0,3}?(?:by|to|on) (?:the |their |its )?(?:market[- ])?(?:cap|value\b|size)")),
    ("equal", re.compile(r"\bequal(?:ly)?[- ]weight|\bweights? (?:\w+ ){0,4}?(?:is|are) (?:the same|equal)|\bsame (?:weight|amount|share)|\bequal (?:weight|amounts?|shares?|dollar)|\bone (?:half|third|quarter|fifth|tenth) each|^equal at")),
)  # fmt: skip
_MONTHS = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december")  # fmt: skip
_MONTH = "|".join(_MONTHS)
_YEARLY = re.compile(
    rf"\b(?:end|close|last (?:trading |business )?day|start|beginning|first (?:trading |business )?day) of (?P<m>{_MONTH})(?: (?:of )?(?:each|every) year)?|\b(?:each|every) (?P<m2>{_MONTH})\b|\bin (?P<m3>{_MONTH}) of (?:each|every) year"
)
_PER_YEAR = re.compile(r"\b(?:each|every|a|per) year\b|\bannual(?:ly)?\b|\byearly\b|\beach (?:" + _MONTH + ")")
_KEPT = re.compile(
    rf"\b(?:held|kept|hold|keep|holding period|carried)\b[^.;]{{0,30}}?\b(?:for|of|is) (?:the )?(?:next |following |subsequent )?(?P<n>{NUMBER})[- ](?P<p>months?|weeks?|quarters?|years?|days?)\b"
)
_OVERLAP = re.compile(
    r"\boverlap\w*|\btranches?\b|\bcohorts?\b|\bvintages?\b|\b(?:new|fresh) (?:\w+ )?(?:one|portfolio|cohort|tranche)\b[^.;]{0,30}\b(?:each|every) (?:month|week|quarter)"
)
_BILLS = re.compile(r"\b(?:treasury|t)[- ]?bills?\b|\bmoney[- ]market\b")
_AVERAGE_WINDOW = Wanted("Average of the market", Unit.DAYS, "Over how long is the market's average taken?")
_VOL_WINDOW = Wanted("Volatility window", Unit.DAYS, "Over how long is volatility measured?")
_INSTEAD = Wanted(
    "Held out of the regime", Unit.SYMBOLS, "The document holds bills out of the market. Which instrument of your data stands for them?"
)  # fmt: skip


def exits(sentences: Sequence[Sentence]) -> _Table:
    """The stops and targets that end a position."""
    table: _Table = {}
    for name, pattern in _EXITS.items():
        places = [f for s in sentences for f in _percents(s, pattern)]
        if places:
            table[name] = settle(
                Wanted(_LABELS[name], Unit.FRACTION, f"Which {_LABELS[name].lower()} applies?"), places, dominant=2.0
            )
    times = [
        f
        for s in sentences
        if re.search(r"\b(?:position|leave|exit|sold|sell|closed?|open)\b", s.text)
        for f in _lengths(s, _TIME)
    ]
    if times:
        table["time_stop"] = settle(
            Wanted("Longest holding", Unit.DAYS, "How long may a position be held?"), times, dominant=2.0
        )
    return table


def _percents(s: Sentence, pattern: re.Pattern[str]) -> Iterator[Found]:
    for match in pattern.finditer(s.text):
        value = number_of(next((g for g in match.groups() if g), ""))
        if value and 0 < value < 100 and not _DENIED.search(s.text[: match.start()]):
            yield Found(round(value / 100, 12), Unit.FRACTION, s, match.start(), match.end())


def _lengths(s: Sentence, pattern: re.Pattern[str]) -> Iterator[Found]:
    for match in pattern.finditer(s.text):
        groups = [g for g in match.groups() if g]
        length = duration(groups[0], groups[1])
        if length:
            yield Found(length.value, length.unit, s, match.start(), match.end())


def weights(sentences: Sequence[Sentence]) -> tuple[dict[str, Any], _Table, dict[str, Any] | None]:
    """The weighting scheme that sentences state, its parameters, and a target for the whole portfolio; empty when none."""
    table: _Table = {}
    scheme: dict[str, Any] = {}
    portfolio: dict[str, Any] | None = None
    for s in sentences:
        for place in _percents(s, _TARGET):
            whole = _WHOLE.search(s.text) and not re.search(
                r"\beach (?:\w+ )?(?:position|market|instrument|contract|asset|stock)", s.text
            )
            name = "portfolio_target" if whole else "target"
            label = "Volatility of the portfolio" if whole else "Volatility of each position"
            table[name] = settle(Wanted(label, Unit.FRACTION, "Which volatility is aimed at?"), [place])
            if whole:
                portfolio = {"target": name, "window": "vol_window"}
            else:
                scheme = {"kind": "volatility_target", "target": name, "window": "vol_window", "over": "universe"}
    if portfolio is not None:
        most = [f for s in sentences for f in _multiples(s)]
        if most:
            table["max_leverage"] = settle(Wanted("Largest leverage", Unit.NUMBER, "How much leverage at most?"), most)
            portfolio["max_leverage"] = "max_leverage"
    if not scheme:
        kind = next((k for k, p in _WEIGHTS if any(p.search(s.text) for s in sentences)), "")
        if kind == "inverse_volatility":
            scheme = {"kind": kind, "window": "vol_window"}
        elif kind:
            scheme = {"kind": kind}
    if "vol_window" in {scheme.get("window"), (portfolio or {}).get("window")}:
        table["vol_window"] = _volatility_window(sentences)
    return scheme, table, portfolio


def shares_among_held(sentences: Sequence[Sentence]) -> bool:
    """Whether the capital is shared among what is held, rather than kept in cash for what is not."""
    held = re.compile(
        r"\b(?:that|which) (?:qualif\w+|are (?:held|selected|chosen))|\b(?:selected|qualifying|held) (?:stocks|assets|names|funds)"
    )
    return any(held.search(s.text) and _WEIGHTS[-1][1].search(s.text) for s in sentences)


def _multiples(s: Sentence) -> Iterator[Found]:
    for match in _LEVERAGE.finditer(s.text):
        value = number_of(match["n"] or match["n2"])
        if value and value >= 1:
            yield Found(value, Unit.NUMBER, s, match.start(), match.end())


def _volatility_window(sentences: Sequence[Sentence]) -> DraftParameter:
    """The window stands in the sentence of the weights or in the one after it."""
    risk = re.compile(r"\bvolatility\b|\bstandard deviation\b|\brisk\b")
    about = [
        s
        for i, s in enumerate(sentences)
        if (
            risk.search(s.text)
            and (
                _WEIGHTS[0][1].search(s.text) or _TARGET.search(s.text) or re.search(r"\bestimat|\bmeasured\b", s.text)
            )
        )
        or (i and (_WEIGHTS[0][1].search(sentences[i - 1].text) and re.search(r"\bmeasured\b|\bestimated\b", s.text)))
    ]
    return settle(_VOL_WINDOW, list(measures.windows(about, re.compile(r"."))), dominant=2.0)


def regime(document: Document, data_symbols: Sequence[str]) -> tuple[dict[str, Any], _Table]:
    """A condition on the whole market out of which nothing is held, or bills are: (regime, rows)."""
    places = families.gates(document)
    if not places:
        return {}, {}
    found = [f for f in families.windows(document) if f.sentence in places]
    table = {"regime_window": settle(_AVERAGE_WINDOW, found, dominant=2.0)}
    kind = "ema" if families.exponential(places) else "sma"
    market = "cross_mean(close)"
    rule: dict[str, Any] = {"when": f"{market} > {kind}({market}, regime_window)"}
    bills = next((s for s in places if _BILLS.search(s.text)), None)
    if bills is not None:
        stands_for = [symbol for symbol in ("BIL", "SHV", "SGOV") if symbol in data_symbols]
        rule["instead"] = "instead"
        quote = bills.quote(0, len(bills.raw))
        table["instead"] = (
            DraftParameter(label=_INSTEAD.label, unit=Unit.SYMBOLS, value=stands_for[:1], status=Status.INFERRED, citation=quote, note="A fund of bills stands for the bills of the document.")
            if stands_for
            else missing(_INSTEAD)
        )  # fmt: skip
    return rule, table


def anchor(sentences: Sequence[Sentence]) -> DraftParameter | None:
    """The month in which a yearly period ends."""
    for i, s in enumerate(sentences):
        near = f"{sentences[i - 1].text if i else ''} {s.text}"
        for match in _YEARLY.finditer(s.text):
            if not _PER_YEAR.search(near) and not re.search(r"\byear\b", s.text):
                continue
            name = next(g for g in match.groups() if g)
            number = _MONTHS.index(name) + 1
            return DraftParameter(
                label="Anchor month", unit=Unit.COUNT, value=number, status=Status.INFERRED, citation=s.quote(match.start(), match.end()),
                note=f"{name.capitalize()} is month {number}.",
            )  # fmt: skip
    return None


def hold(sentences: Sequence[Sentence]) -> DraftParameter | None:
    """The holding period of overlapping tranches; without a word of overlap a holding period is the rebalancing."""
    if not any(_OVERLAP.search(s.text) for s in sentences):
        return None
    places = [f for s in sentences for f in _lengths(s, _KEPT)]
    return (
        settle(Wanted("Holding period", Unit.MONTHS, "For how long is each tranche held?"), places, dominant=2.0)
        if places
        else None
    )
