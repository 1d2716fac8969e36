"""Two readings of one document side by side: which drafts are the same strategy, and on which fields they disagree. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from apps.domain.language import Disagreement, DraftSpecification, Status, Unit, format_value, same_value
from apps.strategies.evaluation.canonical import Read, canonical

_WORDS = {
    "kind": "How it selects",
    "sides": "Sides",
    "sort": "Sorted by",
    "entry": "Entry rule",
    "exit": "Exit rule",
    "weights": "Weights",
    "months": "Months",
    "regime": "Regime",
    "instead": "Held instead",
}


def pairs(first: Sequence[DraftSpecification], second: Sequence[DraftSpecification]) -> list[int | None]:
    """For each draft of the first reading the place of the same strategy in the second: those that agree on most fields."""
    one, other = [canonical(draft) for draft in first], [canonical(draft) for draft in second]
    scores = sorted(((_agreement(a, b), -i, -j) for i, a in enumerate(one) for j, b in enumerate(other)), reverse=True)
    found: list[int | None] = [None] * len(first)
    for score, minus_i, minus_j in scores:
        if score > 0 and found[-minus_i] is None and -minus_j not in found:
            found[-minus_i] = -minus_j
    return found


def disagreements(first: DraftSpecification, second: DraftSpecification) -> list[Disagreement]:
    """Every field that one of two drafts of a strategy reads and the other reads differently, or asks about.

    What a reader assumed is the platform's default and no reading, so it disagrees with nothing.
    """
    one, other = canonical(first), canonical(second)
    names = {id(parameter): name for name, parameter in first.parameters.items()}
    found = []
    for field in dict.fromkeys([*one, *other]):
        a, b = one.get(field), other.get(field)
        if _is_assumed(a) or _is_assumed(b) or (a is not None and b is not None and agree(a, b)):
            continue
        if _is_empty(a) and _is_empty(b):
            continue
        if a is None and b is not None and b.parameter is None:
            continue  # structure that only the second has: it shows as another kind or entry already
        parameter = a.parameter if a is not None else None
        found.append(_told(field, a, b, names.get(id(parameter), "") if parameter is not None else ""))
    return [*found, *_claims(first, second)]


def agree(a: Read, b: Read) -> bool:
    """Whether two readings of a field are the same: lengths in trading days, numbers up to rounding, lists as sets."""
    return same_value(a.value, a.unit, b.value, b.unit)


def _is_assumed(read: Read | None) -> bool:
    return read is not None and read.status is Status.ASSUMED


def _is_empty(read: Read | None) -> bool:
    return read is None or read.value is None


def _agreement(one: dict[str, Read], other: dict[str, Read]) -> int:
    same = sum(agree(one[f], other[f]) for f in one.keys() & other.keys() if not _is_empty(one[f]))
    return same if one["kind"].value == other["kind"].value else 0


def _told(field: str, a: Read | None, b: Read | None, parameter: str) -> Disagreement:
    named = a if a is not None and a.parameter is not None else b
    label = named.parameter.label if named is not None and named.parameter is not None else _WORDS.get(field, field)
    citation = b.parameter.citation if b is not None and b.parameter is not None else None
    is_located = citation is not None and citation.match != "not located"
    return Disagreement(
        field=field,
        label=label,
        parameter=parameter,
        first=_in_words(a),
        second=_in_words(b),
        second_value=b.value if b is not None else None,
        second_unit=b.unit if b is not None else "",
        second_status=b.status.value if b is not None and b.status is not None else "",
        second_page=citation.page if citation is not None and is_located else None,
        second_quote=citation.quote if citation is not None and is_located else "",
    )


def _in_words(read: Read | None) -> str:
    if read is None or read.value is None:
        return ""
    return format_value(read.value, Unit(read.unit)) if read.unit else str(read.value).replace("_", " ")


def _claims(first: DraftSpecification, second: DraftSpecification) -> list[Disagreement]:
    """Figures that both report under one name with no value in common."""
    found = []
    for metric in dict.fromkeys(claim.metric for claim in first.claims):
        ours = [claim for claim in first.claims if claim.metric == metric]
        theirs = [claim for claim in second.claims if claim.metric == metric]
        if not theirs or {round(c.value, 9) for c in ours} & {round(c.value, 9) for c in theirs}:
            continue
        other = theirs[0]
        cited = other.citation if other.citation is not None and other.citation.match != "not located" else None
        found.append(
            Disagreement(
                field=f"claim_{metric}",
                label=ours[0].label,
                parameter="",
                first=format_value(ours[0].value, ours[0].unit),
                second=format_value(other.value, other.unit),
                second_value=other.value,
                second_unit=other.unit.value,
                second_page=cited.page if cited else None,
                second_quote=cited.quote if cited else "",
            )
        )
    return found
