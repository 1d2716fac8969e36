"""The windows that a run may be asked for by name."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

from apps.backtests.services.options import OptionRefusedError, PresetKey, RunOptions, RunWindow, window_of
from apps.domain.language import RunnableSpecification
from apps.marketdata import queries as marketdata
from apps.strategies import queries as strategies
from apps.web.queries import formats


@dataclass(frozen=True, slots=True)
class Preset:
    """A window by name. Without a window it cannot be chosen, and `note` says why."""

    key: PresetKey
    label: str
    window: RunWindow | None
    note: str


def presets_of(strategy: strategies.Strategy, spec: RunnableSpecification, /) -> tuple[Preset, ...]:
    """The windows that a run of `spec` may be asked for by name, in the order in which they are shown."""
    published = strategy.document.published_date if strategy.document else None
    held = _data_set(spec)
    last = held.last_day if held else None
    starts = [claim.window_start for claim in spec.claims if claim.window_start]
    ends = [claim.window_end for claim in spec.claims if claim.window_end]
    paper = RunWindow(min(starts, default=None), max(ends, default=None)) if starts or ends else None
    after = RunWindow(published + timedelta(days=1)) if published and (last is None or published < last) else None
    if strategy.document is None:
        why_not = "This strategy has no document."
    elif published is None:
        why_not = "The document's publication day is not known. Set it on the document's page."
    elif after is None:
        why_not = "The document was published after the last day of the data."
    else:
        why_not = "The days that the authors had not seen"
    return (
        Preset("version", "As the version says", window_of(spec), "The window that was approved"),
        Preset(
            "paper",
            "The document's window",
            paper,
            "What its claims are about" if paper else "Its claims name no days.",
        ),
        Preset("after", "After publication", after, why_not),
        Preset("full", "All days of the data", RunWindow(), _every(held)),
    )


def resolved(strategy: strategies.Strategy, spec: RunnableSpecification, options: RunOptions, /) -> RunOptions:
    """The options with their window in days. Raises OptionRefusedError for a preset that has none."""
    if not isinstance(options.window, str):
        return options
    preset = next(preset for preset in presets_of(strategy, spec) if preset.key == options.window)
    if preset.window is None:
        raise OptionRefusedError(f"{preset.label} cannot be chosen. {preset.note}")
    return replace(options, window=preset.window)


def _data_set(spec: RunnableSpecification) -> marketdata.DataSetInfo | None:
    try:
        return marketdata.data_set(key=str(spec.parameters[spec.data.dataset].value))
    except marketdata.DataSetNotFoundError:
        return None


def _every(held: marketdata.DataSetInfo | None) -> str:
    return f"{formats.day(held.first_day)} – {formats.day(held.last_day)}" if held else "From the first to the last"
