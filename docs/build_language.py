"""Writes docs/language.md from the language itself: `python -m docs.build_language`. A test holds the page to the code."""

from __future__ import annotations

import inspect
from itertools import groupby
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel

from apps.domain.language import FUNCTIONS, Kind
from apps.domain.language.function_ranges import CALENDAR_RANGES, FUNCTION_RANGES
from apps.domain.language.functions import CALENDAR_NAMES
from apps.domain.language.grammar import KEYWORDS
from apps.domain.language.guide import field_in_words
from apps.domain.language.intervals import MAYBE, Interval
from apps.domain.language.kinds import MOST_SEVERAL
from apps.domain.language.schema import Evaluation, Meta
from apps.domain.language.sections import (
    Data,
    Execution,
    Input,
    Overlay,
    Regime,
    Schedule,
    Selection,
    Sort,
    Universe,
    Weights,
)
from apps.domain.language.typecheck import REFUSED

PAGE = Path(__file__).parent / "language.md"
_KINDS = {
    Kind.SERIES: "price series", Kind.CROSS_SECTION: "cross-section", Kind.MARKET: "market series",
    Kind.CALENDAR: "calendar", Kind.BOOLEAN: "condition", Kind.GROUP: "group", Kind.EVENT: "events", Kind.BARS: "bars",
    Kind.NUMBER: "number", Kind.DURATION: "duration",
}  # fmt: skip
_SECTIONS: tuple[tuple[str, Any], ...] = (
    ("meta", Meta), ("data", Data), ("data, inputs", Input), ("universe", Universe), ("selection", Selection),
    ("selection, sorts", Sort), ("weights", Weights), ("schedule", Schedule), ("overlay", Overlay),
    ("overlay, regime", Regime), ("execution", Execution), ("evaluation", Evaluation),
)  # fmt: skip
_OPENING = f"""# The strategy language

*Written from the code by `python -m docs.build_language`; a test holds this page to it.*

A strategy is data: JSON with the sections meta, data, universe, signals, selection, weights, schedule, overlay, execution,
evaluation, parameters and claims. Unknown keys are errors. The JSON Schemas of a draft (which may have holes) and of a
runnable (which has none) are at `/api/v1/strategy-schema`. Every number and choice stands in the table `parameters`, with
its unit, its status (stated, inferred, assumed, missing, analyst), its citation, alternatives and range; the other sections
name its rows. Nothing is ever evaluated as code.

## Formulas

A formula is text of at most 500 characters: names, numbers, `+ - * /`, comparisons `> >= < <= == !=` (they do not chain),
{", ".join(f"`{word}`" for word in sorted(KEYWORDS))}, parentheses, and the functions below. Names are fields (open, high, low, close,
volume), the names of the calendar, the inputs of the strategy, its signals and its parameters.

Types: a *price series* is a number per instrument and day; a *market series* is the same for every instrument; a *calendar*
value is known ahead; a *number* never changes: each may stand where one before it is wanted. A *cross-section* is a price
series relative to the other members of the universe. A *condition* is yes, no or undefined. A *duration* is a whole number of
trading days: a parameter in days, weeks (5), months (21) or years (252), or a whole number. *Bars* count days and may be
compared with a duration. Errors point at the column and suggest the nearest name.

*Warm-up* is how many bars pass before the first value, for the example; what stands inside adds its own. *Range* is what a
function can give, whatever the data: x is its first argument, n its first duration, k its number; *width* is how far the ends
of the range of x lie apart.
"""
_CHECKS = """## What the checks say of rules that cannot fire

Before any data are read, the ranges of the functions say whether a rule can be true. Prices and volumes are taken not to be
below zero (those of futures may be), and the open and the close to lie within the low and the high of their bar. Rounding aside,
a rule is called impossible only when no such data make it true; a rule that waits for the value of a parameter is not judged.

- `never_fires` (error): an entry rule, the condition of a sort or a switch, a filter of the universe, a regime or the condition
  of a decision day is never true, as `rsi(close, 14) > 120`, `close > highest(high, 20)`, or two conditions that contradict each
  other. A warning for a regime out of which something is held.
- `always_true` (warning): an entry, an exit, or the condition of a sort or a switch is true wherever it is defined, as
  `rsi(close, 14) < 150`.
- `exit_never_fires` (error): the exit rule is never true. A warning where a stop, a target, a time limit or the filter of the
  universe ends the position.
- `no_exit` (warning): the entry is true on single days (a crossing, alone or joined to other conditions by `and`; one day of the
  calendar; one day around an event) and nothing else ends the position: it lasts one day.
- `entry_implies_exit` (warning): whenever the entry is true, so is the exit, as `rsi(close, 14) < 30` beside
  `rsi(close, 14) < 50`: what is to be left is not entered, and nothing is held while both are defined.

Without an exit rule a position ends when its entry rule is no longer true, so that an entry that stays true needs none.
"""


