"""What instruments are ranked by: past returns, risk, and the characteristics that companies, currencies and futures have."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from apps.domain.language import Status, Unit
from apps.strategies.adapters.amounts import NUMBER, PERIOD, duration
from apps.strategies.adapters.rules.sentences import Document, Sentence
from apps.strategies.adapters.rules.settle import Found


@dataclass(frozen=True, slots=True)
class Measure:
    """A number per instrument that a sort can use. `inputs` are what it reads beside prices; a fact is known late."""

    term: str
    words: re.Pattern[str]
    formula: str
    inputs: tuple[tuple[str, str], ...] = ()

    @property
    def is_reported(self) -> bool:
        """Whether it comes from accounts, which are known only some time after the period they tell of."""
        return any(kind == "fact" for _, kind in self.inputs)

    @property
    def is_trailing(self) -> bool:
        """Whether it is taken over a window of past days."""
        return not self.inputs


def _measure(term: str, words: str, formula: str = "", **inputs: str) -> Measure:
    given = tuple(inputs.items()) or ((term, "fact"),)
    return Measure(term, re.compile(rf"\b(?:{words})"), formula or term, () if formula and not inputs else given)


MEASURES = (
    _measure("beta", r"(?:market |historical |estimated |low(?:est)?[- ]|high(?:est)?[- ])?betas?\b", "beta(pct_change(close, 1), cross_mean(pct_change(close, 1)), lookback)"),
    _measure("volatility", r"(?:realised |realized |historical |past |return |price |idiosyncratic |daily )?volatilit(?:y|ies)\b|standard deviations? of (?:\w+ )?returns?|variance of (?:\w+ )?returns?", "volatility(close, lookback)"),
    _measure("book_to_market", r"book[- ](?:value )?to[- ](?:market|price)|book[- ]equity to (?:market|price)|ratio of book (?:equity|value) to|b/m\b|price[- ]to[- ]book", "book_equity / market_cap", book_equity="fact", market_cap="field"),
    _measure("earnings_surprise", r"standardi[sz]ed unexpected earnings|earnings[- ]surprises?|unexpected earnings|\bsue\b"),
    _measure("earnings_yield", r"earnings[- ](?:yield|to[- ]price)|e/p\b|price[- ](?:to[- ])?earnings"),
    _measure("dividend_yield", r"dividend[- ]yields?", "dividend_yield", dividend_yield="field"),
    _measure("gross_profitability", r"gross[- ]profit(?:ability|s)?"),
    _measure("return_on_equity", r"returns? on (?:book )?equity|\broe\b"),
    _measure("return_on_assets", r"returns? on assets|\broa\b"),
    _measure("asset_growth", r"asset[- ]growth|growth (?:of|in) (?:total )?assets"),
    _measure("accruals", r"accruals?\b"),
    _measure("interest_rate", r"(?:short[- ]term |money[- ]market |deposit )?interest[- ]rates?(?: differentials?)?|forward discounts?|carry\b", "interest_rate", interest_rate="field"),
    _measure("roll_yield", r"roll[- ]yields?|(?:slope of the|term structure|futures) (?:curve|basis)|\b(?:futures|cash[- ]futures) basis\b|backwardation", "roll_yield", roll_yield="field"),
    _measure("market_cap", r"market[- ]cap(?:itali[sz]ation)?s?\b|market (?:value|equity)|firm size|\bsize\b", "market_cap", market_cap="field"),
)  # fmt: skip
INVERSE_RISK = re.compile(
    r"\binvers\w+[- ](?:\w+[- ]){0,4}?(?:volatility|standard deviation|risk)|\bone over (?:the|its|their) (?:[\w-]+ ){0,2}?(?:volatility|standard deviation)|\brisk[- ]parity|\bequal risk contribution|\binverse[- ]vol\b"
)
"""Weights that fall with risk."""
_RANKED = r"(?:rank(?:s|ed|ing|ings)?|sort(?:s|ed|ing)?|order(?:s|ed)?|assign(?:s|ed)?|allocated|split|divided|screen(?:s|ed)?)"
_KEY = re.compile(
    rf"\b{_RANKED}\b[^.;]{{0,90}}?\b(?:by|on|according to|based on|using)\b(?P<key>[^.;,]{{0,90}})|\b{_RANKED}\b[^.;]{{0,40}}?(?P<key2>[^.;,]{{0,60}})$"
)
_EXTREME = re.compile(
    r"\b(?:highest|lowest|largest|smallest|greatest|least|low(?=[- ](?:vol|beta))|cheapest|dearest)[- ](?P<key>[^.;,]{0,60})"
)
_WINDOW = re.compile(
    rf"(?:over|in|during|of|from|for|across) (?:the |its |their )?(?:last |past |previous |prior |preceding |trailing |most recent )?(?P<n>{NUMBER})[- ](?P<p>{PERIOD})\b|"
    rf"\b(?P<n2>{NUMBER})[- ](?P<p2>{PERIOD}) (?:rolling |historical |daily |return )*(?:volatility|betas?|standard deviation)|"
    rf"\b(?:last|past|previous|prior|preceding|trailing) (?P<n3>{NUMBER})[- ](?P<p3>{PERIOD})\b|\b(?:last|past|previous|prior) (?P<p4>year|quarter|month|week)\b"
)
_LAG = re.compile(
    rf"\b(?P<n>{NUMBER})[- ](?P<p>{PERIOD}) (?:after|following|later than) (?:the )?(?:(?:end|close) of )?(?:the |each |its )?(?:\w+ )?(?:fiscal|financial|accounting|business|reporting|quarter|year|period)|"
    rf"\b(?:lag|delay|gap)(?:ged)?(?: \w+){{0,2}} (?:of |by )(?:at least )?(?P<n2>{NUMBER})[- ](?P<p2>{PERIOD})|\blag(?:ged|s)?(?: by)? (?P<n3>{NUMBER})[- ](?P<p3>{PERIOD})"
)


def measure_of(s: Sentence) -> Measure | None:
    """What a sentence sorts instruments by, when that is not their past return."""
    for pattern in (_KEY, _EXTREME):
        for match in pattern.finditer(s.text):
            groups = match.groupdict()
            key = groups.get("key") or groups.get("key2") or ""
            places = [(m.start(), measure) for measure in MEASURES for m in [measure.words.search(key)] if m]
            first = min(places, key=lambda place: place[0], default=None)
            past = re.search(r"\breturns?\b|\bmomentum\b|\bperformance\b", key)
            if first is not None and not (past and past.start() < first[0]):
                return first[1]
    return None


def measures(document: Document) -> list[tuple[Measure, tuple[Sentence, ...]]]:
    """The measures that the document itself sorts by, each with its sentences, the most frequent first."""
    found: dict[str, tuple[Measure, list[Sentence]]] = {}
    for s in document.body:
        if s.cited or s.variation:
            continue
        measure = measure_of(s)
        if measure is not None:
            found.setdefault(measure.term, (measure, []))[1].append(s)
    listed = [(measure, tuple(sentences)) for measure, sentences in found.values()]
    return sorted(listed, key=lambda pair: (pair[0].term == "market_cap", -len(pair[1]), pair[1][0].index))


def windows(sentences: Sequence[Sentence], words: re.Pattern[str]) -> Iterator[Found]:
    """Lengths that sentences give a measure."""
    for s in sentences:
        if not words.search(s.text):
            continue
        for match in _WINDOW.finditer(s.text):
            groups = match.groupdict()
            number = groups["n"] or groups["n2"] or groups["n3"] or "one"
            length = duration(number, groups["p"] or groups["p2"] or groups["p3"] or groups["p4"] or "days")
            if length is not None and length.days <= 2520:
                yield Found(length.value, length.unit, s, match.start(), match.end())


def lags(sentences: Sequence[Sentence]) -> Iterator[Found]:
    """How long after its period a reported figure is used."""
    for s in sentences:
        for match in _LAG.finditer(s.text):
            groups = match.groupdict()
            length = duration(groups["n"] or groups["n2"] or groups["n3"], groups["p"] or groups["p2"] or groups["p3"])
            if length is not None and length.unit in {Unit.DAYS, Unit.WEEKS, Unit.MONTHS}:
                yield Found(length.value, length.unit, s, match.start(), match.end())


def input_rows(measure: Measure) -> dict[str, Any]:
    """The rows of the table that name where a measure's inputs come from; which table that is, nobody has said."""
    return {
        f"{name}_source": {
            "label": f"{name.replace('_', ' ').capitalize()}, source",
            "unit": Unit.SOURCE,
            "value": name,
            "status": Status.ASSUMED,
            "note": "The document reads this figure; name the table of your data that holds it.",
        }
        for name, _ in measure.inputs
    }
