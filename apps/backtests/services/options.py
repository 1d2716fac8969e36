"""What a run may have other than its version: window, benchmark, costs. Written into the specification itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from apps.domain.errors import DomainError
from apps.domain.language import RunnableParameter, RunnableSpecification, Status, Unit, references
from apps.web.queries import formats

NO_BENCHMARK = ""
_PER_FILL = ("per_share", "minimum", "spread", "impact")
_LABELS = {"start": "First day", "end": "Last day", "benchmark": "Benchmark", "cost": "Trading cost"}
_UNITS = {"start": Unit.DATE, "end": Unit.DATE, "benchmark": Unit.SYMBOL, "cost": Unit.BPS}


@dataclass(frozen=True, slots=True)
class RunWindow:
    """The days that a run covers, ends included; None is the first or the last day of the data."""

    start: date | None = None
    end: date | None = None


PresetKey = Literal["version", "paper", "after", "full"]


class OptionRefusedError(DomainError):
    """An option of a launch that no run can be made with."""

    code = "option_refused"


@dataclass(frozen=True, slots=True)
class RunOptions:
    """What differs from the version; None is as the version says.

    `window` is days or a preset; `benchmark` NO_BENCHMARK holds nothing beside the run; `cost_bps` is all that a fill
    costs, one way, in basis points of its value, or "house": what the desk usually pays.
    """

    window: RunWindow | PresetKey | None = None
    benchmark: str | None = None
    cost_bps: float | Literal["house"] | None = None


AS_THE_VERSION = RunOptions()


@dataclass(frozen=True, slots=True)
class Override:
    """One thing that differs from the version, in words."""

    name: str
    label: str
    version: str
    run: str

    def as_dict(self) -> dict[str, str]:
        """As a plan freezes it."""
        return {"name": self.name, "label": self.label, "version": self.version, "run": self.run}


def applied(spec: RunnableSpecification, options: RunOptions, /) -> tuple[RunnableSpecification, tuple[Override, ...]]:
    """The specification with the options in its table of parameters, and what differs. What is the same changes nothing,
    so that such a run has the version's own fingerprint. A window must be in days (`presets.resolved`)."""
    from apps.domain.verdict import HOUSE_COST_BPS, costs_of  # noqa: PLC0415 -- slow import

    rate = HOUSE_COST_BPS if options.cost_bps == "house" else options.cost_bps
    changed, overrides = spec, list[Override]()
    if isinstance(options.window, RunWindow):
        for name, day in (("start", options.window.start), ("end", options.window.end)):
            changed = _with(changed, "evaluation", name, day.isoformat() if day else None)
    if options.benchmark is not None:
        changed = _with(changed, "evaluation", "benchmark", options.benchmark or None)
    if rate is not None and costs_of(spec) != costs_of(_with_cost(spec, rate)):
        changed = _with_cost(changed, rate)
        overrides.append(Override("cost", "Costs", costs_of(spec), costs_of(changed)))
    if window_of(changed) != window_of(spec):
        overrides.append(Override("window", "Window", in_words(window_of(spec)), in_words(window_of(changed))))
    if benchmark_of(changed) != benchmark_of(spec):
        overrides.append(
            Override("benchmark", "Benchmark", benchmark_of(spec) or "none", benchmark_of(changed) or "none")
        )
    if not overrides:
        return spec, ()
    used = {reference.name for reference in references(changed)}
    rows = {name: row for name, row in changed.parameters.items() if name in used}
    return changed.model_copy(update={"parameters": rows}), tuple(overrides)


def window_of(spec: RunnableSpecification, /) -> RunWindow:
    """The window that a specification states."""
    start, end = (_value(spec, name) for name in (spec.evaluation.start, spec.evaluation.end))
    return RunWindow(date.fromisoformat(start) if start else None, date.fromisoformat(end) if end else None)


def benchmark_of(spec: RunnableSpecification, /) -> str:
    """The benchmark that a specification names; empty when none."""
    return str(_value(spec, spec.evaluation.benchmark) or "")


def in_words(window: RunWindow, /) -> str:
    """“3 Jan 2000 to 31 Dec 2012”."""
    if window == RunWindow():
        return "all days of the data"
    start = formats.day(window.start) if window.start else "the first day of the data"
    end = formats.day(window.end) if window.end else "the last day of the data"
    return f"{start} to {end}"


def _value(spec: RunnableSpecification, name: str | None) -> Any:
    return spec.parameters[name].value if name else None


def _with_cost(spec: RunnableSpecification, rate: float) -> RunnableSpecification:
    """One cost, of the value of each fill; what time costs (borrowing, interest) stays."""
    execution = spec.execution.model_copy(update=dict.fromkeys(_PER_FILL))
    return _with(spec.model_copy(update={"execution": execution}), "execution", "cost", float(rate))


def _with(spec: RunnableSpecification, section: str, place: str, value: Any) -> RunnableSpecification:
    """The specification with another value at a place that names a parameter; None names none.

    The row that stands there takes the value, unless other places read it too: then there is a row of its own.
    """
    part = getattr(spec, section)
    name, rows = getattr(part, place), dict(spec.parameters)
    if _value(spec, name) == value:
        return spec
    is_shared = name is not None and sum(reference.name == name for reference in references(spec)) > 1
    if value is None:
        chosen = None
    else:
        chosen = name if name and not is_shared else _free(f"run_{place}", rows)
        label = rows[chosen].label if chosen in rows else _LABELS[place]
        rows[chosen] = RunnableParameter(
            label=label,
            value=value,
            unit=_UNITS[place],
            status=Status.ANALYST,
            note="Chosen at the launch of this run.",
        )
    return spec.model_copy(update={section: part.model_copy(update={place: chosen}), "parameters": rows})


def _free(name: str, rows: dict[str, Any]) -> str:
    return name if name not in rows else _free(f"{name}_x", rows)
