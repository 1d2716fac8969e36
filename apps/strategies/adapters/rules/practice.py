"""How a document trades: how often, when orders fill, what they cost, with how much."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from apps.domain.language import FILL_CHOICES, REBALANCE_CHOICES, DraftParameter, Status, Unit
from apps.strategies.adapters.amounts import DIGITS, NUMBER, number_of
from apps.strategies.adapters.rules.sentences import Sentence
from apps.strategies.adapters.rules.settle import Found, Wanted, settle

REBALANCE = Wanted(
    "Rebalancing", Unit.CHOICE, "The document does not say how often positions are reviewed. How often?", REBALANCE_CHOICES
)  # fmt: skip
FILL = Wanted("Orders fill at", Unit.CHOICE, "At which price do orders fill?", FILL_CHOICES)
COST = Wanted(
    "Trading cost, one way", Unit.BPS, "The document does not state a trading cost. What does a trade cost, one way, in basis points?"
)  # fmt: skip
CAPITAL = Wanted(
    "Capital", Unit.CURRENCY, "With how much capital?", default=1_000_000.0, note="The document names no amount; results are in percent, so it only scales the orders."
)  # fmt: skip

_EXTRA = {
    "spread": Wanted("Quoted spread", Unit.BPS, "How wide is the quoted spread?"),
    "borrow": Wanted("Borrow cost a year", Unit.BPS, "What does borrowing shares cost a year?"),
    "per_share": Wanted("Cost per share", Unit.CURRENCY, "What does a share cost to trade?"),
}
_FREQUENCIES = {
    "daily": r"daily|(?:each|every) evening|(?:each|every|at the (?:end|close) of (?:each|every|the)) (?:trading |business )?day|once a day|day-by-day",
    "weekly": r"weekly|(?:each|every) (?:week|friday|monday|wednesday|tuesday|thursday)|(?:end of|last (?:trading )?day of) (?:each|every|the) week|once a week",
    "semiannual": r"semi-?annually|every six months|twice a year|every half[- ]year",
    "quarterly": r"quarterly|(?:last|final|first) (?:trading |business )?day of (?:each|every|the|a) (?:calendar )?quarter|(?:each|every) (?:calendar )?quarter\b|(?:end of|last (?:trading )?day of|close of) (?:each|every|the) (?:calendar )?quarter|once a quarter|every (?:three|3) months|quarter[- ]ends?|four times a year",
    "monthly": r"monthly|(?:each|every) (?:calendar )?month\b|(?:end of|(?:last|final|first) (?:trading |business )?day of|close of|start of|beginning of) (?:each|every|the|a) (?:calendar )?month|once a month|month[- ]ends?",
    "yearly": r"annually|yearly|(?:each|every) (?:calendar )?year\b|(?:end of|last (?:trading )?day of) (?:each|every|the) year|once a year|every (?:twelve|12) months",
}  # fmt: skip
_REVIEW = (
    r"(?:re-?balanc\w+|re-?form(?:s|ed|ing)?|re-?constitut\w+|re-?allocat\w+|re-?set|re-?view(?:s|ed|ing)?|re-?rank\w*|updat\w+|check(?:s|ed|ing)?|trad(?:e|es|ed|ing)|"
    r"evaluat\w+|signals?|positions?|portfolios?|rank(?:s|ed|ing)?|sort(?:s|ed|ing)?|decid\w+|decision|buy|bought|sold|held|hold|select(?:s|ed)?|adjust\w*|rotat\w+|roll(?:s|ed)?|strategy|turned over|form(?:s|ed)?|invest(?:s|ed)?|compare[sd]?|rule|applied|renewed|started|reformed|monitored|looked|weights|evaluated|computed|look)"
)
_STRONG = re.compile(r"re-?balanc|re-?form|re-?constitut|re-?view|re-?allocat|re-?rank|adjust|rotat|roll|turned over")
_NOT_REVIEW = re.compile(
    r"^\s*(?:\w+ )?(?:returns?|data|values|bars|quotes|basis|levels|closes?|closing|prices?|observations?|volatility|alphas?|averages?|frequency data|earnings|accounts|figures|reports|dividends|series|excess|mean|sharpe|gains?|turnover)\b"
)
_HOLDING = re.compile(
    rf"\bhold(?:s|ing|ings)?(?: (?:period|horizon)s?)?(?: (?:them|it|the \w+|the resulting \w+|these \w+|positions|portfolios?))?(?: is| of| for| are held for|:| equals)? (?:the )?(?:next |following |subsequent )?(?P<n>{NUMBER})[- ](?P<p>months?|weeks?|quarters?|years?|days?)\b|held (?:unchanged )?for (?:the )?(?:next |following |subsequent )?(?P<n2>{NUMBER}|a)[- ](?P<p2>months?|weeks?|quarters?|years?|days?)\b"
)
_PERIODS = {"1 day": "daily", "1 week": "weekly", "5 day": "weekly", "1 month": "monthly", "4 week": "monthly", "1 quarter": "quarterly", "3 month": "quarterly", "1 year": "yearly", "12 month": "yearly"}  # fmt: skip

_NEXT_OPEN = re.compile(
    r"\b(?:next|following|subsequent|first|tomorrow's|same|day's)(?: (?:trading |business |market )?(?:day|session|morning)(?:'s)?)?(?: after [\w ]{1,25})?(?: at (?:the|its))? ?(?:open(?:s|ing)?\b(?: price)?)|\bopen(?:ing)?(?: price)? (?:of|on) the (?:next|following|subsequent|first)|\bat the open(?:ing)?\b|\bopening (?:price|auction)"
)
_NEXT_CLOSE = re.compile(
    r"\b(?:next|following|subsequent)(?: (?:trading |business )?(?:day|session)(?:'s)?)?(?: at (?:the|its))? clos(?:e|ing)(?: price)?|\bclos(?:e|ing price) (?:of|on) the (?:next|following|subsequent)"
)
_SAME_CLOSE = re.compile(
    r"\b(?:(?:trade[sd]?|execut\w+|fill(?:ed|s)?|entr(?:y|ies)|enter\w*|bought|sold|buy|sell|orders?|transact\w*)\b[^.;]{0,60}\b(?:at|on) (?:the |that |same )*(?:same )?(?:day's |month-end |month's )?(?:clos(?:e|ing)(?: price)?)(?! (?:is|of the index)))"
)
_TRADES = re.compile(
    r"\b(?:trad\w+|execut\w+|fill\w*|orders?|enter\w*|entr(?:y|ies)|buy|bought|sell|sold|transact\w*|position|rebalanc\w+|implement\w*)\b"
)

_COST_WORD = r"(?:trading |transaction |execution |dealing |brokerage |round[- ]trip |one[- ]way |implementation )*(?:costs?|commissions?|fees?|slippage|spreads?|charges?)"
_COST = re.compile(rf"(?P<n>{DIGITS}|{NUMBER}) ?(?P<u>basis points?|bps?\b|%|per ?cent\b|percent\b)")
_NO_COST = re.compile(
    rf"\b(?:no|zero|without(?: any)?|gross of|before|ignor(?:e|es|ed|ing)|exclud(?:e|es|ed|ing)|free of|net of no|does not (?:include|deduct)|do not (?:include|deduct)) (?:all |any |the )?{_COST_WORD}\b|\b{_COST_WORD} (?:are|is|were|was) (?:ignored|excluded|not (?:included|deducted|considered)|zero|assumed away)"
)
_OF_A_FIGURE = re.compile(rf"\b(?:gross of|net of|before|after|without) (?:(?:all|any|the) )*{_COST_WORD}\b(?! of\b)")
_EARNED = re.compile(r"\b(?:return(?:s|ed)?|earn\w*|yield\w*|gain\w*|made|averag\w*|spread changes)(?: \w+){0,3} $")
_PER_TRADE = re.compile(
    r"^[^.;]{0,16}?\b(?:per|for each|for every|on each|on every|a|each|every) (?:trade|transaction|fill|order|side)\b|^ (?:one[- ]way|per side)"
)
_BORROW = re.compile(r"\bborrow\w*|\bstock[- ]loan|\bshort(?:ing)? fees?\b|\blending fees?\b")
_SPREAD = re.compile(r"\b(?:quoted|bid[- ]ask|bid[- ]offer|dealing) spreads?\b|\bspread of $")
_SHARE = re.compile(
    rf"(?:\b(?P<half>half) a cent|\b(?P<n>{NUMBER}) cents?|\$ ?(?P<d>\d*\.\d+)) (?:per|a|for each) share\b|\b(?P<d2>0?\.\d+) dollars? (?:per|a) share"
)
_OPEN = re.compile(
    r"\b(?:not|never|nor|neither|no)\b[^.;]{0,50}\b(?:know\w*|decided|settled|set|fixed|discussed|agreed|available|view)\b|\bopen\b|\bunknown\b|\bto be (?:\w+ )?(?:supplied|decided|settled|determined|agreed|set|fixed)\b|\bremains? to be\b|\brather than guess|\bthan guess\b|\bneither has\b"
)
"""Words by which a document says of a parameter that nobody has settled it."""
_FIGURES = re.compile(r"\d ?(?:%|per ?cent)")
_CAPITAL = re.compile(
    rf"\b(?:(?:start\w*|initial|begin\w*)(?: with)?(?: a)?(?: capital| portfolio| equity| investment| account| amount)?(?: value)?(?: of| is| with|:)?|capital (?:of|is)|invest(?:s|ed|ing)?|portfolio of) (?:usd|us\$|eur|\$|€|£) ?(?P<n>{DIGITS}) ?(?P<k>million|m\b|thousand|k\b)?|(?P<n2>{DIGITS}) (?P<k2>million |thousand )?(?:us )?dollars"
)


def rebalances(sentences: Sequence[Sentence]) -> list[Found]:
    """How often positions are reviewed; a holding period counts when nothing else does."""
    found = [place for s in sentences for place in _stated_frequencies(s)]
    return found or [place for s in sentences for place in _holding_periods(s)]


def _stated_frequencies(s: Sentence) -> Iterator[Found]:
    for choice, words in _FREQUENCIES.items():
        for match in re.finditer(rf"\b(?:{words})", s.text):
            if match.group().endswith("ly") and _NOT_REVIEW.match(s.text[match.end() :]):
                continue
            if re.search(r"\b(?:before|by|until|after|following) (?:the )?$", s.text[: match.start()]):
                continue
            around = s.text[max(0, match.start() - 70) : match.end() + 90]
            if not re.search(rf"\b{_REVIEW}\b", around):
                continue
            if s.heading and not _STRONG.search(around):
                continue
            yield Found(choice, Unit.CHOICE, s, match.start(), match.end(), 3 if _STRONG.search(around) else 2)
            break


def _holding_periods(s: Sentence) -> Iterator[Found]:
    for match in _HOLDING.finditer(s.text):
        number = number_of(match["n"] or match["n2"]) or (1.0 if match["n2"] == "a" else None)
        period = (match["p"] or match["p2"]).rstrip("s")
        choice = _PERIODS.get(f"{number:g} {period}" if number else "")
        if choice:
            note = f"From the holding period: {match.group().strip()}."
            yield Found(choice, Unit.CHOICE, s, match.start(), match.end(), 2, Status.INFERRED, note)


def fills(sentences: Sequence[Sentence]) -> list[Found]:
    """At which price orders fill. Trading at the very close that gives the signal becomes the next close, inferred."""
    found: list[Found] = []
    for s in sentences:
        if not _TRADES.search(s.text):
            continue
        close = _NEXT_CLOSE.search(s.text)
        opens = _NEXT_OPEN.search(s.text)
        same = _SAME_CLOSE.search(s.text)
        if close:
            found.append(Found("next_close", Unit.CHOICE, s, close.start(), close.end()))
        elif opens:
            found.append(Found("next_open", Unit.CHOICE, s, opens.start(), opens.end()))
        elif same:
            note = "The document trades at the close that gives the signal; orders fill at the next close here, so that no price is used before it is known."
            found.append(Found("next_close", Unit.CHOICE, s, same.start(), same.end(), 3, Status.INFERRED, note))
    return found


def same_closes(sentences: Sequence[Sentence]) -> list[Found]:
    """Trades at the close itself: possible for a rule that is known ahead, as one of the calendar is."""
    return [
        Found("same_close", Unit.CHOICE, s, match.start(), match.end())
        for s in sentences
        if not s.cited and not s.variation and _TRADES.search(s.text) and not _NEXT_CLOSE.search(s.text)
        for match in re.finditer(r"\bat the close\b(?! of (?:the )?(?:next|following))", s.text)
    ]


def is_left_open(sentences: Sequence[Sentence]) -> bool:
    """Whether the document itself says that the cost of a trade is not settled; figures "before costs" then say nothing of it."""
    asked = re.compile(
        rf"\b{_COST_WORD}\b|\bwhat a trade costs?\b|\btrade should be assumed to cost\b|\bcosts? to (?:deal|trade)\b|\bcost to deal\b"
    )
    return any(
        asked.search(s.text) and _OPEN.search(s.text) and not _COST.search(s.text) for s in sentences if not s.cited
    )


def costs(sentences: Sequence[Sentence]) -> list[Found]:
    """Costs of one trade in basis points, one way; a round trip is halved, and inferred. "Gross of costs" is zero."""
    found = [place for s in sentences for place in _stated_costs(s)]
    if not found and is_left_open(sentences):
        return []
    return found or [
        Found(0.0, Unit.BPS, s, m.start(), m.end(), 2)
        for s in sentences
        if not s.cited and not _is_of_a_figure(s)
        for m in _NO_COST.finditer(s.text)
    ]


def _is_of_a_figure(s: Sentence) -> bool:
    """Whether "before costs" says of a figure what it is, and not of the rule what it pays."""
    return bool(_FIGURES.search(s.text)) and not re.search(r"\b(?:ignored?|assumed|excluded|not deducted)\b", s.text)


def extra_costs(sentences: Sequence[Sentence]) -> dict[str, DraftParameter]:
    """The quoted spread, the yearly cost of borrowing, and costs per share, where the document states them."""
    found: dict[str, list[Found]] = {}
    for s in sentences:
        for match in _COST.finditer(s.text):
            kind = _kind_of_cost(s, match)
            amount = number_of(match["n"])
            if kind and amount is not None:
                bps = amount if match["u"].startswith("b") else amount * 100
                found.setdefault(kind, []).append(Found(round(bps, 6), Unit.BPS, s, match.start(), match.end()))
        for match in _SHARE.finditer(s.text):
            cents = 0.5 if match["half"] else number_of(match["n"] or "")
            dollars = float(match["d"] or match["d2"]) if match["d"] or match["d2"] else (cents or 0.0) / 100
            status = Status.STATED if match["d"] or match["d2"] else Status.INFERRED
            note = "" if status is Status.STATED else f"From “{match.group()}”."
            found.setdefault("per_share", []).append(
                Found(round(dollars, 8), Unit.CURRENCY, s, match.start(), match.end(), 3, status, note)
            )
    return {kind: settle(_EXTRA[kind], places, dominant=2.0) for kind, places in found.items()}


def _kind_of_cost(s: Sentence, match: re.Match[str]) -> str:
    """Whether an amount is a spread or a borrow cost; empty for a cost of trading."""
    before = s.text[max(0, match.start() - 40) : match.start()]
    before = re.split(r"[,;]|\band\b|\d", before)[-1]
    after = s.text[match.end() : match.end() + 45]
    if _BORROW.search(before) or _BORROW.search(re.split(r"[,;]|\band\b", after)[0]):
        return "borrow"
    if re.search(r"\bspreads? (?:is|of|was)?\s?(?:about )?$", before) and _SPREAD.search(s.text):
        return "spread"
    return ""


def _stated_costs(s: Sentence) -> Iterator[Found]:
    for match in _COST.finditer(s.text):
        clause = _OF_A_FIGURE.sub("", s.text[max(0, match.start() - 80) : match.end() + 60])
        near = re.search(rf"(?<!zero-)(?<!zero )\b{_COST_WORD}\b", clause) or _PER_TRADE.search(s.text[match.end() :])
        amount = number_of(match["n"])
        if (
            near is None
            or amount is None
            or _kind_of_cost(s, match)
            or re.search(
                r"\b(?:break-?even|would need|up to|management fee|expense ratio|lowers?|changes? by|often|typically|sometimes|usually)\b",
                clause,
            )
            or _EARNED.search(s.text[: match.start()])
            or re.match(r" ?(?:(?:a|per) (?:month|year)|annually|monthly)\b", s.text[match.end() :])
        ):
            continue
        bps = amount if match["u"].startswith("b") else amount * 100
        if bps > 500:
            continue
        if re.search(r"round[- ]trips?|round[- ]turn|two[- ]way|buying and selling together", clause):
            note = f"Half of {match.group()} for a round trip."
            yield Found(round(bps / 2, 6), Unit.BPS, s, match.start(), match.end(), 3, Status.INFERRED, note)
        else:
            yield Found(round(bps, 6), Unit.BPS, s, match.start(), match.end())


def capitals(sentences: Sequence[Sentence]) -> list[Found]:
    """Starting amounts."""
    found = []
    for s in sentences:
        for match in _CAPITAL.finditer(s.text):
            amount = number_of(match["n"] or match["n2"])
            scale = (match["k"] or match["k2"] or "").strip()
            factor = 1e6 if scale in {"million", "m"} else 1e3 if scale in {"thousand", "k"} else 1.0
            if (
                amount
                and re.search(r"\b(?:capital|start\w*|initial|invest\w*|portfolio|account)\b", s.text)
                and amount * factor >= 1000
            ):
                found.append(Found(amount * factor, Unit.CURRENCY, s, match.start(), match.end(), 2))
    return [f for f in found if not f.sentence.cited]
