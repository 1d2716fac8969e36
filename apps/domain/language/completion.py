"""What may be typed in a formula of one strategy: functions, fields, signals, parameters, each with a line about it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from apps.domain.language.functions import CALENDAR_NAMES, FUNCTIONS, Kind, Signature
from apps.domain.language.quantities import format_value
from apps.domain.language.references import Spec
from apps.domain.language.vocabulary import CURVE_FIELDS, vocabulary
from apps.domain.values.panel import FIELDS

_ARGUMENTS = {
    Kind.SERIES: "x",
    Kind.CROSS_SECTION: "x",
    Kind.MARKET: "m",
    Kind.CALENDAR: "c",
    Kind.BOOLEAN: "condition",
    Kind.GROUP: "group",
    Kind.EVENT: "event",
    Kind.BARS: "bars",
    Kind.NUMBER: "number",
    Kind.DURATION: "days",
}


@dataclass(frozen=True, slots=True)
class Completion:
    """One name: what is inserted, how it is written, what it means. `what` is function, field, calendar, input, signal
    or parameter."""

    name: str
    written: str
    meaning: str
    what: str


def completions(spec: Spec) -> tuple[Completion, ...]:
    """Every name that a formula of `spec` may use: its own first, then fields, the calendar, functions."""
    return (*_own(spec), *_given(spec), *(_function(signature) for signature in FUNCTIONS.values()))


def _own(spec: Spec) -> Iterator[Completion]:
    for name, text in spec.signals.items():
        yield Completion(name, name, text, "signal")
    kinds = vocabulary(spec).kinds
    for name, parameter in spec.parameters.items():
        if kinds.get(name) in {Kind.DURATION, Kind.NUMBER} and not isinstance(parameter.value, str | list):
            yield Completion(
                name, name, f"{parameter.label}: {format_value(parameter.value, parameter.unit)}", "parameter"
            )


def _given(spec: Spec) -> Iterator[Completion]:
    curve = CURVE_FIELDS if spec.data.futures else ()
    for name in (*FIELDS, *curve):
        yield Completion(name, name, f"The {name.replace('_', ' ')} of each bar.", "field")
    for name, source in spec.data.inputs.items():
        yield Completion(name, name, f"An input of this strategy: {source.kind}.", "input")
    for name, words in CALENDAR_NAMES.items():
        yield Completion(name, name, f"{words[:1].upper()}{words[1:]}.", "calendar")


def _function(signature: Signature) -> Completion:
    arguments = ", ".join(_ARGUMENTS[kind] for kind in signature.arguments)
    return Completion(signature.name, f"{signature.name}({arguments})", signature.meaning, "function")