def page() -> str:
    """The whole page."""
    return "\n".join([_OPENING, *_functions(), *_calendar(), *_refused(), _CHECKS, *_sections()]).rstrip() + "\n"


def _functions() -> list[str]:
    lines = []
    for family, members in groupby(FUNCTIONS.values(), key=lambda signature: signature.family):
        lines += [
            f"### {family}",
            "",
            "| Function | Gives | Meaning | Range | Warm-up | Example |",
            "|---|---|---|---|---|---|",
        ]
        for signature in members:
            arguments = [_KINDS[kind] for kind in signature.arguments]
            if signature.several is not None:
                arguments[signature.several] += f" (1 to {MOST_SEVERAL})"
            said = f"`{signature.name}`({', '.join(arguments)})"
            meaning = signature.meaning.replace("|", "\\|")
            range_ = FUNCTION_RANGES[signature.name].words
            lines.append(
                f"| {said} | {_KINDS[signature.result]} | {meaning} | {range_} | {_warm_up(signature)} "
                f"| `{signature.example}` |"
            )
        lines.append("")
    return lines


def _warm_up(signature: Any) -> str:
    """The warm-up in terms of the durations, n, m and k."""
    count = sum(kind is Kind.DURATION for kind in signature.arguments)
    if not count:
        return str(signature.warm_up(()))
    probe = [1000 * 7**at for at in range(count)]
    value = signature.warm_up(probe)
    names = ["n"] if count == 1 else ["n", "m", "k"][:count]
    candidates = {
        **{
            f"{name}{offset}": size + delta
            for name, size in zip(names, probe, strict=True)
            for offset, delta in _OFFSETS
        },
        **({"2n - 1": 2 * probe[0] - 1} if count == 1 else {}),
        f"{' + '.join(names)} - {count}": sum(probe) - count,
        "max(n, m) + k - 2": max(probe[:2]) + probe[-1] - 2,
    }
    return next((said for said, size in candidates.items() if size == value), f"{value}")


_OFFSETS = (("", 0), (" - 1", -1))


def _calendar() -> list[str]:
    rows = [f"- `{name}`: {words}, {_between(CALENDAR_RANGES[name])}" for name, words in CALENDAR_NAMES.items()]
    return ["### Names of the calendar", "", *rows, ""]


def _between(given: Interval) -> str:
    return "true or false" if given == MAYBE else f"{given.low:g} to {given.high:g}"


def _refused() -> list[str]:
    rows = [f"- **{construct.capitalize()}** {reason}" for construct, (_, reason) in REFUSED.items()]
    return ["## Refused by name", "", *rows, ""]


def _sections() -> list[str]:
    lines = ["## Sections", ""]
    for title, models in _SECTIONS:
        lines += [f"### {title}", ""]
        for model in get_args(models) or (models,):
            lines += _model(model)
    return lines


def _model(model: type[BaseModel]) -> list[str]:
    kind = model.model_fields.get("kind")
    head = f"**`{kind.default}`** " if kind is not None else ""
    words = " ".join(inspect.cleandoc(model.__doc__ or "").split())
    lines = [f"{head}{words}", ""]
    for name, field in model.model_fields.items():
        if name == "kind":
            continue
        optional = "" if field.is_required() else ", may be left out"
        lines.append(f"- `{name}`: {field_in_words(field)}{optional}")
    return [*lines, ""]


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
