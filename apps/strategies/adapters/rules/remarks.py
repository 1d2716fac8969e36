"""What the analyst should know about a document that the draft itself cannot say."""

from __future__ import annotations

import re
from collections.abc import Sequence

from apps.domain.language import DraftSpecification
from apps.strategies.adapters.rules import families
from apps.strategies.adapters.rules.families import Family, Recognised
from apps.strategies.adapters.rules.sentences import Document, Sentence

_SHORT = re.compile(
    r"\blong[-/ ]short\b|\bzero[- ](?:cost|investment)\b|\bwinners? minus losers?\b|\b(?:sell|sells|selling|sold|go|goes|going|short|shorts|shorting|shorted)\b[^.;]{0,30}\b(?:short|losers?|bottom|worst|lowest)\b|"
    r"\blong\b[^.;]{0,60}\b(?:and|or) (?:sell |sells |go |goes )?short\b|\bshort (?:position|the |when|if|otherwise)"
)
_DENIED = re.compile(
    r"\b(?:nothing|no|never|not|without|neither|nor)\b[^.;]{0,30}\b(?:short|interest|stops?|stop[- ]loss|leverage)"
)
_SIZED = re.compile(
    r"\b(?:value[- ]weighted|inverse[- ]volatility|risk parity|scaled (?:to|by)|volatility target\w*|market[- ]cap(?:italisation|italization)?[- ]weighted|target (?:volatility|risk))\b"
)
_PARITY = re.compile(r"\brisk[- ]parity\b|\bequal risk contribution")
_CASH = re.compile(r"\b(?:treasury bills?|t-bills?|money[- ]market|interest on cash|commercial paper)\b")
_STOP = re.compile(r"\b(?:stop[- ]loss(?:es)?|trailing stops?|take[- ]profit|profit target)\b")
_BAND = re.compile(
    r"\b(?:band|buffer|filter) of (?:\w+ )?\d+(?:\.\d+)? ?(?:%|per ?cent)|\b\d+(?:\.\d+)? ?(?:%|per ?cent) (?:band|buffer|filter)\b"
)


def differences_of(document: Document, found: Recognised, draft: DraftSpecification) -> list[str]:
    """Sentences about what the document does and the draft does not, each with the page."""
    remarks = []
    own = [s for s in document.body if not s.variation]
    for pattern, sentence, is_said in (
        (
            _SHORT,
            "The document also sells short (page {page}). Only the long side is proposed; its long-short figures are kept but not compared.",
            _is_short(draft),
        ),
        (
            _SIZED,
            "The document sizes positions in another way (page {page}). Equal weights are proposed instead.",
            draft.weights.kind != "equal" or draft.overlay.volatility is not None,
        ),
        (
            _CASH,
            "The document lets cash earn interest or compares with it (page {page}). Cash earns nothing here.",
            draft.overlay.regime is not None and draft.overlay.regime.instead is not None,
        ),
        (
            _STOP,
            "The document uses stops (page {page}) in words that could not be read as a number. They are left out; the closest that can be said is a stop loss, a target, a trailing stop or a time limit of the overlay.",
            any(getattr(draft.overlay, name) for name in ("stop_loss", "take_profit", "trailing_stop", "time_stop")),
        ),
        (_BAND, "The document puts a band around its rule (page {page}). It is left out.", False),
        (
            _PARITY,
            "Risk parity (page {page}) is proposed as inverse volatility, the closest that can be said: correlations between the instruments are not looked at.",
            False,
        ),
    ):
        if is_said:
            continue
        place = next((s for s in own if pattern.search(s.text) and not _DENIED.search(s.text)), None)
        if place is not None:
            remarks.append(sentence.format(page=place.page))
    average = next((s for s in own if families.average_condition(s)), None)
    if found.family is Family.REVERSAL and average is not None:
        remarks.append(
            f"The document also wants the price on one side of a moving average (page {average.page}). "
            "That condition is left out; add it to the entry rule if it belongs there."
        )
    return remarks


def remarks_of(document: Document, found: Recognised, draft: DraftSpecification) -> list[str]:
    """Sentences about what else the analyst should know before trusting the draft."""
    remarks = []
    if found.family in {Family.TIME_SERIES, Family.AVERAGE, Family.CROSSOVER} and _never_own(found.rules):
        remarks.append(
            "Every sentence that states the rule reports what others published; check that the document proposes it itself."
        )
    if document.addressed:
        remarks.append(
            f"The document speaks to software that reads it (page {document.addressed[0].page}). That is text like any other and was not followed."
        )
    if not draft.claims:
        remarks.append("No figures were found that a run could be held to.")
    return remarks


def _is_short(draft: DraftSpecification) -> bool:
    selection = draft.selection
    return bool(
        selection.kind == "pairs" or getattr(selection, "short", None) or getattr(selection, "enter_short", None)
    )


def _never_own(rules: Sequence[Sentence]) -> bool:
    return all(s.cited for s in rules)
