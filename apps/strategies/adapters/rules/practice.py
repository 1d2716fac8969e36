"""How a document trades: how often, when orders fill, what they cost, with how much."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from apps.domain.language import FILL_CHOICES, REBALANCE_CHOICES, Status, Unit
from apps.strategies.adapters.amounts import DIGITS, NUMBER, number_of
from apps.strategies.adapters.rules.sentences import Sentence
from apps.strategies.adapters.rules.settle import Found, Wanted

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

_FREQUENCIES = {
    "daily": r"daily|(?:each|every|at the (?:end|close) of (?:each|every|the)) (?:trading |business )?day|once a day|day-by-day",
    "weekly": r"weekly|(?:each|every) (?:week|friday|monday|wednesday|tuesday|thursday)|(?:end of|last (?:trading )?day of) (?:each|every|the) week|once a week",
    "quarterly": r"quarterly|(?:each|every) (?:calendar )?quarter\b|(?:end of|last (?:trading )?day of|close of) (?:each|every|the) (?:calendar )?quarter|once a quarter|every (?:three|3) months|quarter[- ]ends?|four times a year",
    "monthly": r"monthly|(?:each|every) (?:calendar )?month\b|(?:end of|(?:last|final|first) (?:trading |business )?day of|close of|start of|beginning of) (?:each|every|the|a) (?:calendar )?month|once a month|month[- ]ends?",
    "yearly": r"annually|yearly|(?:each|every) (?:calendar )?year\b|(?:end of|last (?:trading )?day of) (?:each|every|the) year|once a year|every (?:twelve|12) months",
}  # fmt: skip
_REVIEW = (
    r"(?:re-?balanc\w+|re-?form(?:s|ed|ing)?|re-?constitut\w+|re-?allocat\w+|re-?set|re-?view(?:s|ed|ing)?|re-?rank\w*|updat\w+|check(?:s|ed|ing)?|trad(?:e|es|ed|ing)|"
    r"evaluat\w+|signals?|positions?|portfolios?|rank(?:s|ed|ing)?|sort(?:s|ed|ing)?|decid\w+|decision|buy|bought|sold|held|hold|select(?:s|ed)?|adjust\w*|rotat\w+|roll(?:s|ed)?|strategy|turned over|form(?:s|ed)?|invest(?:s|ed)?|compare[sd]?|rule|applied)"
)
_STRONG = re.compile(r"re-?balanc|re-?form|re-?constitut|re-?view|re-?allocat|re-?rank|adjust|rotat|roll|turned over")
_NOT_REVIEW = re.compile(
    r"^\s*(?:\w+ )?(?:returns?|data|values|bars|quotes|basis|levels|closes?|closing|prices?|observations?|volatility|alphas?|averages?|frequency data|series|excess|mean|sharpe|gains?|turnover)\b"
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


def costs(sentences: Sequence[Sentence]) -> list[Found]:
    """Costs of one trade in basis points, one way; a round trip is halved, and inferred. "Gross of costs" is zero."""
    found = [place for s in sentences for place in _stated_costs(s)]
    return found or [
        Found(0.0, Unit.BPS, s, m.start(), m.end(), 2)
        for s in sentences
        if not s.cited
        for m in _NO_COST.finditer(s.text)
    ]


def _stated_costs(s: Sentence) -> Iterator[Found]:
    for match in _COST.finditer(s.text):
        clause = s.text[max(0, match.start() - 80) : match.end() + 60]
        near = re.search(rf"(?<!zero-)(?<!zero )\b{_COST_WORD}\b", clause)
        amount = number_of(match["n"])
        if (
            near is None
            or amount is None
            or re.search(
                r"\b(?:break-?even|would need|up to|returns?|earn\w*|yield\w*|a month|per month|a year|management fee|expense ratio)\b",
                clause,
            )
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
