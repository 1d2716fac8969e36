"""The families of rules that the language can express, and how documents word them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from apps.domain.language import Status, Unit
from apps.strategies.adapters.amounts import NUMBER, PERIOD, duration, number_of
from apps.strategies.adapters.rules import measures, patterns
from apps.strategies.adapters.rules.sentences import Document, Sentence
from apps.strategies.adapters.rules.settle import Found


class Family(StrEnum):
    """What kind of rule."""

    AVERAGE = "average"  # the price above its moving average
    CROSSOVER = "crossover"  # a fast average above a slow one
    TIME_SERIES = "time_series"  # the sign of an instrument's own past return
    CROSS_SECTION = "cross_section"  # a rank by past return
    REVERSAL = "reversal"  # the relative strength index
    CHARACTERISTIC = "characteristic"  # a rank by risk or by what companies report
    BREAKOUT = "breakout"  # the edge of a channel
    CALENDAR = "calendar"  # days and months
    PAIRS = "pairs"  # two that moved together
    ALLOCATION = "allocation"  # everything, by risk


FAMILY_WORDS = {
    Family.AVERAGE: "moving-average timing",
    Family.CROSSOVER: "moving-average crossovers",
    Family.TIME_SERIES: "time-series momentum",
    Family.CROSS_SECTION: "cross-sectional momentum",
    Family.REVERSAL: "relative-strength-index reversals",
    Family.CHARACTERISTIC: "sorts on risk or reported figures",
    Family.BREAKOUT: "breakouts",
    Family.CALENDAR: "calendar effects",
    Family.PAIRS: "pairs",
    Family.ALLOCATION: "allocation by risk",
}
SORTS = frozenset({Family.CROSS_SECTION, Family.CHARACTERISTIC})

_AVG = r"(?:(?:simple|exponential|exponentially[- ]weighted|weighted|arithmetic|rolling|trailing|price|closing[- ]price) )*(?:moving[- ]?averages?|\b[se]?ma\b|\bdma\b|averages?)"
_AVERAGE_WORD = re.compile(
    r"\bmoving[- ]averages?\b|\b(?:sma|ema|dma)s?\b|\d(?:dma|sma|ema)\b|\bgolden cross\b|\bdeath cross\b"
)
_ACTION = re.compile(
    r"\b(?:buy|buys|bought|buying|sell|sells|sold|selling|hold|holds|held|holding|long|invest(?:s|ed|ing)?|enter(?:s|ed)?|exit(?:s|ed)?|position|positions|"
    r"own|owns|signal|signals|move to cash|in cash|switch(?:es)?|rank(?:s|ed|ing)?|sort(?:s|ed)?|select(?:s|ed)?|pick(?:s|ed)?|rule|above|below|"
    r"compute|computed|calculate|calculated|measure[ds]?|use[sd]?|based on|strategy)\b"
)  # fmt: skip
_WINDOW = re.compile(
    rf"(?P<n>{NUMBER})[- ](?P<p>{PERIOD})(?:'s?)?[- ](?:\([^)]{{1,12}}\) )?{_AVG}|(?P<n2>\d+)[- ]?(?P<p2>d|m|w)?(?:dma|sma|ema|ma)\b|"
    rf"{_AVG} (?:of |over |calculated over |computed over |taken over |based on |on |from )?(?:the )?(?:closing prices? |closes? |its closes? |month-end closes? |prices? |daily closes? )?"
    rf"(?:of |over |for |during )?(?:the )?(?:last |past |previous |prior |preceding |trailing |most recent )?(?P<n3>{NUMBER})[- ](?P<p3>{PERIOD})\b|"
    rf"\b(?:sma|ema|ma) ?\(? ?(?P<n4>\d+)(?P<p4>) ?\)?"
)
_PAIR = re.compile(
    rf"(?<!s&p )(?<!nasdaq )\b(?P<a>{NUMBER})(?:[- ](?P<pa>{PERIOD}))?(?:[- ]{_AVG})?(?:\s*(?:/|and|versus|vs\.?|-|crosses (?:above|over|below)|rises above|above|over|exceeds|is above)\s*)"
    rf"(?:its |the |their |a )?(?:slower |longer |slow |long )?(?P<b>{NUMBER})[- ](?P<pb>{PERIOD})[- ]{_AVG}"
)
_FAST = re.compile(
    rf"\b(?:fast|faster|short|shorter|short-term)\b[^.;]{{0,40}}?(?P<n>{NUMBER})[- ](?P<p>{PERIOD})|(?P<n2>{NUMBER})[- ](?P<p2>{PERIOD}) (?:\([a-z-]+\) )?(?:fast|short-term|shorter)\b"
)
_SLOW = re.compile(
    rf"\b(?:slow|slower|long-term|longer)\b[^.;]{{0,40}}?(?P<n>{NUMBER})[- ](?P<p>{PERIOD})|(?P<n2>{NUMBER})[- ](?P<p2>{PERIOD}) (?:\([a-z-]+\) )?(?:slow|long-term|longer)\b"
)
_ABOVE_AVERAGE = re.compile(
    rf"(?:\b(?:above|below|exceeds?|over|under|beneath|higher than|lower than|greater than|less than|crosses)\b|[<>])[^.;]{{0,70}}?(?:\b(?:the|its|their|an?|this|that|{NUMBER}|months?|days?|moving)[- ](?:[\w-]+ )*?(?:moving[- ])?averages?\b|\b(?:sma|ema|dma)\b|\d(?:dma|sma|ema)\b)|"
    r"\b(?:moving[- ]averages?|\d*[- ]?(?:sma|ema|dma))\b[^.;]{0,40}\b(?:is|lies|stands) (?:above|below|under)\b"
)
_CROSS = re.compile(
    r"\bcross(?:es|over|overs|ing|ed)?\b|\bfast(?:er)?\b.{0,60}\bslow(?:er)?\b|\bshort(?:er|-term)?\b.{0,40}\blong(?:er|-term)?\b.{0,30}average|golden cross"
)

_RETURN = r"(?:(?:total|excess|cumulative|compound|compounded|price|own|trailing|past|lagged|simple|realised|realized|stock|its|stocks') )*(?:returns?|performance|momentum|price changes?|gains?)"
_BACK = r"(?:last|past|previous|prior|preceding|trailing|most recent|latest)"
_LOOKBACK = re.compile(
    rf"\b{_RETURN}(?: of each (?:stock|asset|instrument|security)| of (?:the|every) \w+)? (?:over|in|during|for|of|from|measured over|computed over|calculated over|across) (?:the |its |their )?(?:{_BACK} )?(?P<n>{NUMBER})[- ](?P<p>{PERIOD})\b|"
    rf"\b{_BACK} (?P<n2>{NUMBER})[- ](?P<p2>{PERIOD})(?:'s?)? {_RETURN}|"
    rf"\b(?P<n3>{NUMBER})[- ](?P<p3>{PERIOD}) (?:\([^)]{{1,10}}\) )?(?:{_RETURN}|look-?back|formation|ranking|time[- ]series momentum|cross-sectional momentum|rate of change)|"
    rf"\b(?:look-?back|formation|ranking|evaluation|estimation|ranking and formation)(?: periods?| windows?| horizons?)?(?: \([a-z]\))?(?: is| of| are|:| was| equals| set to| length of|,)* (?:the )?(?:{_BACK} )?(?P<n4>{NUMBER})[- ](?P<p4>{PERIOD})\b|"
    rf"\b(?:over|during|in) (?:the |its |their )?{_BACK} (?P<n5>{NUMBER})[- ](?P<p5>{PERIOD})\b|"
    rf"\b(?:over|during|in) (?:the |its |their )?{_BACK} (?P<p6>(?:year|quarter|month|week))\b|\bj ?= ?(?P<n7>\d{{1,2}})(?P<p7> months?)?\b"
)
_MINUS = re.compile(
    r"\b(?P<j>\d{1,2}|six|nine|twelve)\s?[-/]\s?(?P<s>1|one)(?:[- ]months?)?[- ](?:cross-sectional |price |stock )?momentum|\bmomentum \(?(?P<j2>\d{1,2})\s?[-,]\s?(?P<s2>1)\)?"
)
_SKIP = re.compile(
    rf"\b(?:skip(?:s|ping|ped)?|exclud(?:e|es|ing|ed)|omit(?:s|ting|ted)?|leav(?:e|es|ing) out|ignor(?:e|es|ing)|lag(?:ged|s)? (?:by|of)|drop(?:s|ping)?|not counting|except(?: for)?|without)\s+"
    rf"(?:the |a |an )?(?:{_BACK} |final |first )?(?:(?P<n>{NUMBER})[- ])?(?P<p>(?:trading )?(?:days?|weeks?|months?))\b|\b(?P<n2>{NUMBER})[- ](?P<p2>days?|weeks?|months?) (?:gap|skip|lag)\b|"
    rf"\b(?P<n3>{NUMBER})[- ](?P<p3>days?|weeks?|months?) (?:is|are|was|were) (?:skipped|left out|excluded|omitted|dropped)|"
    rf"\b(?:{_BACK}|final) (?P<p4>day|week|month) (?:is |was |being )?(?:skipped|left out|excluded|omitted|dropped)"
)
_SIGN = re.compile(
    r"(?:\bis |\bare |\bwas |\bwere |\bhas been |\bturns? |\bremains? )?(?:\bpositive\b|\bnegative\b)|(?:above|below|greater than|less than|exceeds?|higher than|lower than|over)\s+zero|\bsign of\b|> ?0\b"
)
_THRESHOLD = re.compile(
    r"(?:exceeds?|above|greater than|higher than|more than|over|at least) (?P<v>\d+(?:\.\d+)?) ?(?:%|per ?cent|percent)"
)
_TS = re.compile(
    r"\btime[- ]series momentum\b|\babsolute momentum\b|\bown past returns?\b|\btrend[- ]following\b|\bintrinsic momentum\b|\btsmom\b"
)
_XS = re.compile(
    r"\bcross[- ]sectional momentum\b|\brelative[- ]strength (?:strateg|portfolio|rank)|\bwinners?\b|\bprice momentum\b|\brank(?:s|ed|ing)?\b|\bsort(?:s|ed|ing)?\b|"
    r"\brelative momentum\b|\blosers?\b|\btop (?:decile|quintile|tercile|quartile)\b|\bbest[- ]performing\b|\b(?:highest|strongest) (?:past|trailing|prior|momentum|returns?|performers?)\b"
)
_PAST_WORDS = re.compile(r"\breturns?\b|\bmomentum\b|look-?back|formation|rank")
_PAST = re.compile(rf"\b{_BACK} (?:[\w-]+ )?{_RETURN}")
_RANK = re.compile(
    r"\b(?:rank(?:s|ed|ing)?|sort(?:s|ed|ing)?|top|highest|strongest|winners?|losers?|best[- ]performing|best|decile|quintile)\b"
)
_RSI = re.compile(r"\brsi\b|\brelative[- ]strength[- ]ind(?:ex|icator)\b")
_RSI_WINDOW = re.compile(
    rf"(?P<n>{NUMBER})[- ](?P<p>{PERIOD}|period)s?[- ](?:wilder(?:'s)? )?(?:rsi|relative[- ]strength[- ]ind)|\brsi ?\(? ?(?P<n2>\d{{1,3}}) ?\)|(?:rsi|relative[- ]strength[- ]index)(?: \(rsi\))? (?:of|over|with)(?: a| the)?(?: window of| length of| period of| look-?back of)?(?: last| past)? ?(?P<n3>{NUMBER})[- ](?P<p3>{PERIOD})"
)
_LOW = re.compile(
    rf"\b(?:below|under|less than|lower than|beneath|<|drops? to|falls? to)\s*(?P<v>{NUMBER})\b(?!\s*(?:%|per ?cent|days|months))"
)
_HIGH = re.compile(
    rf"\b(?:above|over|exceeds?|greater than|higher than|>|rises? to|climbs? to)\s*(?P<v>{NUMBER})\b(?!\s*(?:%|per ?cent|days|months))"
)
_TOP = re.compile(
    rf"\b(?:top|best(?:[- ]performing)?|strongest|highest(?:[- ]ranked)?|leading) (?P<n>{NUMBER})\b(?!\s*(?:%|per ?cent|percent|[- ](?:days?|months?|years?)))|"
    rf"\b(?:hold|holds|buy|buys|own|owns|select|selects|pick|picks|keep|keeps|invest in|invests in)s? (?:only )?(?:the )?(?P<n2>{NUMBER}) (?:\w+ )?(?:stocks?|assets?|securities|names|instruments|funds|with the (?:highest|best|strongest)|strongest|best|highest|winners)|"
    rf"\bthe (?P<n3>{NUMBER}) (?:\w+ )?(?:stocks|assets|securities|names|instruments|funds)? ?(?:with the (?:highest|best|strongest)|strongest|best[- ]performing|highest[- ]ranked|winners)"
)
_QUANTILE = re.compile(
    rf"\b(?:top|highest|best|winner|first|upper|winners?')[- ](?P<q>decile|quintile|quartile|tercile|third|half|tenth|fifth|quarter)\b|\b(?:top|best[- ]performing|highest|best|strongest) (?P<v>{NUMBER}) ?(?:%|per ?cent|percent)"
)
_QUANTILES = {
    "decile": 0.1, "tenth": 0.1, "quintile": 0.2, "fifth": 0.2, "quartile": 0.25, "quarter": 0.25, "tercile": 1 / 3, "third": 1 / 3, "half": 0.5,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Recognised:
    """A family found in a document, with the sentences that give its rule."""

    family: Family
    rules: tuple[Sentence, ...]
    score: float


def recognise(document: Document) -> list[Recognised]:
    """The families that the document proposes, the strongest first; those only mentioned in passing are left out."""
    signature = {
        Family.CROSSOVER: _crossover_rule,
        Family.AVERAGE: _average_rule,
        Family.TIME_SERIES: _time_series_rule,
        Family.CROSS_SECTION: _cross_section_rule,
        Family.REVERSAL: _reversal_rule,
        Family.CHARACTERISTIC: _characteristic_rule,
        Family.BREAKOUT: patterns.is_breakout,
        Family.CALENDAR: patterns.is_calendar,
        Family.PAIRS: patterns.is_pairs,
        Family.ALLOCATION: _allocation_rule,
    }
    found = []
    averages = any(_AVERAGE_WORD.search(s.text) for s in document.sentences)
    for family, is_rule in signature.items():
        if family is Family.AVERAGE and not averages:
            continue
        rules = tuple(s for s in document.body if is_rule(s))
        own = [s for s in rules if not s.cited and not s.variation]
        if not own and (not rules or family in _OWN_ONLY):
            continue
        found.append(
            Recognised(family, rules, 3.0 * len(own) + 0.5 * (len(rules) - len(own)) + _titled(document, family))
        )
    found.sort(key=lambda r: -r.score)
    return _distinct(_without_parts(document, found))


def _without_parts(document: Document, found: Sequence[Recognised]) -> list[Recognised]:
    """The families without those that are a part of another: a gate on the market, a window inside a pairs rule."""
    names = {r.family for r in found}
    parts: set[Family] = set()
    if names & SORTS:
        gated = {s.index for s in gates(document)}
        own_averages = any(s.index not in gated for r in found if r.family is Family.AVERAGE for s in r.rules)
        parts |= set() if own_averages else {Family.AVERAGE}
        if found[0].family in {*SORTS, *parts}:
            parts |= {Family.ALLOCATION, Family.CALENDAR, Family.TIME_SERIES}
    if names == {Family.CROSS_SECTION, Family.CHARACTERISTIC} or names & SORTS == SORTS:
        parts.add(min((r for r in found if r.family in SORTS), key=_own_score).family)
    for whole in (Family.PAIRS, Family.BREAKOUT, Family.CALENDAR):
        if whole in names and whole not in parts:
            parts |= (
                names & {*SORTS, Family.ALLOCATION, Family.TIME_SERIES}
                if whole is not Family.CALENDAR
                else {Family.ALLOCATION}
            )
    if len(names) > 1:
        parts.add(Family.ALLOCATION)
    return [r for r in found if r.family not in parts]


def _own_score(found: Recognised) -> tuple[int, float]:
    """The sentences of the document's own that rank by the family's measure, then its score."""
    ranked = [s for s in found.rules if not s.cited and not s.variation and _RANKED.search(s.text)]
    return len(ranked), found.score


def _characteristic_rule(s: Sentence) -> bool:
    return measures.measure_of(s) is not None


def _allocation_rule(s: Sentence) -> bool:
    return bool(
        measures.INVERSE_RISK.search(s.text) and re.search(r"\b(?:weight\w*|portfolio|assigned|allocat\w+)\b", s.text)
    )


_GATE = re.compile(
    r"\b(?:while|when|whenever|as long as|if|once|unless|only)\b[^.;]{0,60}\b(?:market|index|s ?& ?p|nasdaq|benchmark)\b"
)
_AWAY = re.compile(
    r"\b(?:in|to|into|held in|moves? to|switch\w* to) cash\b|\b(?:treasury |t-)?bills?\b|\bsold\b|\bmoney[- ]market\b|\bcash\b"
)
_RANKED = re.compile(r"\b(?:rank|sort|order|screen|assign)")
_OWN_ONLY = frozenset({Family.CHARACTERISTIC, Family.BREAKOUT, Family.CALENDAR, Family.PAIRS, Family.ALLOCATION})


def _distinct(found: Sequence[Recognised]) -> list[Recognised]:
    """A secondary family must carry at least half the weight of the first, and stand on its own sentences."""
    kept: list[Recognised] = []
    for candidate in found:
        taken = {s.index for k in kept for s in k.rules}
        own = [s for s in candidate.rules if s.index not in taken and not s.cited and not s.variation]
        if not kept or (own and 3.0 * len(own) >= 0.5 * kept[0].score):
            kept.append(candidate)
    return kept


def _titled(document: Document, family: Family) -> float:
    text = " ".join([document.title, *(s.raw for s in document.sentences[:1])]).lower()
    signs = {
        Family.AVERAGE: _AVERAGE_WORD, Family.CROSSOVER: _CROSS, Family.TIME_SERIES: _TS, Family.CROSS_SECTION: _XS, Family.REVERSAL: _RSI,
    }  # fmt: skip
    sign = signs.get(family)
    return 3.0 if sign is not None and sign.search(text) else 0.0


def _average_rule(s: Sentence) -> bool:
    return bool(_ABOVE_AVERAGE.search(s.text) and _acts(s)) and not _crossover_rule(s)


def average_condition(s: Sentence) -> bool:
    """Whether a sentence compares the price with a moving average."""
    return bool(_AVERAGE_WORD.search(s.text) and _ABOVE_AVERAGE.search(s.text))


def gates(document: Document) -> list[Sentence]:
    """Sentences that let the whole portfolio depend on the market and its moving average."""
    return [
        s
        for s in document.body
        if not s.cited and not s.variation and average_condition(s) and _GATE.search(s.text) and _AWAY.search(s.text)
    ]


def _crossover_rule(s: Sentence) -> bool:
    if not _AVERAGE_WORD.search(s.text):
        return False
    pair = _PAIR.search(s.text)
    return bool(
        (pair or (_FAST.search(s.text) and _SLOW.search(s.text))) and (_CROSS.search(s.text) or _ACTION.search(s.text))
    )


def _time_series_rule(s: Sentence) -> bool:
    about = _LOOKBACK.search(s.text) or re.search(rf"\b{_RETURN}\b", s.text)
    return bool(
        about and (_SIGN.search(s.text) or _THRESHOLD.search(s.text)) and _acts(s) and not re.search(r"\brank|\bdecile|\bwinners?\b", s.text)
    )  # fmt: skip


def _acts(s: Sentence) -> bool:
    return bool(
        re.search(
            r"\b(?:hold|holds|held|buy|buys|bought|long|invest(?:s|ed)?|own|owns|enters?|entered|position|positions|in cash|to cash|exits?|sells?|sold|buys|holding|investor|switch\w*|stays?|out of the market|in the market)\b",
            s.text,
        )
    )


def _cross_section_rule(s: Sentence) -> bool:
    if measures.measure_of(s) is not None:
        return False
    if not (_RANK.search(s.text) and _XS.search(s.text)) or _AVERAGE_WORD.search(s.text):
        return False
    measured = _LOOKBACK.search(s.text) or _MINUS.search(s.text) or _PAST.search(s.text)
    return bool(measured or (_acts(s) and re.search(r"\breturns?\b|\bmomentum\b|\bperform", s.text)))


def _reversal_rule(s: Sentence) -> bool:
    return bool(_RSI.search(s.text) and (_LOW.search(s.text) or _HIGH.search(s.text)))


def exponential(rules: Sequence[Sentence]) -> bool:
    """Whether the document's own average is exponential."""
    return any(
        re.search(r"\bexponential\w*[- ](?:\w+[- ]){0,2}?(?:moving|average)|\bema\b|\dema\b", s.text) for s in rules
    )


