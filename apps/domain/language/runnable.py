"""From a draft to what a run freezes, and the hash that names its rules."""

from __future__ import annotations

import hashlib
from typing import Any

from pydantic import BaseModel

from apps.domain.errors import DomainError
from apps.domain.language.checks import findings
from apps.domain.language.finding import Finding, Severity
from apps.domain.language.grammar import FormulaError, parse, print_formula
from apps.domain.language.references import Spec, formulas, put_text, references
from apps.domain.language.schema import DraftSpecification, RunnableSpecification
from apps.domain.values import canonical_json


class NotRunnable(DomainError):  # noqa: N818 -- an answer to the user
    """A draft still has errors or open questions; `findings` lists them."""

    code = "not_runnable"

    def __init__(self, blocking: list[Finding]) -> None:
        listed = "; ".join(finding.message for finding in blocking[:3])
        more = f" (and {len(blocking) - 3} more)" if len(blocking) > 3 else ""
        super().__init__(f"This cannot run yet: {listed}{more}", findings=[finding.as_dict() for finding in blocking])
        self.findings = blocking


def runnable(draft: DraftSpecification, **data: Any) -> RunnableSpecification:
    """The draft as a runnable specification. `data` are the facts about the data that `findings` takes.

    Raises NotRunnable with every error and open question.
    """
    blocking = [f for f in findings(draft, **data) if f.severity is not Severity.WARNING]
    if blocking:
        raise NotRunnable(blocking)
    content = draft.model_dump(mode="json")
    used = {reference.name for reference in references(draft)}
    content["parameters"] = {name: p for name, p in content["parameters"].items() if name in used}
    return RunnableSpecification.model_validate(content)


def executable_part(spec: Spec) -> dict[str, Any]:
    """What decides the outcome of a run, and nothing else: rules in canonical spelling, values and units.

    What stands at its default is left out, so a construct that a later version adds moves no hash.
    """
    content = _set_content(spec)
    for section in ("meta", "claims", "parameters"):
        content.pop(section, None)
    content["language"] = spec.language
    for pointer, text in formulas(spec):
        put_text(content, pointer, _canonical(text))
    used = {reference.name for reference in references(spec)}
    content["parameters"] = {
        n: {"value": p.value, "unit": p.unit.value} for n, p in spec.parameters.items() if n in used
    }
    return content


def _set_content(part: BaseModel) -> dict[str, Any]:
    """What a section says beyond its defaults; `kind` always, because it decides what the rest means."""
    return {
        name: _plain(getattr(part, name))
        for name, field in type(part).model_fields.items()
        if name == "kind" or getattr(part, name) != field.get_default(call_default_factory=True)
    }


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return _set_content(value)
    if isinstance(value, dict):
        return {key: _plain(part) for key, part in value.items()}
    return [_plain(part) for part in value] if isinstance(value, list) else value


def execution_hash(spec: RunnableSpecification) -> str:
    """SHA-256 (hex) of the canonical JSON of `executable_part`: unmoved by names, notes, quotes and spacing."""
    return hashlib.sha256(canonical_json(executable_part(spec)).encode()).hexdigest()


def rules_hash(spec: Spec) -> str:
    """SHA-256 (hex) of the rules and values of a draft, whose holes count as such; empty where a formula cannot be read.

    Of a runnable it is its `execution_hash`.
    """
    try:
        return hashlib.sha256(canonical_json(executable_part(spec)).encode()).hexdigest()
    except FormulaError:
        return ""


def _canonical(formula: str) -> str:
    return print_formula(parse(formula))
