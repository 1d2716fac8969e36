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
    from apps.domain.verdict import Again, Comparison, Reading, Verdict

_TOO_LARGE = "Not measured: this run is too large to be made again within one job."


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
    again: bool = True,
    published: date | None = None,
    seen: Callable[[Result], None] | None = None,
) -> Judged:
    """Run, measure, compare, grade. Raises the engine's errors; what `progress` raises comes through.

    Where the claims ask for it, the rules run again to the end of the data, without costs and with the house's; without
    `again` (a run that is large already) those figures stay empty and say so. `published` is the day on which the document
    came out, where it is known. `seen` is shown the run itself as soon as it is made, before it is run again and judged.
    """
    from apps.domain import engine, verdict  # noqa: PLC0415 -- slow import

    data_window = _window(panel.panel)
    tell = progress or (lambda _fraction: None)
    share = 0.5 if spec.claims and again else 1.0
    result = engine.run(spec=spec, panel=panel, benchmark=benchmark, progress=lambda done: tell(done * share))
    if seen is not None:
        seen(result)
    base = verdict.RunReading(result, verdict.costs_of(spec))
    asked = verdict.readings_to_make(spec=spec, window=base.window, data_window=data_window)
    made: dict[Again, Reading | str] = dict.fromkeys(asked, _TOO_LARGE)
    for at, (name, other) in enumerate(asked.items() if again else ()):
        done_before, part = share + share * at / len(asked), share / len(asked)
        rerun = engine.run(spec=other, panel=panel, benchmark=benchmark, progress=_stage(tell, done_before, part))
        made[name] = verdict.RunReading(rerun, verdict.costs_of(other))
    longer = made.get("longer", base)
    readings = verdict.Readings(base=base, longer=longer, gross=made.get("gross", longer), ours=made.get("ours", base))
    compared = verdict.compare(claims=spec.claims, readings=readings, data_window=data_window, published=published)
    graded = verdict.grade(
        comparisons=compared,
        result_facts=verdict.facts_of(result),
        findings=[*findings(spec), *result.diagnostics],
        status_counts=verdict.status_counts(spec),
        n_trials=n_trials,
    )
    return Judged(result, dict(base.measured(base.window)), compared, graded)


def _stage(tell: Callable[[float], None], before: float, part: float) -> Callable[[float], None]:
    return lambda done: tell(before + part * done)


def _window(panel: Panel) -> tuple[date, date]:
    return panel.days[0].item(), panel.days[-1].item()


def plain(values: Any) -> dict[str, Any]:
    """A frozen dataclass of the core as JSON values."""
    return asdict(values)
