"""Static checks before any run: each a named finding with a JSON pointer and a sentence that says what to do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from apps.domain.language.functions import FUNCTIONS, Kind
from apps.domain.language.grammar import FormulaError, parse
from apps.domain.language.quantities import DURATIONS, format_value, trading_days
from apps.domain.language.references import Reference, Spec, formulas, references
from apps.domain.language.schema import PerAsset, Status, TopN, Unit
from apps.domain.language.tree import Binary, Call, Name, Node, Number, Unary
from apps.domain.language.typecheck import check_formula, names_of, nearest

FIELD_NAMES = ("open", "high", "low", "close", "volume")
_LIMITS: dict[Unit, tuple[float, float]] = {
    Unit.BPS: (0, 1000),
    Unit.COUNT: (1, 100_000),
    Unit.CURRENCY: (1, 1e15),
    **dict.fromkeys(DURATIONS, (0, 10_000)),
}


class Severity(StrEnum):
    """An error and a question stop a run; a warning does not."""

    ERROR = "error"
    QUESTION = "question"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check has to say. `pointer` is a JSON pointer into the specification."""

    code: str
    severity: Severity
    pointer: str
    message: str

    def as_dict(self) -> dict[str, str]:
        return {key: str(value) for key, value in asdict(self).items()}


def findings(
    spec: Spec,
    *,
    fields: Sequence[str] | None = None,
    symbols: Sequence[str] | None = None,
    first_day: date | None = None,
    last_day: date | None = None,
    n_days: int | None = None,
) -> list[Finding]:
    """Everything that the checks have to say, errors first. Facts about the data are optional: without them the checks
    that need them are left out."""
    found = [
        *_parameters(spec),
        *_formulas(spec, fields),
        *_symbols(spec, symbols),
        *_window(spec, first_day, last_day, n_days),
        *_fills(spec, fields),
    ]
    order = list(Severity)
    return sorted(dict.fromkeys(found), key=lambda f: (order.index(f.severity), f.pointer))


def _error(code: str, pointer: str, message: str) -> Finding:
    return Finding(code, Severity.ERROR, pointer, message)


def _parameters(spec: Spec) -> Iterator[Finding]:
    used = references(spec)
    for reference in used:
        yield from _reference(spec, reference)
    for name in sorted(spec.parameters.keys() - {reference.name for reference in used}):
        message = f"{spec.parameters[name].label} is not used by any rule."
        yield Finding("unused_parameter", Severity.WARNING, f"/parameters/{name}", message)


def _reference(spec: Spec, reference: Reference) -> Iterator[Finding]:
    parameter = spec.parameters.get(reference.name)
    pointer = f"/parameters/{reference.name}"
    if parameter is None:
        guess = nearest(reference.name, spec.parameters)
        hint = f" Did you mean “{guess}”?" if guess else " Add it to the table."
        yield _error("unknown_parameter", reference.pointer, f"There is no parameter “{reference.name}”.{hint}")
        return
    if parameter.unit not in reference.units:
        wanted = " or ".join(sorted(unit.value for unit in reference.units))
        yield _error(
            "wrong_unit",
            pointer,
            f"{parameter.label} is in {parameter.unit.value}; {reference.pointer} needs {wanted}.",
        )
        return
    value = getattr(parameter, "value", None)
    if value is None or parameter.status is Status.MISSING:
        question = parameter.question or f"The document does not state: {parameter.label.lower()}. Which value applies?"
        yield Finding("missing_value", Severity.QUESTION, pointer, question)
        return
    problem = _value_problem(value, parameter.unit, reference)
    if problem:
        yield _error("bad_value", pointer, f"{parameter.label}: {problem}")


def _value_problem(value: Any, unit: Unit, reference: Reference) -> str | None:
    if unit is Unit.CHOICE:
        if value in reference.choices:
            return None
        return (
            f"“{format_value(value, unit)}” is not one of {', '.join(c.replace('_', ' ') for c in reference.choices)}."
        )
    if unit is Unit.DATE:
        return None if _is_date(value) else "type a date as year-month-day."
    if unit is Unit.SYMBOLS:
        return None if isinstance(value, list) else "list the symbols."
    if unit in {Unit.SYMBOL, Unit.DATASET}:
        return None if isinstance(value, str) and value else "name one."
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value:  # noqa: PLR0124 -- NaN
        return "a number is needed."
    if unit in DURATIONS | {Unit.COUNT} and value != int(value):
        return "a whole number is needed."
    low, high = _LIMITS.get(unit, (-1e12, 1e12))
    return None if low <= value <= high else f"{format_value(value, unit)} is outside {low:g} to {high:g}."


