"""The strategy language: closed schema, formula grammar, static checks, canonical hash, plain English."""

from __future__ import annotations

from typing import Any

from apps.domain.language.checks import findings
from apps.domain.language.completion import Completion, completions
from apps.domain.language.confidence import Confidence, Sure, confidence_of
from apps.domain.language.cost import cost_of
from apps.domain.language.differences import (
    Differences,
    FieldChange,
    FormulaChange,
    Line,
    ParameterChange,
    difference_of,
    lines_between,
)
from apps.domain.language.disagreement import Disagreement, same_value
from apps.domain.language.edit import (
    FormulaInUse,
    UnknownParameter,
    UnknownPlace,
    add_formula,
    apply_formula,
    apply_value,
    formula_place,
    remove_formula,
)
from apps.domain.language.explain import explain, explain_formula
from apps.domain.language.finding import Finding, Severity
from apps.domain.language.formula_checks import warm_up
from apps.domain.language.functions import FUNCTIONS, Kind, Signature
from apps.domain.language.grammar import FormulaError, parse, print_formula
from apps.domain.language.guide import functions_in_brief, sections_in_brief
from apps.domain.language.merging import merged
from apps.domain.language.parameters import (
    Alternative,
    Citation,
    DraftParameter,
    Range,
    RunnableParameter,
    Status,
    Unit,
    Value,
)
from apps.domain.language.quantities import ValueRefused, format_value, parse_value, trading_days
from apps.domain.language.quick import quick
from apps.domain.language.references import FormulaPlace, Reference, formula_places, formulas, references, vacant_places
from apps.domain.language.runnable import NotRunnable, executable_part, execution_hash, rules_hash, runnable
from apps.domain.language.schema import LANGUAGE_VERSION, Claim, DraftSpecification, RunnableSpecification
from apps.domain.language.sections import FILL_CHOICES, REBALANCE_CHOICES, PerAsset, TopN
from apps.domain.language.typecheck import FormulaTypeError, check_formula, names_of, nearest


def published_schemas() -> dict[str, Any]:
    """JSON Schemas of a draft and of a runnable, from the models themselves."""
    return {"draft": DraftSpecification.model_json_schema(), "runnable": RunnableSpecification.model_json_schema()}


__all__ = [
    "FILL_CHOICES",
    "FUNCTIONS",
    "LANGUAGE_VERSION",
    "REBALANCE_CHOICES",
    "Alternative",
    "Citation",
    "Claim",
    "Completion",
    "Confidence",
    "Differences",
    "Disagreement",
    "DraftParameter",
    "DraftSpecification",
    "FieldChange",
    "Finding",
    "FormulaChange",
    "FormulaError",
    "FormulaInUse",
    "FormulaPlace",
    "FormulaTypeError",
    "Kind",
    "Line",
    "NotRunnable",
    "ParameterChange",
    "PerAsset",
    "Range",
    "Reference",
    "RunnableParameter",
    "RunnableSpecification",
    "Severity",
    "Signature",
    "Status",
    "Sure",
    "TopN",
    "Unit",
    "UnknownParameter",
    "UnknownPlace",
    "Value",
    "ValueRefused",
    "add_formula",
    "apply_formula",
    "apply_value",
    "check_formula",
    "completions",
    "confidence_of",
    "cost_of",
    "difference_of",
    "executable_part",
    "execution_hash",
    "explain",
    "explain_formula",
    "findings",
    "format_value",
    "formula_place",
    "formula_places",
    "formulas",
    "functions_in_brief",
    "lines_between",
    "merged",
    "names_of",
    "nearest",
    "parse",
    "parse_value",
    "print_formula",
    "published_schemas",
    "quick",
    "references",
    "remove_formula",
    "rules_hash",
    "runnable",
    "same_value",
    "sections_in_brief",
    "trading_days",
    "vacant_places",
    "warm_up",
]
