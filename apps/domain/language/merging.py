"""Two drafts of the same rules made one: what the other read differently is kept as an alternative."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from apps.domain.language.parameters import Alternative, Citation, DraftParameter
from apps.domain.language.quantities import format_value
from apps.domain.language.schema import Claim, DraftSpecification


def merged(
    keep: DraftSpecification, other: DraftSpecification, *, take: Collection[str] = (), same_document: bool, source: str
) -> DraftSpecification:
    """`keep`, with the other's values, citations and claims.

    Parameters of the same name and unit are merged; the names in `take` get the other's value, with its status and note.
    A citation comes along only from the same document, else its words do. `source` says where the other is from.
    """
    parameters = {
        name: _parameter(mine, other.parameters[name], taken=name in take, same_document=same_document, source=source)
        if name in other.parameters and other.parameters[name].unit is mine.unit
        else mine
        for name, mine in keep.parameters.items()
    }
    claims = [*keep.claims, *_new_claims(keep.claims, other.claims, same_document=same_document, source=source)]
    return keep.model_copy(update={"parameters": parameters, "claims": claims})


def _parameter(
    mine: DraftParameter, theirs: DraftParameter, *, taken: bool, same_document: bool, source: str
) -> DraftParameter:
    head, rest = (theirs, mine) if taken and theirs.value is not None else (mine, theirs)
    ours = same_document or head is mine
    alternatives = [*mine.alternatives]
    offered = [
        _reading(theirs, same_document, source),
        *(_moved(a, same_document, source) for a in theirs.alternatives),
    ]
    if head is theirs:
        offered.insert(0, _reading(mine, True, "this draft"))
    for reading in offered:
        if reading is not None and reading.value != head.value and all(a.value != reading.value for a in alternatives):
            alternatives.append(reading)
    citation = head.citation if ours else None
    if citation is None and same_document and rest.value == head.value:
        citation = rest.citation
    note = head.note if head is mine else f"From {source}. {_said(head.note, head.citation, same_document)}".strip()
    return mine.model_copy(
        update={
            "value": head.value,
            "status": head.status,
            "note": note,
            "citation": citation,
            "alternatives": [a for a in alternatives if a.value != head.value],
        }
    )


def _reading(parameter: DraftParameter, same_document: bool, source: str) -> Alternative | None:  # noqa: FBT001 -- private
    if parameter.value is None:
        return None
    status = f"{parameter.status.value.capitalize()} in {source}: {format_value(parameter.value, parameter.unit)}."
    reason = f"{status} {_said(parameter.note, parameter.citation, same_document)}".strip()
    return Alternative(value=parameter.value, reason=reason, citation=parameter.citation if same_document else None)


def _moved(alternative: Alternative, same_document: bool, source: str) -> Alternative:  # noqa: FBT001 -- private
    if same_document:
        return alternative
    said = _said(alternative.reason, alternative.citation, same_document)
    return Alternative(value=alternative.value, reason=f"From {source}. {said}".strip())


def _said(note: str, citation: Citation | None, same_document: bool) -> str:  # noqa: FBT001 -- private
    if citation is None or same_document:
        return note
    return f"{note} “{citation.quote}” (p. {citation.page} there)".strip()


def _new_claims(
    mine: list[Claim],
    theirs: list[Claim],
    *,
    same_document: bool,
    source: str,
) -> Iterator[Claim]:
    known = {_figure(claim) for claim in mine}
    keys = {claim.key for claim in mine}
    for claim in theirs:
        if _figure(claim) in known:
            continue
        known.add(_figure(claim))
        update: dict[str, object] = {"key": _free(claim.key, keys)}
        keys.add(str(update["key"]))
        if not same_document:
            said = _said(claim.basis, claim.citation, same_document)
            update |= {"citation": None, "basis": f"From {source}. {said}".strip()}
        yield claim.model_copy(update=update)


def _figure(claim: Claim) -> tuple[object, ...]:
    return claim.metric, claim.value, claim.unit, claim.window_start, claim.window_end


def _free(key: str, taken: Collection[str]) -> str:
    number, free = 2, key
    while free in taken:
        free, number = f"{key[:36]}_{number}", number + 1
    return free