def _is_date(value: object) -> bool:
    try:
        date.fromisoformat(str(value))
    except ValueError:
        return False
    return True


def _kinds(spec: Spec) -> dict[str, Kind]:
    kinds = dict.fromkeys(FIELD_NAMES, Kind.SERIES)
    for name, parameter in spec.parameters.items():
        kinds[name] = Kind.DURATION if parameter.unit in DURATIONS else Kind.NUMBER
    return kinds


def _formulas(spec: Spec, fields: Sequence[str] | None) -> Iterator[Finding]:
    names = _kinds(spec)
    for name in spec.signals:
        if name in names:
            yield _error(
                "name_taken", f"/signals/{name}", f"“{name}” is already a field or a parameter; rename the signal."
            )
    for name in sorted(spec.parameters.keys() & set(FIELD_NAMES)):
        yield _error(
            "name_taken", f"/parameters/{name}", f"“{name}” is already a field of the data; rename the parameter."
        )
    yield from _cycles(spec)
    for pointer, text in formulas(spec):
        own = pointer.removeprefix("/signals/") if pointer.startswith("/signals/") else None
        known = names | {s: k for s, k in _signal_kinds(spec, names).items() if s != own}
        try:
            kind = check_formula(text, names=known)
        except FormulaError as error:
            yield _error(error.code, pointer, f"{error.message} (column {error.column} of “{text}”)")
            continue
        yield from _place(pointer, kind)
        yield from _fields(pointer, text, fields)
        yield from _look_ahead(spec, pointer, parse(text))


def _signal_kinds(spec: Spec, names: dict[str, Kind]) -> dict[str, Kind]:
    """The kinds of signals that can be worked out; two passes let signals use signals."""
    kinds: dict[str, Kind] = {}
    for _ in range(len(spec.signals)):
        for name, text in spec.signals.items():
            try:
                kinds[name] = check_formula(text, names=names | kinds)
            except FormulaError:
                continue
    return kinds


def _cycles(spec: Spec) -> Iterator[Finding]:
    uses: dict[str, frozenset[str]] = {}
    for name, text in spec.signals.items():
        try:
            uses[name] = names_of(parse(text)) & spec.signals.keys()
        except FormulaError:
            uses[name] = frozenset()
    for name in spec.signals:
        reached, todo = set[str](), set(uses[name])
        while todo:
            step = todo.pop()
            reached.add(step)
            todo |= uses[step] - reached
        if name in reached:
            yield _error("signal_cycle", f"/signals/{name}", f"The signal “{name}” is defined by itself.")


def _place(pointer: str, kind: Kind) -> Iterator[Finding]:
    if pointer in {"/selection/enter", "/selection/exit"} and kind is not Kind.BOOLEAN:
        yield _error(
            "not_a_condition", pointer, "This rule must be a condition, for example close > sma(close, window)."
        )
    if pointer == "/selection/by" and kind is not Kind.SERIES:
        yield _error(
            "not_a_series", pointer, "Instruments are ranked by a series of numbers, for example a trailing return."
        )


def _fields(pointer: str, text: str, fields: Sequence[str] | None) -> Iterator[Finding]:
    if fields is None:
        return
    for name in sorted((names_of(parse(text)) & set(FIELD_NAMES)) - set(fields)):
        message = f"The data have no “{name}”; they carry {', '.join(fields)}. Choose another data set or rule."
        yield _error("field_missing", pointer, message)


def _look_ahead(spec: Spec, pointer: str, node: Node) -> Iterator[Finding]:
    """Durations must be at least a day, skips and lags at least none: a negative one would read the future."""
    for call in _calls(node):
        signature = FUNCTIONS[call.function]
        wanted = [a for a, kind in zip(call.arguments, signature.arguments, strict=True) if kind is Kind.DURATION]
        days = [_days(spec, argument) for argument in wanted]
        if days and days[0] is not None and days[0] < (0 if call.function == "lag" else 1):
            yield _error("bad_duration", pointer, f"{call.function} needs at least one trading day.")
        if call.function == "trailing_return" and None not in days and days[1] >= days[0]:  # type: ignore[operator]  # None is excluded
            yield _error("bad_duration", pointer, "The skipped days must be fewer than the days looked back.")


def _calls(node: Node) -> Iterator[Call]:
    match node:
        case Call(_, arguments):
            yield node
            for argument in arguments:
                yield from _calls(argument)
        case Unary(_, operand):
            yield from _calls(operand)
        case Binary(_, left, right):
            yield from _calls(left)
            yield from _calls(right)


