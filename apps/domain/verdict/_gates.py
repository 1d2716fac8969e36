"""The gates of a verdict: each holds one number to one threshold and says how the number is made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from apps.domain.language.parameters import Status
from apps.domain.metrics import METRICS
from apps.domain.verdict._compare import MIN_DAYS, MIN_OVERLAP, Comparison, formatted

MIN_TRADES = 5
FULL_OVERLAP = 0.90
PASSING_SHARE = 0.5
SURE = 0.95

Tone = Literal["pass", "warn", "fail"]
Bound = Literal["at least", "at most"]
GateUnit = Literal["fraction", "number", "count", "days"]


class Finding(Protocol):
    """A remark about the strategy or the run: a check's finding and an engine's diagnostic both are."""

    @property
    def code(self) -> str: ...
    @property
    def message(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Reason:
    """One gate, or one remark: why the word is what it is.

    A gate holds `number` to `threshold`, both in `unit`, and says in `definition` how the number is made. The number is
    None where there is nothing to measure; a remark has neither.
    """

    code: str
    tone: Tone
    sentence: str
    label: str = ""
    number: float | None = None
    threshold: float | None = None
    bound: Bound | None = None
    unit: GateUnit = "number"
    definition: str = ""


@dataclass(frozen=True, slots=True)
class ResultFacts:
    """What grading needs of a run. `sharpe` is per day; it and the moments are None when returns do not vary."""

    n_days: int
    n_trades: int
    days_in_market: int
    sharpe: float | None = None
    skewness: float | None = None
    kurtosis: float | None = None


def evidence(facts: ResultFacts) -> tuple[Reason, ...]:
    """Whether the run has enough in it to say either way."""
    return (
        _at_least(
            "trading_days",
            f"The run covers {facts.n_days} trading days; a verdict needs {MIN_DAYS}.",
            "Trading days",
            (facts.n_days, MIN_DAYS),
            "Days of the run on which the market was open.",
        ),
        _at_least(
            "days_in_market",
            f"The strategy held a position at the close of {facts.days_in_market} days."
            if facts.days_in_market
            else "The strategy held nothing on any day.",
            "Days in the market",
            (facts.days_in_market, 1),
            "Days of the run that ended with any position.",
        ),
        _at_least(
            "round_trips",
            f"The run closed {facts.n_trades} round trips; a verdict needs {MIN_TRADES}.",
            "Round trips",
            (facts.n_trades, MIN_TRADES),
            "From flat to flat per instrument; those still open do not count.",
        ),
    )


def _at_least(code: str, sentence: str, label: str, held: tuple[int, int], definition: str) -> Reason:
    number, threshold = held
    tone: Tone = "pass" if number >= threshold else "fail"
    return Reason(code, tone, sentence, label, float(number), float(threshold), "at least", "count", definition)


def to_compare(judged: Sequence[Comparison], comparable: Sequence[Comparison]) -> Reason:
    """Whether there is anything to hold the run to; the code says what is in the way."""
    code, sentence = "comparable_claims", f"{len(comparable)} of {len(judged)} claims can be compared with this run."
    if not judged:
        code, sentence = "no_claim", "The document makes no claim about the strategy that a run could be held to."
    elif not comparable and any(c.obstacle == "window_apart" for c in judged):
        code = "window_apart"
        sentence = f"No claim can be compared: the run covers less than {MIN_OVERLAP:.0%} of the window of the claims."
    elif not comparable:
        code, sentence = "no_comparable_claim", "No claim of the document can be compared with this run."
    definition = (
        "Claims about the strategy that the run can measure, on their own window and with their own costs. Those about "
        "the benchmark do not count."
    )
    return _at_least(code, sentence, "Comparable claims", (len(comparable), 1), definition)


def agreement(comparable: Sequence[Comparison]) -> tuple[Reason, ...]:
    """What the word is counted from."""
    if not comparable:
        return ()
    n, within = len(comparable), count(comparable, "within tolerance")
    agreeing = within + count(comparable, "same direction")
    return (
        Reason(
            "claims_within",
            "pass" if within == n else "warn",
            f"{within} of {n} comparable claims {'is' if within == 1 else 'are'} within tolerance; “Reproduced” needs all.",
            "Claims within tolerance",
            within / n,
            1.0,
            "at least",
            "fraction",
            "Comparable claims whose figure lies within its tolerance, over all comparable ones.",
        ),
        Reason(
            "claims_agreeing",
            "pass" if agreeing >= PASSING_SHARE * n else "fail",
            f"{agreeing} of {n} comparable claims {'agrees' if agreeing == 1 else 'agree'} at least in direction; "
            f"“Partly reproduced” needs {PASSING_SHARE:.0%}.",
            "Claims that agree in direction",
            agreeing / n,
            PASSING_SHARE,
            "at least",
            "fraction",
            "Comparable claims within tolerance, or of a return or ratio with the claimed sign, over all comparable ones.",
        ),
    )


def doubts(comparable: Sequence[Comparison], counts: Mapping[Status, int]) -> tuple[Reason, ...]:
    """What stands between agreement and "Reproduced"."""
    if not comparable:
        return ()
    unknown = sum(c.window_overlap is None for c in comparable)
    known = [c.window_overlap for c in comparable if c.window_overlap is not None]
    assumed = counts.get(Status.ASSUMED, 0)
    return (
        *([_covered(min(known))] if known else []),
        _none_of(
            "unknown_window",
            unknown,
            f"{unknown} {'claim does' if unknown == 1 else 'claims do'} not state a window, so the periods may differ.",
            "Every comparable claim states its window.",
            ("Claims without a window", "Comparable claims of which the document does not say from when to when."),
        ),
        _none_of(
            "assumed_parameters",
            assumed,
            f"{assumed} {'parameter is' if assumed == 1 else 'parameters are'} assumed: the document does not say.",
            "No parameter is assumed.",
            (
                "Assumed parameters",
                "Values that neither the document nor an analyst gave; capital and benchmark aside.",
            ),
        ),
    )


def _covered(least: float) -> Reason:
    tone: Tone = "pass" if least >= FULL_OVERLAP else "warn"
    sentence = f"The run covers {least:.0%} of the claimed window; “Reproduced” needs {FULL_OVERLAP:.0%}."
    definition = (
        "Days of the claimed window that the run covers, over all its days; the least covered comparable claim."
    )
    return Reason(
        "window_overlap", tone, sentence, "Window covered", least, FULL_OVERLAP, "at least", "fraction", definition
    )


def _none_of(code: str, number: int, some: str, none: str, words: tuple[str, str]) -> Reason:
    tone: Tone = "warn" if number else "pass"
    return Reason(code, tone, some if number else none, words[0], float(number), 0.0, "at most", "count", words[1])


def as_reason(comparison: Comparison) -> Reason:
    tones: Mapping[str, Tone] = {
        "within tolerance": "pass",
        "same direction": "warn",
        "off": "fail",
        "not comparable": "warn",
    }
    tone = tones[comparison.outcome]
    if comparison.metric.startswith("benchmark_") and tone == "fail":
        tone = "warn"
    code, metric = f"claim_{comparison.claim}", METRICS[comparison.metric]
    if comparison.obstacle == "window_apart":
        definition = "Days of the claimed window that the run covers, over all its days; below, nothing is compared."
        return Reason(
            code,
            tone,
            comparison.reason,
            comparison.label,
            comparison.window_overlap,
            MIN_OVERLAP,
            "at least",
            "fraction",
            definition,
        )
    distance = None if comparison.difference is None else abs(comparison.difference)
    return Reason(
        code,
        tone,
        comparison.reason,
        comparison.label,
        distance,
        comparison.tolerance,
        "at most",
        metric.unit,
        f"{_held(comparison)} Distance of the measured figure from the claimed one. Tolerance: {comparison.rule}. "
        f"{metric.label}: {metric.convention}.",
    )


def _held(comparison: Comparison) -> str:
    claimed = formatted(comparison.metric, comparison.claimed)
    if comparison.measured is None:
        return f"Claimed {claimed}, not measured."
    return f"Measured {formatted(comparison.metric, comparison.measured)}, claimed {claimed}."


def luck(chance: float | None, n_trials: int) -> Reason:
    trials = "one trial" if n_trials == 1 else f"the best of {n_trials} trials"
    sentence = "The daily returns do not vary, so nothing can be said about luck."
    if chance is not None:
        sentence = f"Deflated Sharpe ratio: {chance:.1%} probability that the result beats the luck of {trials}."
    return Reason(
        "deflated_sharpe",
        "pass" if chance is not None and chance >= SURE else "warn",
        sentence,
        "Deflated Sharpe ratio",
        chance,
        SURE,
        "at least",
        "fraction",
        f"Probability that the true Sharpe ratio exceeds what {trials} would show by luck, for the length, skewness and "
        "kurtosis of the daily returns (Bailey and López de Prado 2014). It warns and does not change the word.",
    )


def remark(finding: Finding) -> Reason:
    definition = "A remark of the checks or of the engine. It warns and does not change the word."
    return Reason(finding.code, "warn", finding.message, "Remark", definition=definition)


def count(comparable: Sequence[Comparison], outcome: str) -> int:
    return sum(c.outcome == outcome for c in comparable)