def windows(document: Document) -> list[Found]:
    """Lengths of the moving average."""
    found = [
        f
        for s in document.sentences
        for f in _durations(s, _WINDOW, 3 if _ACTION.search(s.text) and not s.heading else 2)
    ]
    plain_words = [f for f in found if not _AVERAGE_WORD.search(f.sentence.text[f.start : f.end])]
    return [replace(f, strength=1) if f in plain_words else f for f in found]


def pairs(document: Document) -> tuple[list[Found], list[Found]]:
    """Lengths of the fast and of the slow average."""
    fast: list[Found] = []
    slow: list[Found] = []
    for s in document.sentences:
        for match in _PAIR.finditer(s.text):
            one = duration(match["a"], match["pa"] or match["pb"])
            other = duration(match["b"], match["pb"])
            if one and other and one.days != other.days:
                low, high = sorted((one, other), key=lambda d: d.days)
                fast.append(Found(low.value, low.unit, s, match.start(), match.end()))
                slow.append(Found(high.value, high.unit, s, match.start(), match.end()))
        if not _PAIR.search(s.text) and _AVERAGE_WORD.search(s.text):
            fast += _durations(s, _FAST, 3)
            slow += _durations(s, _SLOW, 3)
    return fast, slow


def lookbacks(document: Document) -> list[Found]:
    """Lengths of the past return; "12-1" counts too."""
    found: list[Found] = []
    for s in document.sentences:
        strength = 3 if _ACTION.search(s.text) and not s.heading else 2
        if re.search(r"\bholding (?:period|horizon)|\bsubsequent\b|\bdrawdown\b", s.text) and not re.search(
            r"\bformation|\blook-?back|\brank|\bpast\b", s.text
        ):
            continue
        found += [f for f in _durations(s, _LOOKBACK, strength) if _is_lookback(s, f)]
        for match in _MINUS.finditer(s.text):
            months = number_of(match["j"] or match["j2"])
            if months:
                found.append(Found(int(months), Unit.MONTHS, s, match.start(), match.end(), strength))
    return found