def _days(spec: Spec, argument: Node) -> int | None:
    if isinstance(argument, Number):
        return int(argument.value)
    parameter = spec.parameters.get(argument.id) if isinstance(argument, Name) else None
    value = getattr(parameter, "value", None)
    if (
        parameter is None
        or parameter.unit not in DURATIONS
        or isinstance(value, bool)
        or not isinstance(value, int | float)
    ):
        return None
    return trading_days(value, parameter.unit)


def warm_up(spec: Spec) -> int:
    """How many trading days the rules need before their first decision; unknown durations count as none."""
    texts = dict(formulas(spec))
    memo: dict[str, int] = {}

    def of_signal(name: str) -> int:
        if name not in memo:
            memo[name] = 0  # a cycle is reported elsewhere
            memo[name] = of_text(spec.signals[name])
        return memo[name]

    def of_text(text: str) -> int:
        try:
            return of_node(parse(text))
        except (FormulaError, KeyError):
            return 0

    def of_node(node: Node) -> int:
        match node:
            case Name(id):
                return of_signal(id) if id in spec.signals else 0
            case Unary(_, operand):
                return of_node(operand)
            case Binary(_, left, right):
                return max(of_node(left), of_node(right))
            case Call(function, arguments):
                signature = FUNCTIONS[function]
                pairs = list(zip(arguments, signature.arguments, strict=False))
                days = [_days(spec, a) or 0 for a, kind in pairs if kind is Kind.DURATION]
                inner = max((of_node(a) for a, kind in pairs if kind is not Kind.DURATION), default=0)
                return inner + max(0, signature.warm_up(days))
            case _:
                return 0

    return max((of_text(text) for text in texts.values()), default=0)


def _symbols(spec: Spec, symbols: Sequence[str] | None) -> Iterator[Finding]:
    chosen = getattr(spec.parameters.get(spec.universe.symbols), "value", None)
    if symbols is None or not isinstance(chosen, list):
        return
    for symbol in [s for s in chosen if s not in symbols]:
        guess = nearest(symbol, symbols)
        hint = (
            f"Did you mean {guess}?"
            if guess
            else f"It has {', '.join(list(symbols)[:8])}{' …' if len(symbols) > 8 else ''}."
        )
        yield _error("unknown_symbol", f"/parameters/{spec.universe.symbols}", f"The data set has no {symbol}. {hint}")
    if isinstance(spec.selection, TopN):
        count = getattr(spec.parameters.get(spec.selection.count), "value", None)
        size = len(chosen) or len(symbols)
        if isinstance(count, int | float) and count > size:
            yield _error(
                "too_many",
                f"/parameters/{spec.selection.count}",
                f"{int(count)} are to be held, but the universe has {size}.",
            )


def _window(spec: Spec, first: date | None, last: date | None, n_days: int | None) -> Iterator[Finding]:
    start, end = _date_of(spec, spec.evaluation.start), _date_of(spec, spec.evaluation.end)
    pointer = f"/parameters/{spec.evaluation.start or spec.evaluation.end or ''}"
    if start and end and start >= end:
        yield _error("window", pointer, f"The window ends ({end}) before it begins ({start}).")
    if first and last:
        if (start and start > last) or (end and end < first):
            yield _error(
                "outside_data", pointer, f"The window lies outside the data, which run from {first} to {last}."
            )
        elif (start and start < first) or (end and end > last):
            yield Finding(
                "shorter_window",
                Severity.WARNING,
                pointer,
                f"The data run from {first} to {last}; the run is held to them.",
            )
    needed = warm_up(spec)
    if n_days is not None and needed >= n_days:
        yield _error(
            "warm_up",
            "/selection",
            f"The rules need {needed} trading days before their first decision; the data have {n_days}.",
        )


def _date_of(spec: Spec, name: str | None) -> date | None:
    value = getattr(spec.parameters.get(name), "value", None) if name else None
    return date.fromisoformat(str(value)) if value is not None and _is_date(value) else None


def _fills(spec: Spec, fields: Sequence[str] | None) -> Iterator[Finding]:
    value = getattr(spec.parameters.get(spec.execution.fill), "value", None)
    if fields is not None and value == "next_open" and "open" not in fields:
        message = "The data have no opening prices; fill at the next close, or choose a data set with opens."
        yield _error("no_opens", f"/parameters/{spec.execution.fill}", message)
    if isinstance(spec.selection, PerAsset) and spec.selection.exit and spec.selection.enter == spec.selection.exit:
        yield Finding(
            "same_rule",
            Severity.WARNING,
            "/selection/exit",
            "The exit rule is the entry rule: positions are left at once.",
        )
