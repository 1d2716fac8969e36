"""From a draft to what a run freezes, and the hash that names its rules."""

from __future__ import annotations

import hashlib
from typing import Any

from apps.domain.errors import DomainError
from apps.domain.language.checks import findings
from apps.domain.language.finding import Finding, Severity
from apps.domain.language.grammar import parse, print_formula
from apps.domain.language.references import references
from apps.domain.language.schema import (
    DraftSpecification,
    PerAsset,
    RunnableSpecification,
)
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


def executable_part(spec: RunnableSpecification) -> dict[str, Any]:
    """What decides the outcome of a run, and nothing else: rules in canonical spelling, values and units."""
    content = spec.model_dump(mode="json", exclude={"meta", "claims", "parameters"})
    content["signals"] = {name: _canonical(text) for name, text in spec.signals.items()}
    if isinstance(spec.selection, PerAsset):
        content["selection"]["enter"] = _canonical(spec.selection.enter)
        content["selection"]["exit"] = _canonical(spec.selection.exit) if spec.selection.exit else None
    else:
        content["selection"]["by"] = _canonical(spec.selection.by)
    used = {reference.name for reference in references(spec)}
    content["parameters"] = {
        n: {"value": p.value, "unit": p.unit.value} for n, p in spec.parameters.items() if n in used
    }
    return content


def execution_hash(spec: RunnableSpecification) -> str:
    """SHA-256 (hex) of the canonical JSON of `executable_part`: unmoved by names, notes, quotes and spacing."""
    return hashlib.sha256(canonical_json(executable_part(spec)).encode()).hexdigest()


def _canonical(formula: str) -> str:
    return print_formula(parse(formula))
