"""What the rules read, what of it the loaded data carry, and where the rest is to be had."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from apps.domain.language import FormulaError, RunnableSpecification, formulas, names_of
from apps.domain.language.grammar import parse
from apps.domain.values.panel import FIELDS
from apps.marketdata import queries as marketdata
from apps.marketdata.enums import DataSetKind
from apps.web.queries import formats

State = Literal["covered", "partly", "missing"]
_LOAD = (
    "Nothing loaded here carries it. Ask the people who run the platform to load it, or choose another in the review."
)
_KINDS = {
    "series": "series",
    "field": "field of each bar",
    "fact": "reported figure",
    "group": "grouping of instruments",
    "event": "table of dated events",
}


@dataclass(frozen=True, slots=True)
class Need:
    """One thing that the rules read. `text` says what there is; `remedy` what to do where it is not covered."""

    what: str
    state: State
    text: str
    remedy: str = ""


def needs_of(spec: RunnableSpecification, /) -> tuple[Need, ...]:
    """Everything that a run of `spec` reads, in the order: data set, instruments, fields, inputs, window, benchmark."""
    sets = marketdata.data_sets()
    bars = [info for info in sets if info.kind == DataSetKind.BARS]
    key = str(spec.parameters[spec.data.dataset].value)
    held = next((info for info in bars if info.key == key), None)
    if held is None:
        there = (
            f"Choose one of {_listed(info.key for info in bars)} in the review." if bars else "No data set is loaded."
        )
        return (Need("Data set", "missing", f"There is no data set “{key}”.", there),)
    return tuple(_needs(spec, held, bars, sets))


def _needs(
    spec: RunnableSpecification,
    held: marketdata.DataSetInfo,
    bars: list[marketdata.DataSetInfo],
    sets: list[marketdata.DataSetInfo],
) -> Iterator[Need]:
    days = _days(held)
    yield Need("Data set", "covered", f"{held.title}: {held.n_days:,} days, {days}")
    yield _instruments(spec, held, bars)
    yield from _fields(spec, held, bars)
    for name, given in spec.data.inputs.items():
        source = str(spec.parameters[given.symbol if given.kind == "instrument" else given.source].value)
        if given.kind == "instrument":
            yield _named(f"Instrument “{name}”", source, source in held.symbols, held.title, _elsewhere(source, bars))
        else:
            found = source in marketdata.sources_among(sets)
            yield _named(f"{_KINDS[given.kind].capitalize()} “{name}”", source, found, "the loaded series", "")
    if spec.data.futures:
        yield Need(
            "Contracts of futures", "missing", "The loaded data sets have no expiries and next contracts.", _LOAD
        )
    yield _window(spec, held)
    if spec.evaluation.benchmark:
        symbol = str(spec.parameters[spec.evaluation.benchmark].value)
        where = [info for info in bars if symbol in info.symbols]
        remedy = "The run is made without one, and nothing is said against it. Choose another below."
        yield (
            Need("Benchmark", "covered", f"{symbol}, from {_listed(info.title for info in where)}")
            if where
            else Need("Benchmark", "partly", f"No data set has {symbol}.", remedy)
        )


def _instruments(spec: RunnableSpecification, held: marketdata.DataSetInfo, bars: list[marketdata.DataSetInfo]) -> Need:
    value = spec.parameters[spec.universe.symbols].value
    named = list(value) if isinstance(value, list) else []
    lost = [symbol for symbol in named if symbol not in held.symbols]
    if lost:
        where = " ".join(filter(None, (_elsewhere(symbol, bars) for symbol in lost))) or _LOAD
        return Need("Instruments", "missing", f"“{held.title}” has no {_listed(lost)}.", where)
    wanted = named or list(held.symbols)
    late = [
        i.symbol for i in marketdata.instruments(key=held.key) if i.symbol in wanted and i.first_day > held.first_day
    ]
    text = f"All {len(wanted)}" if len(wanted) > 3 or not named else _listed(wanted)
    if late:
        return Need("Instruments", "partly", f"{text}; {_listed(late)} begin{'s' * (len(late) == 1)} later.",
                    "A rule leaves an instrument out until it has enough days.")  # fmt: skip
    return Need("Instruments", "covered", text)


def _fields(
    spec: RunnableSpecification, held: marketdata.DataSetInfo, bars: list[marketdata.DataSetInfo]
) -> Iterator[Need]:
    reads = {"close"}
    for _, text in formulas(spec):
        try:
            reads |= names_of(parse(text)) & set(FIELDS)
        except FormulaError:
            continue  # an approved version has none
    if spec.parameters[spec.execution.fill].value == "next_open" or spec.execution.session != "whole_day":
        reads.add("open")
    if spec.execution.participation or spec.execution.impact:
        reads.add("volume")
    lost = [name for name in FIELDS if name in reads and name not in held.fields]
    if not lost:
        yield Need("Fields", "covered", _listed(name for name in FIELDS if name in reads))
        return
    having = [info.title for info in bars if set(lost) <= set(info.fields)]
    remedy = (
        f"{_listed(having)} ha{'s' if len(having) == 1 else 've'} it. Choose that in the review." if having else _LOAD
    )
    yield Need("Fields", "missing", f"“{held.title}” has no {_listed(lost)}.", remedy)


def _window(spec: RunnableSpecification, held: marketdata.DataSetInfo) -> Need:
    start, end = (
        str(spec.parameters[name].value) if name else "" for name in (spec.evaluation.start, spec.evaluation.end)
    )
    first, last = held.first_day.isoformat(), held.last_day.isoformat()
    days = _days(held)
    if (start and start > last) or (end and end < first):
        return Need("Window", "missing", f"It lies outside the data, which cover {days}.", "Choose another window.")
    if (start and start < first) or (end and end > last):
        return Need("Window", "partly", f"The data cover {days}.", "The run is held to them.")
    return Need("Window", "covered", f"Within {days}")


def _named(what: str, source: str, is_there: bool, where: str, remedy: str) -> Need:  # noqa: FBT001 -- private
    if is_there:
        return Need(what, "covered", f"{source}, from {where}")
    return Need(what, "missing", f"Nothing loaded here is called {source}.", remedy or _LOAD)


def _elsewhere(symbol: str, bars: list[marketdata.DataSetInfo]) -> str:
    having = [info.title for info in bars if symbol in info.symbols]
    return f"{symbol} is in {_listed(having)}: choose that data set in the review." if having else ""


def _listed(words: Iterable[str], most: int = 6) -> str:
    listed = list(words)
    return f"{', '.join(listed[:most])}{f' and {len(listed) - most} more' if len(listed) > most else ''}"


def _days(info: marketdata.DataSetInfo) -> str:
    return f"{formats.day(info.first_day)} to {formats.day(info.last_day)}"
