"""The language in a few thousand words, written from itself: for a reader that is to write in it, person or model."""

from __future__ import annotations

import inspect
from itertools import groupby
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from apps.domain.language.functions import CALENDAR_NAMES, FUNCTIONS, Kind
from apps.domain.language.sections import (
    Case,
    Data,
    Execution,
    Futures,
    Input,
    Overlay,
    PortfolioVolatility,
    Regime,
    Schedule,
    Selection,
    Sort,
    Universe,
    Weights,
)

_KINDS = {
    Kind.SERIES: "series", Kind.CROSS_SECTION: "series", Kind.MARKET: "market series", Kind.CALENDAR: "calendar",
    Kind.BOOLEAN: "condition", Kind.GROUP: "group", Kind.EVENT: "events", Kind.BARS: "bars", Kind.NUMBER: "number",
    Kind.DURATION: "duration",
}  # fmt: skip
_SECTIONS: tuple[tuple[str, Any], ...] = (
    ("data", Data), ("an input of data", Input), ("futures of data", Futures), ("universe", Universe),
    ("selection", Selection), ("a sort of selection", Sort), ("a case of a switch", Case), ("weights", Weights),
    ("schedule", Schedule), ("overlay", Overlay), ("regime of overlay", Regime),
    ("volatility of overlay", PortfolioVolatility), ("execution", Execution),
)  # fmt: skip


def functions_in_brief() -> str:
    """Every function with the kinds of its arguments and what it gives, a line a family; then the names of the calendar."""
    lines = []
    for family, members in groupby(FUNCTIONS.values(), key=lambda signature: signature.family):
        said = [
            f"{s.name}({', '.join(_KINDS[kind] for kind in s.arguments)}) -> {_KINDS[s.result]}: {s.meaning}"
            for s in members
        ]
        lines.append(f"{family}: " + " ".join(said))
    names = ", ".join(f"{name} ({words})" for name, words in CALENDAR_NAMES.items())
    return "\n".join([*lines, f"Names of the calendar: {names}"])


def sections_in_brief() -> str:
    """Every section and kind of one, with its fields and what each may hold."""
    return "\n".join(
        f"{title}: {_model(model)}" for title, models in _SECTIONS for model in get_args(models) or (models,)
    )


def field_in_words(field: FieldInfo) -> str:
    """What a field of a section may hold: a parameter of some units, a formula, or words."""
    extra: Any = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
    if extra.get("names") == "parameter":
        choices = f": {', '.join(extra['choices'])}" if "choices" in extra else ""
        return f"names {extra['place']} ({', '.join(extra['units'])}{choices})"
    if extra.get("names") == "formula":
        return f"formula of {extra['place']}, gives a {extra['gives']}"
    what = str(field.annotation).replace("typing.", "").replace("apps.domain.language.sections.", "")
    return what.replace("<class '", "").replace("'>", "")


def _model(model: type[BaseModel]) -> str:
    words = " ".join(inspect.cleandoc(model.__doc__ or "").split())
    fields = [
        f"{name}{'' if field.is_required() else '?'} = {_held(field)}" for name, field in model.model_fields.items()
    ]
    return f"{words} Fields: {'; '.join(fields)}."


def _held(field: FieldInfo) -> str:
    if get_origin(field.annotation) is Literal:
        return " or ".join(f'"{value}"' for value in get_args(field.annotation))
    words = field_in_words(field)
    return "a name" if "StringConstraints" in words else words