def _is_lookback(s: Sentence, found: Found) -> bool:
    around = s.text[max(0, found.start - 30) : found.end + 30]
    return not re.search(
        r"\b(?:subsequent|following|next|hold(?:s|ing)? (?:for|them|period)|volatility|drawdown|skip\w*|average)\b",
        around[: 30 + found.end - found.start],
    )


def skips(document: Document) -> list[Found]:
    """How much of the most recent past is left out."""
    found: list[Found] = []
    for s in document.sentences:
        for match in _SKIP.finditer(s.text):
            plain = re.match(rf"(?:skip|exclud|omit|leav)\w* (?:out )?(?:the )?{_BACK}", match.group())
            if not (plain or match["n3"] or match["p4"] or _LOOKBACK.search(s.text) or _PAST_WORDS.search(s.text)):
                continue
            number = match["n"] or match["n2"] or match["n3"] or "one"
            length = duration(number, match["p"] or match["p2"] or match["p3"] or match["p4"])
            if length and not re.search(
                r"\b(?:not|no|never|nothing|neither|nor)\b[^.;,]{0,12}$", s.text[: match.start()]
            ):
                found.append(Found(length.value, length.unit, s, match.start(), match.end()))
        found += [Found(1, Unit.MONTHS, s, m.start(), m.end(), 2) for m in _MINUS.finditer(s.text)]
    return found


