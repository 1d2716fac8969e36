"""The days that divide a curve: where the document's sample ends, and when it was published."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from apps.backtests.models import Backtest


@dataclass(frozen=True, slots=True)
class Marks:
    """`sample` is the span that the document's claims speak of, None where none states one; `published` when it came out;
    `is_judged_by` whether the verdict of the run was made with that day."""

    sample: tuple[date, date] | None
    published: date | None
    is_judged_by: bool = False


def marks_of(run: Backtest, /) -> Marks:
    """The marks of a run whose strategy and document were read with it. The day of publication is the one that the run was
    frozen with; where none was known then, the one that is known now."""
    claims = run.plan["specification"].get("claims", [])
    spans = [(c.get("window_start"), c.get("window_end")) for c in claims]
    whole = [(date.fromisoformat(a), date.fromisoformat(b)) for a, b in spans if a and b]
    sample = (min(a for a, _ in whole), max(b for _, b in whole)) if whole else None
    frozen = run.plan.get("published")
    if frozen:
        return Marks(sample=sample, published=date.fromisoformat(frozen), is_judged_by=True)
    document = run.strategy.document
    return Marks(sample=sample, published=document.published_date if document else None)
