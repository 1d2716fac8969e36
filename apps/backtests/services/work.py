"""Run a specification on a panel and judge the result. No database: the job and the command line share it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from apps.domain.language import RunnableSpecification, findings
from apps.domain.values import Panel
from apps.domain.values.inputs import Inputs

if TYPE_CHECKING:
    from apps.domain.engine import Result
    from apps.domain.verdict import Comparison, Verdict


@dataclass(frozen=True, slots=True)
class Judged:
    """A result, what was measured on it, and what it is worth against the claims."""

    result: Result
    metrics: dict[str, float | None]
    comparisons: tuple[Comparison, ...]
    verdict: Verdict

    @property
    def word(self) -> str:
        """The verdict's word as the database spells it."""
        return self.verdict.word.lower().replace(" ", "_")


def judge(
    *,
    spec: RunnableSpecification,
    panel: Inputs,
    benchmark: Panel | None,
    n_trials: int,
    progress: Callable[[float], None] | None = None,
) -> Judged:
    """Run, measure, compare, grade. Raises the engine's errors; what `progress` raises comes through."""
    from apps.domain import engine, metrics, verdict  # noqa: PLC0415 -- slow import

    result = engine.run(spec=spec, panel=panel, benchmark=benchmark, progress=progress)
    measured = metrics.measure(result)
    window = (result.days[0].item(), result.days[-1].item())
    compared = verdict.compare(claims=spec.claims, measured=measured, window=window, data_window=_window(panel.panel))
    graded = verdict.grade(
        comparisons=compared,
        result_facts=verdict.facts_of(result),
        findings=[*findings(spec), *result.diagnostics],
        status_counts=verdict.status_counts(spec),
        n_trials=n_trials,
    )
    return Judged(result, measured, compared, graded)


def _window(panel: Panel) -> tuple[date, date]:
    return panel.days[0].item(), panel.days[-1].item()


def plain(values: Any) -> dict[str, Any]:
    """A frozen dataclass of the core as JSON values."""
    return asdict(values)