def thresholds(rules: Sequence[Sentence]) -> list[Found]:
    """Returns that must be exceeded, as fractions."""
    return [
        Found(round(float(m["v"]) / 100, 12), Unit.FRACTION, s, m.start(), m.end())
        for s in rules
        for m in _THRESHOLD.finditer(s.text)
    ]


def rsi_windows(document: Document) -> list[Found]:
    """Lengths of the relative strength index; a bare number counts days."""
    found = []
    for s in document.sentences:
        for match in _RSI_WINDOW.finditer(s.text):
            period = match["p"] or match["p3"] or "days"
            length = duration(
                match["n"] or match["n2"] or match["n3"], "days" if period.startswith("period") else period
            )
            if length:
                found.append(Found(length.value, length.unit, s, match.start(), match.end()))
    return found


def rsi_levels(rules: Sequence[Sentence]) -> tuple[list[Found], list[Found]]:
    """Levels below which to buy and above which to sell."""
    return _levels(rules, _LOW), _levels(rules, _HIGH)


def index_levels(sentences: Sequence[Sentence]) -> list[Found]:
    """Levels above which a position in a relative-strength rule is left, where the sentence says only "the reading"."""
    leaving = [
        s for s in sentences if not s.cited and re.search(r"\b(?:index|reading|indicator|oscillator|it)\b", s.text)
    ]
    return _levels([s for s in leaving if re.search(r"\b(?:exit|out|sell|close|leave)", s.text)], _HIGH)


