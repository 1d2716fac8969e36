"""Change one parameter of a draft the way a reviewer does."""

from __future__ import annotations

from apps.domain.errors import DomainError
from apps.domain.language.parameters import Alternative, DraftParameter, Status
from apps.domain.language.quantities import format_value, parse_value
from apps.domain.language.references import references
from apps.domain.language.schema import DraftSpecification
from apps.domain.language.typecheck import nearest


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


def _kept(parameter: DraftParameter, new: object) -> list[Alternative]:
    kept = list(parameter.alternatives)
    if parameter.value is not None and parameter.value != new and all(a.value != parameter.value for a in kept):
        reason = f"{parameter.status.value.capitalize()} before: {format_value(parameter.value, parameter.unit)}"
        reason = f"{reason}. {parameter.note}" if parameter.note else reason
        kept.append(Alternative(value=parameter.value, reason=reason, citation=parameter.citation))
    return kept
