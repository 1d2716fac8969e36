"""The rules that turn comparisons into one word with its reasons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from apps.domain.language.parameters import Status
from apps.domain.language.schema import RunnableSpecification
from apps.domain.metrics import simple_returns
from apps.domain.verdict._compare import Comparison
from apps.domain.verdict._gates import (
    PASSING_SHARE,
    Finding,
    Reason,
    ResultFacts,
    agreement,
    as_reason,
    count,
    doubts,
    evidence,
    luck,
    remark,
    to_compare,
)
from apps.domain.verdict._sharpe import deflated_sharpe, moments

if TYPE_CHECKING:
    from apps.domain.engine import Result  # pages read verdicts without the compiled engine

GATE_VERSION = "2.1.0"
"""Changes whenever the same comparisons may get another word."""
MISSING_DATA = frozenset({"data_missing", "unknown_symbol"})
"""Findings and errors that say: the platform's data do not carry what the rules read."""
Word = Literal[
    "Reproduced", "Partly reproduced", "Not reproduced", "Not testable", "Insufficient evidence", "Not run"
]  # fmt: skip


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
    enough = evidence(result_facts)
    held = to_compare(judged, comparable)
    open_doubts = doubts(comparable, status_counts)
    chance = _deflated(result_facts, n_trials)
    return Verdict(
        word=_word(enough, held, comparable, open_doubts),
        reasons=(
            *enough,
            held,
            *(as_reason(c) for c in comparisons),
            *agreement(comparable),
            *open_doubts,
            luck(chance, n_trials),
            *(remark(finding) for finding in findings),
        ),
        gate_version=GATE_VERSION,
        n_trials=n_trials,
        n_comparable=len(comparable),
        n_within=count(comparable, "within tolerance"),
        n_same_direction=count(comparable, "same direction"),
        deflated_sharpe=chance,
    )


def not_run(*, reason: str) -> Verdict:
    """The verdict of a strategy that has not been run; `reason` is a sentence."""
    why = Reason("not_run", "warn", reason, "Run", definition="A verdict needs a finished run.")
    return Verdict("Not run", (why,), GATE_VERSION, 0, 0, 0, 0, None)


def data_missing(findings: Sequence[Finding], /) -> Verdict | None:
    """The verdict of a strategy whose data the platform does not carry, or None when nothing is missing.

    Takes findings of checks and the error of a run alike; other findings are left out.
    """
    missing = [finding for finding in findings if finding.code in MISSING_DATA]
    if not missing:
        return None
    reasons = tuple(
        Reason(
            "data_missing",
            "fail",
            _missing_sentence(finding.message),
            "Data missing",
            number=float(len(missing)),
            threshold=0.0,
            bound="at most",
            unit="count",
            definition="What the rules read and the loaded data do not carry. With one such gap nothing can be run.",
        )
        for finding in missing
    )
    return Verdict("Not testable", reasons, GATE_VERSION, 0, 0, 0, 0, None)


def _missing_sentence(message: str) -> str:
    return message if message.startswith("Data missing") else f"Data missing: {message}"


def _word(
    enough: Sequence[Reason], held: Reason, comparable: Sequence[Comparison], open_doubts: Sequence[Reason]
) -> Word:
    if any(gate.tone == "fail" for gate in enough):
        return "Insufficient evidence"
    if held.tone == "fail":
        return "Not testable"
    within = count(comparable, "within tolerance")
    if within == len(comparable) and all(gate.tone == "pass" for gate in open_doubts):
        return "Reproduced"
    agreeing = within + count(comparable, "same direction")
    return "Partly reproduced" if agreeing >= PASSING_SHARE * len(comparable) else "Not reproduced"


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