def shorts_on_sign(sentences: Sequence[Sentence]) -> bool:
    """Whether a negative past return is sold short rather than left alone."""
    return any(
        re.search(
            r"\bshort\b[^.;]{0,60}\b(?:negative|below zero|otherwise|less than zero)|\b(?:negative|below zero|otherwise)\b[^.;]{0,40}\bshort\b",
            s.text,
        )
        and not re.search(r"\b(?:no|not|never|nothing|without|neither|nor)\b[^.;]{0,30}\bshort", s.text)
        for s in sentences
        if not s.cited and not s.variation
    )


def _levels(rules: Sequence[Sentence], pattern: re.Pattern[str]) -> list[Found]:
    found = []
    for s in rules:
        for match in pattern.finditer(s.text):
            value = number_of(match["v"])
            if value is not None and 1 <= value <= 99:
                found.append(
                    Found(int(value) if value == int(value) else value, Unit.NUMBER, s, match.start(), match.end())
                )
    return found


def counts(rules: Sequence[Sentence], universe: int) -> list[Found]:
    """How many instruments are held; a share of the universe becomes a number, and is inferred."""
    found = []
    for s in rules:
        for match in _TOP.finditer(s.text):
            value = number_of(next(g for g in match.groups() if g))
            if value and value == int(value):
                found.append(Found(int(value), Unit.COUNT, s, match.start(), match.end()))
        for match in _QUANTILE.finditer(s.text):
            share = _QUANTILES.get(match["q"] or "", (number_of(match["v"] or "") or 0) / 100)
            if not 0 < share < 1 or not universe:
                continue
            value = max(1, round(share * universe))
            note = f"{match.group().strip().capitalize()} of the {universe} instruments of the data set."
            found.append(Found(value, Unit.COUNT, s, match.start(), match.end(), 3, Status.INFERRED, note))
    return found


def _durations(s: Sentence, pattern: re.Pattern[str], strength: int) -> Iterator[Found]:
    for match in pattern.finditer(s.text):
        groups = match.groupdict()
        key = next((k for k in groups if k.startswith("n") and groups[k]), "n6")
        period = (groups.get(key.replace("n", "p", 1)) or ("months" if key == "n7" else "days")).strip()
        period = {"d": "days", "m": "months", "w": "weeks"}.get(period, period)
        length = duration(groups.get(key) or "one", period)
        if length and length.days <= 2520:
            yield Found(length.value, length.unit, s, match.start(), match.end(), strength)
