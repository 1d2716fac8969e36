"""Change one parameter or one formula of a draft the way a reviewer does."""

from __future__ import annotations

import re

from apps.domain.errors import DomainError
from apps.domain.language.formula_checks import formula_findings
from apps.domain.language.functions import FUNCTIONS
from apps.domain.language.grammar import FormulaError, parse
from apps.domain.language.parameters import Alternative, DraftParameter, Status
from apps.domain.language.quantities import ValueRefused, format_value, parse_value
from apps.domain.language.references import (
    FormulaPlace,
    circular_signals,
    formula_places,
    put_text,
    references,
    take_out,
    vacant_places,
)
from apps.domain.language.schema import DraftSpecification
from apps.domain.language.typecheck import FormulaTypeError, check_formula, names_of, nearest
from apps.domain.language.vocabulary import reserved_names, vocabulary


class UnknownParameter(DomainError):  # noqa: N818 -- an answer to the user
    """The draft has no parameter of that name."""

    code = "unknown_parameter"
    status = 404


def apply_value(draft: DraftSpecification, *, name: str, value: str, note: str = "") -> DraftSpecification:
    """The draft with one parameter set to what an analyst typed; the earlier reading stays as an alternative.

    Raises UnknownParameter, and ValueRefused when the text is not a value of the parameter's unit.
    """
    parameter = draft.parameters.get(name)
    if parameter is None:
        guess = nearest(name, draft.parameters)
        raise UnknownParameter(
            f"There is no parameter “{name}”.{f' Did you mean “{guess}”?' if guess else ''}", name=name
        )
    wanted = next((r.choices for r in references(draft) if r.name == name and r.choices), tuple(parameter.choices))
    new = parse_value(value, parameter.unit, wanted)
    changed = parameter.model_copy(
        update={"value": new, "status": Status.ANALYST, "note": note, "alternatives": _kept(parameter, new)}
    )
    return draft.model_copy(update={"parameters": {**draft.parameters, name: changed}})


class FormulaInUse(DomainError):  # noqa: N818 -- an answer to the user
    """The rules cannot do without this formula."""

    code = "formula_in_use"
    status = 409


class UnknownPlace(DomainError):  # noqa: N818 -- an answer to the user
    """The draft has no formula at that place."""

    code = "unknown_place"
    status = 404


def formula_place(draft: DraftSpecification, *, pointer: str) -> FormulaPlace:
    """The formula that a JSON pointer points at. Raises UnknownPlace."""
    places = {place.pointer: place for place in formula_places(draft)}
    if pointer not in places:
        listed = ", ".join(places) or "none"
        raise UnknownPlace(f"This draft has no formula at “{pointer}”. It has: {listed}.", pointer=pointer)
    return places[pointer]


def apply_formula(draft: DraftSpecification, *, pointer: str, text: str) -> DraftSpecification:
    """The draft with one formula replaced by what an analyst typed.

    Raises UnknownPlace; FormulaError and FormulaTypeError, with the column, when the text cannot be read, does not fit
    together, defines a signal by itself, or is no answer to what its place asks. What it breaks elsewhere are findings.
    """
    formula_place(draft, pointer=pointer)
    return _with_formula(draft, pointer, text)


def add_formula(draft: DraftSpecification, *, pointer: str, text: str) -> tuple[DraftSpecification, str]:
    """The draft with a formula more, and where it stands: at a place that holds none, or `/signals/name` for a new signal.

    Raises UnknownPlace where none can be added, ValueRefused for a signal's name that cannot be, and what `apply_formula`
    raises.
    """
    if pointer.startswith("/signals/"):
        _refuse_name(draft, pointer.removeprefix("/signals/"))
    elif pointer not in {place.pointer for place in vacant_places(draft)}:
        listed = ", ".join([*(place.pointer for place in vacant_places(draft)), "/signals/name"])
        raise UnknownPlace(f"No formula can be added at “{pointer}”. Places: {listed}.", pointer=pointer)
    known = {place.pointer for place in formula_places(draft)}
    after = _with_formula(draft, pointer, text)
    stands = next((p.pointer for p in formula_places(after) if p.pointer not in known), pointer)
    return after, stands


def remove_formula(draft: DraftSpecification, *, pointer: str) -> DraftSpecification:
    """The draft without one formula. Raises UnknownPlace, FormulaInUse. What its absence breaks elsewhere are findings."""
    place = formula_place(draft, pointer=pointer)
    if not place.may_go:
        raise FormulaInUse(f"The rules need {place.place}: replace it instead.", pointer=pointer)
    name = pointer.removeprefix("/signals/")
    if name != pointer:
        users = [other.place for other in formula_places(draft) if other.pointer != pointer and _uses(other.text, name)]
        if users:
            raise FormulaInUse(
                f"The signal “{name}” is used by {', '.join(users)}. Change that first.", pointer=pointer
            )
    content = draft.model_dump(mode="json")
    take_out(content, pointer)
    return DraftSpecification.model_validate(content)


def _refuse_name(draft: DraftSpecification, name: str) -> None:
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,39}", name):
        raise ValueRefused(
            "A signal's name is small letters, digits and underscores, and begins with a letter, for example fast_average."
        )
    if name in draft.signals or name in vocabulary(draft).kinds or name in reserved_names(draft) or name in FUNCTIONS:
        raise ValueRefused(f"The name “{name}” means something already. Choose another.")


def _uses(text: str, name: str) -> bool:
    try:
        return name in names_of(parse(text))
    except FormulaError:
        return False


def _with_formula(draft: DraftSpecification, pointer: str, text: str) -> DraftSpecification:
    text = text.strip()
    if not text:
        raise FormulaError("Type a formula, for example close > sma(close, 200).", column=1)
    node = parse(text)
    content = draft.model_dump(mode="json")
    put_text(content, pointer, text)
    after = DraftSpecification.model_validate(content)
    signal = pointer.removeprefix("/signals/")
    if signal != pointer and signal in circular_signals(after):
        raise FormulaTypeError(f"The signal “{signal}” would be defined by itself. Break the circle.", column=1)
    names = vocabulary(after).kinds
    if not names_of(node) & (after.signals.keys() - names.keys()):
        check_formula(node, names=names)
    stands = pointer if not pointer.endswith("/-") else _last_of(after, pointer)
    for finding in formula_findings(after, fields=None):
        if finding.pointer == stands:
            raise FormulaTypeError(finding.message, column=1)
    return after


def _last_of(draft: DraftSpecification, pointer: str) -> str:
    listed = [place.pointer for place in formula_places(draft) if place.pointer.startswith(pointer[:-1])]
    return listed[-1]


def _kept(parameter: DraftParameter, new: object) -> list[Alternative]:
    kept = list(parameter.alternatives)
    if parameter.value is not None and parameter.value != new and all(a.value != parameter.value for a in kept):
        reason = f"{parameter.status.value.capitalize()} before: {format_value(parameter.value, parameter.unit)}"
        reason = f"{reason}. {parameter.note}" if parameter.note else reason
        kept.append(Alternative(value=parameter.value, reason=reason, citation=parameter.citation))
    return kept
