"""Keep strategies true to what lies below them: places of quotes after a document was read again, names of rules."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from apps.documents import queries as documents
from apps.domain.language import Citation, DraftSpecification, rules_hash
from apps.events.services import append
from apps.strategies import queries
from apps.strategies.adapters.reader import located_again
from apps.strategies.events import CitationsLocatedAgain
from apps.strategies.models import Strategy


@transaction.atomic
def locate_citations_again(*, document_id: UUID, at: datetime) -> int:
    """Look up the quotes of every strategy of a document that was read again; how many strategies changed.

    Values, statuses and approvals stay; approved versions are never changed and keep the places of their time.
    """
    found = list(Strategy.objects.select_for_update().filter(document_id=document_id).order_by("id"))
    pages = documents.pages_of(document_id=document_id) if found else ()
    n = 0
    for strategy in found:
        before = queries.draft_of(strategy)
        after = located_again(before, pages)
        pairs = list(zip(_citations(before), _citations(after), strict=True))
        moved = [new for old, new in pairs if old != new]
        if not moved:
            continue
        strategy.draft = after.model_dump(mode="json")
        strategy.save(update_fields=["draft"])
        lost = sum(new.match == "not located" and old.match != "not located" for old, new in pairs)
        data = CitationsLocatedAgain(title=strategy.title, n_moved=len(moved), n_lost=lost)
        append(tenant_id=strategy.tenant_id, subject_id=strategy.id, data=data, actor_id=None, at=at)
        n += 1
    return n


@transaction.atomic
def fill_rules_hashes() -> int:
    """Name the rules of strategies that were stored before rules had names; how many got one. Called in a desk's scope.

    A strategy with a formula that cannot be read stays without.
    """
    filled = []
    for strategy in Strategy.objects.select_for_update().filter(rules_hash="").order_by("id"):
        strategy.rules_hash = rules_hash(queries.draft_of(strategy))
        if strategy.rules_hash:
            filled.append(strategy)
    Strategy.objects.bulk_update(filled, ["rules_hash"], batch_size=200)
    return len(filled)


def _citations(draft: DraftSpecification) -> list[Citation]:
    places = [p.citation for p in draft.parameters.values()]
    places += [a.citation for p in draft.parameters.values() for a in p.alternatives]
    return [citation for citation in [*places, *(claim.citation for claim in draft.claims)] if citation is not None]
