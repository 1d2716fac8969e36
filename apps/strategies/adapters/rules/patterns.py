"""Rules that are no rank and no average: the calendar, breakouts from a channel, pairs that move together."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from apps.domain.language import REBALANCE_CHOICES, DraftParameter, Status, Unit
from apps.domain.language.sections import FORMATION_CHOICES, SPREAD_CHOICES
from apps.strategies.adapters.amounts import NUMBER, PERIOD, duration, number_of
from apps.strategies.adapters.rules.sentences import Sentence
from apps.strategies.adapters.rules.settle import Found, Wanted, assumed, missing, settle

_Table = dict[str, DraftParameter]
_MONTHS = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december")  # fmt: skip
_MONTH = "|".join(_MONTHS)
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday")
_ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8}
_NTH = "|".join(_ORDINALS)
_HELD = r"(?:hold|holds|held|own|owns|owned|buy|buys|bought|long|invested|invests?|in the market)"
_TURN = re.compile(
    rf"\b(?:(?P<k>{NUMBER}|{_NTH}) )?(?P<l>last|final|penultimate) (?:trading |business )?days? of (?:the|each|every|a) month[^.;]{{0,30}}?\b(?:through|to|until|till|and)(?: to)? (?:the )?(?:close of the )?(?:first (?P<n>{NUMBER})|(?P<o>{_NTH})) (?:trading |business )?days? of the (?:following|next|new|subsequent|month)"
)
_SEASON = re.compile(
    rf"\bfrom (?:the (?:end|start|beginning|first day) of )?(?P<a>{_MONTH}) (?:to|through|until|till)(?: the end of)? (?P<b>{_MONTH})\b"
)
_ONLY = re.compile(rf"\b(?:in|during) (?P<m>{_MONTH}) (?:only|alone)|\bonly (?:in|during) (?P<m2>{_MONTH})\b")
_WEEKDAY = re.compile(rf"\b{_HELD}\b[^.;]{{0,40}}?\bon (?P<d>{'|'.join(_DAYS)})s?\b")
_LENGTH = rf"(?:the )?(?:last |past |previous |prior |preceding )?(?P<n>{NUMBER})[- ](?P<p>{PERIOD})"
_HIGHEST = re.compile(
    rf"\b(?:highest|high) (?:high|close|closing price|price|level)?s?(?: \w+)? ?(?:of|over|in|for|during) {_LENGTH}|\b(?P<n2>{NUMBER})[- ](?P<p2>{PERIOD}) high\b"
)
_LOWEST = re.compile(
    rf"\b(?:lowest|low) (?:low|close|closing price|price|level)?s?(?: \w+)? ?(?:of|over|in|for|during) {_LENGTH}|\b(?P<n2>{NUMBER})[- ](?P<p2>{PERIOD}) low\b"
)
_IN_LONG = re.compile(
    r"\b(?:buy|buys|bought|go(?:es)? long|long position is (?:opened|taken)|enters?|long when|long if)\b"
)
_IN_SHORT = re.compile(
    r"\b(?:go(?:es)? short|sell short|sells short|short when|short if|short position is (?:opened|taken))\b"
)
_OUT = re.compile(r"\b(?:sell|sells|sold|exit|exits|exited|clos(?:e|es|ed)|leave|leaves|left|cover|covers|covered)\b")
_PAIR = re.compile(r"\bpairs?\b")
_APART = re.compile(rf"(?P<n>{NUMBER})[- ](?:historical )?(?:standard[- ])?(?:deviations?|sigmas?)\b")
_PAIR_COUNT = re.compile(rf"\b(?:the |top |portfolio of )?(?P<n>{NUMBER}) (?:[\w-]+ ){{0,3}}?pairs\b")
_PAIR_WINDOW = re.compile(
    rf"\bformation period (?:of|is|lasts) {_LENGTH}|\b(?:over|during|in|from) {_LENGTH.replace('?P<n>', '?P<n2>').replace('?P<p>', '?P<p2>')}"
)
_TRADED = re.compile(
    rf"\btrading period (?:of|is|lasts) (?:the )?(?:next |following )?(?P<n>{NUMBER})[- ](?P<p>{PERIOD})"
)
_EVERY = {"monthly": r"\b(?:each|every) month|monthly", "quarterly": r"\b(?:each|every) quarter|quarterly|every three months", "semiannual": r"\bhalf[- ]year|\bsemi-?annual|every six months", "yearly": r"\b(?:each|every) year|once a year|annually", "weekly": r"\b(?:each|every) week"}  # fmt: skip
_PERIODS = {21: "monthly", 63: "quarterly", 126: "semiannual", 252: "yearly"}


def is_calendar(s: Sentence) -> bool:
    """Whether a sentence holds something by the calendar alone."""
    if not re.search(rf"\b{_HELD}\b", s.text) or re.search(r"\brank|\bsort", s.text):
        return False
    return bool(
        _TURN.search(s.text)
        or _WEEKDAY.search(s.text)
        or (_SEASON.search(s.text) and not re.search(r"\b(?:19|20)\d\d\b", s.text))
    )


def calendar(rules: Sequence[Sentence]) -> tuple[str, _Table]:
    """The entry of a calendar rule, and its days or months; they follow from names and ordinals, so they are inferred."""
    for s in rules:
        if match := _TURN.search(s.text):
            before = (
                2
                if match["l"] == "penultimate"
                else int(number_of(match["k"] or "one") or _ORDINALS.get(match["k"] or "", 1))
            )
            after = _ORDINALS[match["o"]] if match["o"] else int(number_of(match["n"]) or 1)
            return "trading_days_left_in_month < days_before or trading_day_of_month <= days_after", {
                "days_before": _read("Days before the turn", before, s, match),
                "days_after": _read("Days after the turn", after, s, match),
            }
        if (match := _SEASON.search(s.text)) and not re.search(r"\b(?:19|20)\d\d\b", s.text):
            return "in_months(first_month, last_month)", _season(s, match, match["a"], match["b"])
        if match := _WEEKDAY.search(s.text):
            return "weekday == day_of_week", {
                "day_of_week": _read("Weekday, Monday is 1", _DAYS.index(match["d"]) + 1, s, match)
            }
    return "", {}


def season(sentences: Sequence[Sentence]) -> _Table:
    """The months to which another rule is confined; empty when it holds all year."""
    for s in sentences:
        if match := _ONLY.search(s.text):
            name = match["m"] or match["m2"]
            return _season(s, match, name, name)
    return {}


def _season(s: Sentence, match: re.Match[str], first: str, last: str) -> _Table:
    return {
        "first_month": _read("First month", _MONTHS.index(first) + 1, s, match),
        "last_month": _read("Last month", _MONTHS.index(last) + 1, s, match),
    }


def _read(label: str, value: int, s: Sentence, match: re.Match[str]) -> DraftParameter:
    return DraftParameter(
        label=label, unit=Unit.NUMBER, value=float(value), status=Status.INFERRED, citation=s.quote(match.start(), match.end()), note=f"From “{match.group().strip()[:80]}”."
    )  # fmt: skip


def is_breakout(s: Sentence) -> bool:
    """Whether a sentence trades at the edge of a channel."""
    edge = _HIGHEST.search(s.text) or _LOWEST.search(s.text)
    return bool(
        edge
        and (_IN_LONG.search(s.text) or _IN_SHORT.search(s.text))
        and re.search(r"\b(?:above|below|exceeds?|breaks?|new)\b", s.text)
    )


def breakout(sentences: Sequence[Sentence]) -> tuple[dict[str, str], _Table]:
    """Entries and exits of a channel rule, by clause; the window before the bar, so that a bar can exceed it."""
    found: dict[str, list[Found]] = {"enter": [], "exit": [], "enter_short": [], "exit_short": []}
    for s in sentences:
        for start, end in _clauses(s.text):
            text = s.text[start:end]
            for pattern, is_high in ((_HIGHEST, True), (_LOWEST, False)):
                for match in pattern.finditer(text):
                    groups = [g for g in match.groups() if g]
                    length = duration(groups[0], groups[1]) if len(groups) > 1 else None
                    place = _part(s.text[:end], text, is_high)
                    if length and place:
                        found[place].append(
                            Found(length.value, length.unit, s, start + match.start(), start + match.end())
                        )
    rules: dict[str, str] = {}
    table: _Table = {}
    for place, places in found.items():
        if not places:
            continue
        is_high = place in {"enter", "exit_short"}
        field = (
            "close" if any("clos" in f.sentence.text[f.start : f.end] for f in places) else "high" if is_high else "low"
        )
        name = {
            "enter": "window",
            "exit": "exit_window",
            "enter_short": "short_window",
            "exit_short": "short_exit_window",
        }[place]
        rules[place] = (
            f"close > donchian_upper({field}, {name})" if is_high else f"close < donchian_lower({field}, {name})"
        )
        table[name] = settle(
            Wanted(f"Channel to {place.replace('_', ' ')}", Unit.DAYS, "Over how long is the channel taken?"),
            places,
            dominant=2.0,
        )
    return rules, table


def _clauses(text: str) -> Iterator[tuple[int, int]]:
    at = 0
    for match in re.finditer(r"[;]|, or\b|\band (?=go|sell|it|a )", text):
        yield at, match.start()
        at = match.end()
    yield at, len(text)


def _part(before: str, clause: str, is_high: bool) -> str:  # noqa: FBT001
    """Which rule a clause at the edge of a channel states."""
    if _IN_SHORT.search(clause):
        return "" if is_high else "enter_short"
    if _OUT.search(clause) and not _IN_LONG.search(clause):
        is_short = re.search(r"\bshort\b", clause)
        return ("exit_short" if is_short else "") if is_high else "exit"
    if _IN_LONG.search(clause):
        return "enter" if is_high else ""
    return "exit" if not is_high and _OUT.search(before) else ""


def is_pairs(s: Sentence) -> bool:
    """Whether a sentence chooses or trades pairs."""
    return bool(
        _PAIR.search(s.text)
        and re.search(r"\b(?:distance|correlat\w+|co-?integrat\w+|spread|diverg\w+|deviations?|formation)\b", s.text)
    )


def pairs(sentences: Sequence[Sentence]) -> tuple[dict[str, Any], _Table]:
    """The selection of a pairs book and its rows."""
    about = [s for s in sentences if not s.variation]
    traded = [f for s in about for f in _durations(s, _TRADED)]
    table = {
        "formation": _formation(about),
        "formation_window": settle(
            Wanted("Formation window", Unit.MONTHS, "Over how long are pairs chosen?"), _formed(about), dominant=2.0
        ),
        "n_pairs": settle(
            Wanted("Pairs", Unit.COUNT, "How many pairs are traded?"), list(_counted(about)), dominant=1.5
        ),
        "formation_refresh": _refresh(about, traded),
        "spread_kind": _spread(about),
        "open_at": settle(
            Wanted("Entry, deviations", Unit.NUMBER, "At how many deviations is a pair opened?"),
            list(_levels(about, "open")),
        ),
        "close_at": _closing(about),
    }
    rules = {
        "kind": "pairs",
        "formation": "formation",
        "window": "formation_window",
        "count": "n_pairs",
        "refresh": "formation_refresh",
    }
    rules |= {"spread": "spread_kind", "enter": "open_at", "exit": "close_at"}
    stops = list(_levels(about, "stop"))
    if stops:
        table["stop_at"] = settle(
            Wanted("Stop, deviations", Unit.NUMBER, "At how many deviations is a pair stopped?"), stops
        )
        rules["stop"] = "stop_at"
    if traded:
        table["max_hold"] = settle(Wanted("Longest holding", Unit.MONTHS, "How long may a pair be open?"), traded)
        rules["max_hold"] = "max_hold"
    return rules, table


def _durations(s: Sentence, pattern: re.Pattern[str]) -> Iterator[Found]:
    for match in pattern.finditer(s.text):
        groups = [g for g in match.groups() if g]
        length = duration(groups[0], groups[1])
        if length:
            yield Found(length.value, length.unit, s, match.start(), match.end())


def _formed(sentences: Sequence[Sentence]) -> list[Found]:
    chosen = [
        s for s in sentences if re.search(r"\bformation\b|\bcorrelat|\bdistance\b|\bco-?integrat|\bsquared\b", s.text)
    ]
    return [f for s in chosen for f in _durations(s, _PAIR_WINDOW)]


def _counted(sentences: Sequence[Sentence]) -> Iterator[Found]:
    for s in sentences:
        for match in _PAIR_COUNT.finditer(s.text):
            value = number_of(match["n"])
            if value and value >= 2:
                yield Found(int(value), Unit.COUNT, s, match.start(), match.end())


def _levels(sentences: Sequence[Sentence], what: str) -> Iterator[Found]:
    for s in sentences:
        for match in _APART.finditer(s.text):
            value = number_of(match["n"])
            before = re.split(r"[,;]|\band\b", s.text[max(0, match.start() - 60) : match.start()])[-1]
            near = before + re.split(r"[,;]|\band\b", s.text[match.start() : match.end() + 60])[0]
            role = (
                "stop"
                if re.search(r"\bstop", near)
                else "close"
                if re.search(r"\b(?:back|within|clos\w+|returns? to|revert\w*)\b", near)
                else "open"
            )
            if value is not None and role == what:
                yield Found(float(value), Unit.NUMBER, s, match.start(), match.end())


def _closing(sentences: Sequence[Sentence]) -> DraftParameter:
    wanted = Wanted("Exit, deviations", Unit.NUMBER, "At how many deviations is a pair closed?")
    found = list(_levels(sentences, "close"))
    meet = next(
        (
            (s, m)
            for s in sentences
            for m in [re.search(r"\b(?:prices|spread|series|they) (?:\w+ )?(?:cross|converge|meet)\w*", s.text)]
            if m
        ),
        None,
    )
    if not found and meet is not None:
        return DraftParameter(
            label=wanted.label, unit=Unit.NUMBER, value=0.0, status=Status.INFERRED, citation=meet[0].quote(meet[1].start(), meet[1].end()), note="Prices that meet are a spread of zero deviations."
        )  # fmt: skip
    return settle(wanted, found)


def _chosen(wanted: Wanted, sentences: Sequence[Sentence], words: dict[str, str]) -> DraftParameter | None:
    for choice, pattern in words.items():
        for s in sentences:
            if match := re.search(pattern, s.text):
                return DraftParameter(
                    label=wanted.label, unit=Unit.CHOICE, value=choice, status=Status.INFERRED, choices=list(wanted.choices),
                    citation=s.quote(match.start(), match.end()), note=f"From “{match.group().strip()[:80]}”.",
                )  # fmt: skip
    return None


def _formation(sentences: Sequence[Sentence]) -> DraftParameter:
    wanted = Wanted("How pairs are chosen", Unit.CHOICE, "How are pairs chosen?", FORMATION_CHOICES)
    words = {
        "cointegration": r"\bco-?integrat\w+",
        "correlation": r"\bcorrelat\w+",
        "distance": r"\bdistances?\b|\bsquared (?:differences|deviations)",
    }
    return _chosen(wanted, sentences, words) or missing(wanted)


def _spread(sentences: Sequence[Sentence]) -> DraftParameter:
    wanted = Wanted("Spread", Unit.CHOICE, "How is the spread measured?", SPREAD_CHOICES)
    words = {
        "regression": r"\bhedge ratio|\bregress\w+",
        "ratio": r"\bratio of the (?:two )?prices|\bprice ratio",
        "difference": r"\b(?:by|of) their difference|\bdifference (?:of|between) (?:the )?(?:\w+ )?prices",
    }
    return _chosen(wanted, sentences, words) or assumed(
        wanted, "difference", "The document does not say; the difference of normalised prices is the common reading."
    )


def _refresh(sentences: Sequence[Sentence], traded: Sequence[Found]) -> DraftParameter:
    wanted = Wanted("Pairs chosen anew", Unit.CHOICE, "How often are pairs chosen anew?", REBALANCE_CHOICES)
    anew = [
        s
        for s in sentences
        if re.search(r"\bpairs?\b[^.;]{0,40}\b(?:renew|anew|again|re-?select|re-?form|updat)|\bnew pairs\b", s.text)
    ]
    found = _chosen(wanted, anew, _EVERY)
    if found is None and traded and anew:
        place = traded[0]
        choice = _PERIODS.get({Unit.MONTHS: 21, Unit.YEARS: 252}.get(place.unit, 1) * int(str(place.value)))
        if choice:
            return DraftParameter(
                label=wanted.label,
                unit=Unit.CHOICE,
                value=choice,
                status=Status.INFERRED,
                choices=list(REBALANCE_CHOICES),
                citation=place.citation,
                note="Pairs are chosen anew after each trading period.",
            )
    return found or missing(wanted)
