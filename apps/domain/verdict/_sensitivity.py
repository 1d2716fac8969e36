"""The same rules with other costs, later, and with other values: how much of a result hangs on each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from apps.domain.errors import DomainError
from apps.domain.language import FILL_CHOICES, PerAsset, TopN, Unit
from apps.domain.language.parameters import DURATIONS, NUMERIC, RunnableParameter
from apps.domain.language.references import references
from apps.domain.language.schema import RunnableSpecification
from apps.domain.metrics import measure
from apps.domain.values.inputs import Inputs
from apps.domain.verdict._readings import with_cost

Axis = Literal["cost", "delay", "parameter"]
SENSITIVITY_VERSION = "1"
"""Changes whenever the same run may give another list."""
COSTS_BPS = (0.0, 2.0, 5.0, 10.0, 15.0, 20.0, 30.0, 50.0, 75.0, 100.0)
DELAYS = (1, 2, 5)
_FACTORS = (0.5, 0.8, 0.9, 1.1, 1.2, 1.5)
_WHOLE = DURATIONS | {Unit.COUNT}
_OUTSIDE = ("/data", "/universe", "/evaluation", "/execution", "/schedule")
_FILLS = {"next_open": "Fill at the next open", "next_close": "Fill at the next close"}


@dataclass(frozen=True, slots=True)
class Variant:
    """A specification that differs from the run's in one thing. `x` is its place on the axis, None where it has no number."""

    axis: Axis
    subject: str
    label: str
    x: float | None
    spec: RunnableSpecification
    is_own: bool = False


@dataclass(frozen=True, slots=True)
class Sensed:
    """What a variant gave; `refusal` says why it gave nothing. `is_own` marks the run's own value."""

    axis: Axis
    subject: str
    label: str
    x: float | None
    is_own: bool
    annual_return: float | None
    sharpe_ratio: float | None
    max_drawdown: float | None
    turnover: float | None
    refusal: str = ""


def variants(spec: RunnableSpecification) -> tuple[Variant, ...]:
    """Every variant that the tear sheet asks for, the run itself among the values of each parameter.

    Costs replace all that a fill costs by one rate; delays fill at the other price of the next day, or let the rules see
    prices of one, two and five bars before; parameters take the values of their range, or from half to one and a half of
    their own, one at a time.
    """
    return (*_costs(spec), *_delays(spec), *_parameters(spec))


def sensitivity(
    *, asked: tuple[Variant, ...], panel: Inputs, progress: Callable[[float], None] | None = None
) -> tuple[Sensed, ...]:
    """Run the variants. A variant that cannot be run is a row with its reason, never an exception; what `progress` raises
    comes through."""
    tell = progress or (lambda _fraction: None)
    made = []
    for at, one in enumerate(asked):
        tell(at / len(asked))  # between runs alone: what stops a job must not look like a variant that was refused
        made.append(_sense(one, panel))
    return tuple(made)


def _sense(variant: Variant, panel: Inputs) -> Sensed:
    from apps.domain import engine  # noqa: PLC0415 -- slow import

    found: dict[str, float | None] = {}
    refusal = ""
    try:
        found = measure(engine.run(spec=variant.spec, panel=panel))
    except DomainError as error:
        refusal = error.message
    return Sensed(
        axis=variant.axis,
        subject=variant.subject,
        label=variant.label,
        x=variant.x,
        is_own=variant.is_own,
        annual_return=found.get("annual_return"),
        sharpe_ratio=found.get("sharpe_ratio"),
        max_drawdown=found.get("max_drawdown"),
        turnover=found.get("turnover"),
        refusal=refusal,
    )


def _costs(spec: RunnableSpecification) -> Iterator[Variant]:
    for rate in COSTS_BPS:
        yield Variant("cost", "Cost of a fill", f"{rate:g} bps", rate, with_cost(spec, rate))


def _delays(spec: RunnableSpecification) -> Iterator[Variant]:
    fill = spec.parameters[spec.execution.fill]
    yield Variant("delay", "Delay", _FILLS.get(str(fill.value), "As the run"), None, spec, is_own=True)
    if spec.execution.session == "whole_day" and spec.execution.order == "market":
        for other in (choice for choice in FILL_CHOICES if choice in _FILLS and choice != fill.value):
            yield Variant("delay", "Delay", _FILLS[other], None, _with(spec, spec.execution.fill, other))
    for bars in DELAYS:
        later = _later(spec, bars)
        if later is not None:
            yield Variant("delay", "Delay", f"Rules {bars} bar{'s' * (bars > 1)} late", float(bars), later)


def _later(spec: RunnableSpecification, bars: int) -> RunnableSpecification | None:
    """The rules on what was known some bars before; None for a selection that is not one formula or a pair of them."""
    rule = spec.selection
    if isinstance(rule, PerAsset):
        places = {name: getattr(rule, name) for name in ("enter", "exit", "enter_short", "exit_short")}
        late = {n: f"lag(if_else({text}, 1, 0), {bars}) > 0.5" for n, text in places.items() if text}
        return spec.model_copy(update={"selection": rule.model_copy(update=late)})
    if isinstance(rule, TopN):
        return spec.model_copy(update={"selection": rule.model_copy(update={"by": f"lag({rule.by}, {bars})"})})
    return None


def _parameters(spec: RunnableSpecification) -> Iterator[Variant]:
    elsewhere = {r.name for r in references(spec) if r.pointer.startswith(_OUTSIDE)}
    for name, row in spec.parameters.items():
        if name in elsewhere or row.unit not in NUMERIC or isinstance(row.value, bool):
            continue
        if not isinstance(row.value, int | float):
            continue
        for value in _values(row):
            own = value == row.value
            yield Variant(
                "parameter", row.label, f"{value:g} {_unit(row.unit)}".strip(), float(value),
                spec if own else _with(spec, name, value), is_own=own,
            )  # fmt: skip


def _values(row: RunnableParameter) -> list[float]:
    """At most nine values around a parameter's own, that one among them."""
    own = float(row.value)  # type: ignore[arg-type]  # only numbers come here
    if row.range is not None:
        steps = int((row.range.high - row.range.low) / row.range.step + 1e-9)
        stride = max(1, steps // 7)
        found = {row.range.low + at * row.range.step for at in range(0, steps + 1, stride)}
    else:
        found = {own * factor for factor in _FACTORS}
    if row.unit in _WHOLE:
        found = {max(1.0, float(round(value))) for value in found}
    return sorted({round(value, 10) for value in found | {own}})


def _unit(unit: Unit) -> str:
    return "" if unit in {Unit.NUMBER, Unit.COUNT, Unit.FRACTION} else unit.value


def _with(spec: RunnableSpecification, name: str, value: Any) -> RunnableSpecification:
    row = spec.parameters[name].model_copy(update={"value": value})
    return spec.model_copy(update={"parameters": {**spec.parameters, name: row}})
