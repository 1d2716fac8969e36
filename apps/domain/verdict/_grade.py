"""The rules that turn comparisons into one word with its reasons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np

from apps.domain.engine import Result
from apps.domain.language.parameters import Status
from apps.domain.language.schema import RunnableSpecification
from apps.domain.metrics import simple_returns
from apps.domain.verdict._compare import MIN_OVERLAP, Comparison
from apps.domain.verdict._sharpe import deflated_sharpe, moments

GATE_VERSION = "1.0.0"
"""Changes whenever the same comparisons may get another word."""
MIN_DAYS = 252
MIN_TRADES = 5
FULL_OVERLAP = 0.90
PASSING_SHARE = 0.5
SURE = 0.95

Word = Literal["Reproduced", "Partly reproduced", "Not reproduced", "Not testable", "Not run"]
Tone = Literal["pass", "warn", "fail"]


class Finding(Protocol):
    """A remark about the strategy or the run: a check's finding and an engine's diagnostic both are."""

    @property
    def code(self) -> str: ...
    @property
    def message(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Reason:
    """Why the word is what it is: one number or one rule each."""

    code: str
    tone: Tone
    sentence: str


@dataclass(frozen=True, slots=True)
class ResultFacts:
    """What grading needs of a run. `sharpe` is per day; it and the moments are None when returns do not vary."""

    n_days: int
    n_trades: int
    days_in_market: int
    sharpe: float | None = None
    skewness: float | None = None
    kurtosis: float | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """The word, its reasons, and what it was judged by. `deflated_sharpe` is a probability, None when undefined."""

    word: Word
    reasons: tuple[Reason, ...]
    gate_version: str
    n_trials: int
    n_comparable: int
    n_within: int
    n_same_direction: int
    deflated_sharpe: float | None


def facts_of(result: Result) -> ResultFacts:
    """The facts of one run: days, closed round trips, days in the market, moments of daily returns."""
    shape = moments(simple_returns(result.equity))
    return ResultFacts(
        n_days=len(result.days),
        n_trades=int(np.sum(~result.trades.is_open)),
        days_in_market=int(np.sum(result.exposure > 0.0)),
        sharpe=shape[0] if shape else None,
        skewness=shape[1] if shape else None,
        kurtosis=shape[2] if shape else None,
    )


def status_counts(spec: RunnableSpecification) -> dict[Status, int]:
    """How many executable parameters have each status, but for capital and benchmark: no return depends on those."""
    idle = {spec.evaluation.capital, spec.evaluation.benchmark}
    counts = dict.fromkeys(Status, 0)
    for name, parameter in spec.parameters.items():
        if name not in idle:
            counts[parameter.status] += 1
    return counts


def grade(
    *,
    comparisons: Sequence[Comparison],
    result_facts: ResultFacts,
    findings: Sequence[Finding],
    status_counts: Mapping[Status, int],
    n_trials: int,
) -> Verdict:
    """Grade a finished run against its document's claims.

    Claims about the benchmark check the data, not the strategy: they warn and do not count. `n_trials` is how many
    variants were run before this one was shown, itself included.
    """
    judged = [c for c in comparisons if not c.metric.startswith("benchmark_")]
    comparable = [c for c in judged if c.outcome != "not comparable"]
    too_little = _too_little(result_facts)
    untestable = too_little or _nothing_to_compare(judged, comparable)
    doubts = () if untestable else _doubts(comparable, status_counts)
    chance = _deflated(result_facts, n_trials)
    return Verdict(
        word="Not testable" if untestable else _word(comparable, doubts),
        reasons=(
            *untestable,
            *(_as_reason(c) for c in comparisons),
            *doubts,
            *_luck(chance, n_trials),
            *(Reason(finding.code, "warn", finding.message) for finding in findings),
        ),
        gate_version=GATE_VERSION,
        n_trials=n_trials,
        n_comparable=len(comparable),
        n_within=_count(comparable, "within tolerance"),
        n_same_direction=_count(comparable, "same direction"),
        deflated_sharpe=chance,
    )


def not_run(*, reason: str) -> Verdict:
    """The verdict of a strategy that has not been run; `reason` is a sentence."""
    return Verdict("Not run", (Reason("not_run", "warn", reason),), GATE_VERSION, 0, 0, 0, 0, None)


def _word(comparable: Sequence[Comparison], doubts: Sequence[Reason]) -> Word:
    within = _count(comparable, "within tolerance")
    if within == len(comparable) and not doubts:
        return "Reproduced"
    agreeing = within + _count(comparable, "same direction")
    return "Partly reproduced" if agreeing >= PASSING_SHARE * len(comparable) else "Not reproduced"


def _too_little(facts: ResultFacts) -> tuple[Reason, ...]:
    found = []
    if facts.n_days < MIN_DAYS:
        found.append(
            Reason("too_few_days", "fail", f"The run covers {facts.n_days} trading days; a verdict needs {MIN_DAYS}.")
        )
    if facts.days_in_market == 0:
        found.append(Reason("never_in_market", "fail", "The strategy held nothing on any day."))
    if facts.n_trades < MIN_TRADES:
        found.append(
            Reason(
                "too_few_trades", "fail", f"The run closed {facts.n_trades} round trips; a verdict needs {MIN_TRADES}."
            )
        )
    return tuple(found)


def _nothing_to_compare(judged: Sequence[Comparison], comparable: Sequence[Comparison]) -> tuple[Reason, ...]:
    if comparable:
        return ()
    if not judged:
        return (
            Reason("no_claim", "fail", "The document makes no claim about the strategy that a run could be held to."),
        )
    if any(c.window_overlap is not None and c.window_overlap < MIN_OVERLAP for c in judged):
        sentence = f"No claim can be compared: the run covers less than {MIN_OVERLAP:.0%} of the window of the claims."
        return (Reason("window_apart", "fail", sentence),)
    return (Reason("no_comparable_claim", "fail", "No claim of the document can be compared with this run."),)


def _doubts(comparable: Sequence[Comparison], counts: Mapping[Status, int]) -> tuple[Reason, ...]:
    """What stands between agreement and "Reproduced"."""
    found = []
    unknown = sum(c.window_overlap is None for c in comparable)
    known = [c.window_overlap for c in comparable if c.window_overlap is not None]
    if known and min(known) < FULL_OVERLAP:
        sentence = f"The run covers {min(known):.0%} of the claimed window; “Reproduced” needs {FULL_OVERLAP:.0%}."
        found.append(Reason("partial_window", "warn", sentence))
    if unknown:
        verb = "claim does" if unknown == 1 else "claims do"
        found.append(
            Reason("unknown_window", "warn", f"{unknown} {verb} not state a window, so the periods may differ.")
        )
    assumed = counts.get(Status.ASSUMED, 0)
    if assumed:
        sentence = (
            f"{assumed} {'parameter is' if assumed == 1 else 'parameters are'} assumed: the document does not say."
        )
        found.append(Reason("assumed_parameters", "warn", sentence))
    return tuple(found)


def _as_reason(comparison: Comparison) -> Reason:
    tones: Mapping[str, Tone] = {
        "within tolerance": "pass",
        "same direction": "warn",
        "off": "fail",
        "not comparable": "warn",
    }
    tone = tones[comparison.outcome]
    if comparison.metric.startswith("benchmark_") and tone == "fail":
        tone = "warn"
    return Reason(f"claim_{comparison.claim}", tone, comparison.reason)


def _deflated(facts: ResultFacts, n_trials: int) -> float | None:
    if facts.sharpe is None or facts.skewness is None or facts.kurtosis is None:
        return None
    return deflated_sharpe(
        sharpe=facts.sharpe,
        n=facts.n_days - 1,
        skewness=facts.skewness,
        kurtosis=facts.kurtosis,
        n_trials=n_trials,
    )


def _luck(chance: float | None, n_trials: int) -> tuple[Reason, ...]:
    if chance is None:
        return ()
    trials = "one trial" if n_trials == 1 else f"the best of {n_trials} trials"
    sentence = f"Deflated Sharpe ratio: {chance:.1%} probability that the result beats the luck of {trials}."
    return (Reason("deflated_sharpe", "pass" if chance >= SURE else "warn", sentence),)


def _count(comparable: Sequence[Comparison], outcome: str) -> int:
    return sum(c.outcome == outcome for c in comparable)
