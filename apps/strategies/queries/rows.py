"""Read strategies, their versions, and what is open about a draft."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db.models import Count, QuerySet

from apps.domain.errors import DomainError
from apps.domain.language import DraftSpecification, Finding, RunnableSpecification, Severity, findings
from apps.marketdata import queries as marketdata
from apps.marketdata.enums import DataSetKind
from apps.strategies.enums import StrategyStatus
from apps.strategies.models import Extraction, Strategy, StrategyVersion

if TYPE_CHECKING:
    from apps.domain.verdict import Verdict


class StrategyNotFoundError(DomainError):
    """There is no such strategy on this desk."""

    code = "strategy_not_found"
    status = 404


class VersionNotFoundError(DomainError):
    """The strategy has no such version."""

    code = "version_not_found"
    status = 404


def strategies(*, status: str | None = None, document_id: UUID | None = None) -> QuerySet[Strategy]:
    """The desk's strategies, newest first."""
    found = Strategy.objects.order_by("-created_at", "-id")
    if status:
        found = found.filter(status=status)
    return found.filter(document_id=document_id) if document_id else found


def documents_cited(document_ids: list[UUID]) -> dict[UUID, str]:
    """Which of these documents strategies cite, and that in words."""
    rows = Strategy.objects.filter(document_id__in=document_ids).order_by().values_list("document_id")
    return {
        key: f"Cited by {n} strateg{'y' if n == 1 else 'ies'}"
        for key, n in rows.annotate(n=Count("id"))
        if key is not None
    }


def strategy(*, strategy_id: UUID) -> Strategy:
    """One strategy; raises StrategyNotFoundError."""
    found = Strategy.objects.filter(id=strategy_id).select_related("document", "extraction", "merged_into").first()
    if found is None:
        raise StrategyNotFoundError("There is no such strategy on your desk.")
    return found


def status_counts() -> dict[str, int]:
    """How many strategies stand in each status."""
    return dict(Strategy.objects.order_by().values_list("status").annotate(n=Count("id")))


def draft_with_questions() -> Strategy | None:
    """The newest draft that waits for answers."""
    return Strategy.objects.filter(status=StrategyStatus.DRAFT, n_questions__gt=0).order_by("-created_at").first()


def draft_of(strategy: Strategy, /) -> DraftSpecification:
    """The draft as the core knows it."""
    return DraftSpecification.model_validate(strategy.draft)


def specification_of(version: StrategyVersion, /) -> RunnableSpecification:
    """The specification of a version as the core knows it."""
    return RunnableSpecification.model_validate(version.specification)


def versions(*, strategy_id: UUID) -> list[StrategyVersion]:
    """Every version, newest first."""
    return list(StrategyVersion.objects.filter(strategy_id=strategy_id).order_by("-number"))


def version(*, version_id: UUID) -> StrategyVersion:
    """One version; raises VersionNotFoundError."""
    found = StrategyVersion.objects.filter(id=version_id).first()
    if found is None:
        raise VersionNotFoundError("There is no such version on your desk.")
    return found


def current_version(*, strategy_id: UUID) -> StrategyVersion | None:
    """The newest version of a strategy."""
    return StrategyVersion.objects.filter(strategy_id=strategy_id).order_by("-number").first()


def titles(*, strategy_ids: Iterable[UUID]) -> dict[UUID, str]:
    """Titles by id."""
    return dict(Strategy.objects.filter(id__in=list(strategy_ids)).values_list("id", "title"))


def latest_extraction(*, document_id: UUID) -> Extraction | None:
    """The newest reading of a document."""
    return Extraction.objects.filter(document_id=document_id).order_by("-created_at", "-id").first()


def open_findings(draft: DraftSpecification | RunnableSpecification, /) -> list[Finding]:
    """What the checks say about a draft, the facts of its data set included."""
    return findings(draft, **data_facts(draft))


def blocking(found: Iterable[Finding]) -> list[Finding]:
    """The findings that stop a run."""
    return [finding for finding in found if finding.severity is not Severity.WARNING]


def missing_data(found: Sequence[Finding], /) -> Verdict | None:
    """The verdict of a strategy that no run can be made of for want of data: not testable; None when nothing is missing."""
    if not found:
        return None
    from apps.domain.verdict import data_missing  # noqa: PLC0415 -- slow import

    return data_missing(found)


def data_facts(draft: DraftSpecification | RunnableSpecification, /) -> dict[str, Any]:
    """What the loaded data say about a draft, for the checks."""
    return facts_among(draft, tuple(marketdata.data_sets()))


def facts_among(
    draft: DraftSpecification | RunnableSpecification, data_sets: tuple[marketdata.DataSetInfo, ...], /
) -> dict[str, Any]:
    """The facts of the data set that a draft names, which data sets and sources there are at all."""
    parameter = draft.parameters.get(draft.data.dataset)
    key = getattr(parameter, "value", None)
    bars = [info for info in data_sets if info.kind == DataSetKind.BARS]
    facts: dict[str, Any] = {
        "datasets": tuple(info.key for info in bars),
        "sources": marketdata.sources_among(data_sets),
    }
    for info in bars:
        if info.key == key:
            facts |= {
                "fields": info.fields,
                "symbols": info.symbols,
                "first_day": info.first_day,
                "last_day": info.last_day,
                "n_days": info.n_days,
            }
    return facts
