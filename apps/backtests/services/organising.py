"""Tag runs, and keep views of the list of runs."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import transaction

from apps.accounts.enums import Actor, NotAllowedError, Permission
from apps.backtests.events import BacktestTagged, BacktestUntagged, ViewDeleted, ViewSaved
from apps.backtests.models import Backtest, BacktestTag, SavedView
from apps.backtests.queries import BacktestNotFoundError, ListState
from apps.domain.errors import DomainError
from apps.events.events import EventData
from apps.events.services import append

MAX_TAGS, MOST_AT_ONCE, MOST_VIEWS = 20, 200, 50


class BadTagError(DomainError):
    """The tag cannot be taken, or the run has too many."""

    code = "bad_tag"


class BadViewError(DomainError):
    """The view cannot be saved so."""

    code = "bad_view"


class ViewNotFoundError(DomainError):
    """There is no such view, or it is another person's own."""

    code = "view_not_found"
    status = 404


@transaction.atomic
def tag(*, backtest_ids: Iterable[UUID], tag: str, actor: Actor, at: datetime) -> int:
    """Put a tag on runs; how many did not have it. Raises BacktestNotFoundError, NotAllowedError, BadTagError."""
    runs, word = _chosen(backtest_ids, actor), _word(tag)
    have = BacktestTag.objects.filter(backtest_id__in=[run.id for run in runs])
    held: dict[UUID, set[str]] = {}
    for key, one in have.values_list("backtest_id", "tag"):
        held.setdefault(key, set()).add(one)
    new = [run for run in runs if word not in held.get(run.id, set())]
    if any(len(held.get(run.id, set())) >= MAX_TAGS for run in new):
        raise BadTagError(f"A run has at most {MAX_TAGS} tags. Take one off first.")
    rows = [
        BacktestTag(tenant_id=actor.tenant_id, backtest=run, tag=word, created_by_id=actor.person_id, created_at=at)
        for run in new
    ]
    BacktestTag.objects.bulk_create(rows, ignore_conflicts=True)  # two people, the same tag, the same moment
    for run in new:
        _record(run.id, BacktestTagged(title=run.strategy.title, tag=word), actor, at)
    return len(new)


@transaction.atomic
def untag(*, backtest_ids: Iterable[UUID], tag: str, actor: Actor, at: datetime) -> int:
    """Take a tag off runs; how many had it. Raises as `tag`."""
    runs, word = {run.id: run for run in _chosen(backtest_ids, actor)}, _word(tag)
    found = BacktestTag.objects.select_for_update().filter(backtest_id__in=list(runs), tag=word)
    had = list(found.values_list("backtest_id", flat=True))
    BacktestTag.objects.filter(backtest_id__in=had, tag=word).delete()
    for key in had:
        _record(key, BacktestUntagged(title=runs[key].strategy.title, tag=word), actor, at)
    return len(had)


@transaction.atomic
def save_view(*, name: str, state: ListState, is_shared: bool, actor: Actor, at: datetime) -> SavedView:
    """Keep a state of the list under a name of the person's own; the same name again is overwritten.

    Raises BadViewError, and NotAllowedError where somebody who only reads would share.
    """
    actor.require(Permission.VIEW)
    if is_shared:
        actor.require(Permission.RUN_BACKTEST)
    clean = " ".join(name.replace("\x00", "").split())
    if not 0 < len(clean) <= SavedView.LONGEST_NAME:
        raise BadViewError(f"A view's name has 1 to {SavedView.LONGEST_NAME} characters.")
    if len(state.query) > SavedView.LONGEST_QUERY:
        raise BadViewError("This view says too much to be saved. Use fewer words or columns.")
    own = SavedView.objects.filter(owner_id=actor.person_id)
    if own.exclude(name=clean).count() >= MOST_VIEWS:
        raise BadViewError(f"You have {MOST_VIEWS} views. Delete one first.")
    view, _ = SavedView.objects.update_or_create(
        tenant_id=actor.tenant_id,
        owner_id=actor.person_id,
        name=clean,
        defaults={"query": state.query, "is_shared": is_shared},
        create_defaults={"query": state.query, "is_shared": is_shared, "created_at": at},
    )
    _record(view.id, ViewSaved(name=clean, is_shared=is_shared), actor, at)
    return view


@transaction.atomic
def delete_view(*, view_id: UUID, actor: Actor, at: datetime) -> None:
    """Delete a view of one's own; an administrator may delete shared ones. Raises ViewNotFoundError, NotAllowedError."""
    view = SavedView.objects.select_for_update().filter(id=view_id).first()
    if view is None or (view.owner_id != actor.person_id and not view.is_shared):
        raise ViewNotFoundError("There is no such view.")
    if view.owner_id != actor.person_id and not actor.may(Permission.MANAGE_DESK):
        raise NotAllowedError("Another person shares this view; they or an administrator can delete it.")
    _record(view.id, ViewDeleted(name=view.name), actor, at)
    view.delete()


def _chosen(ids: Iterable[UUID], actor: Actor) -> list[Backtest]:
    wanted = list(dict.fromkeys(ids))
    if len(wanted) > MOST_AT_ONCE:
        raise BadTagError(f"At most {MOST_AT_ONCE} runs at once. Choose fewer.")
    found = list(
        Backtest.objects.filter(id__in=wanted).select_related("strategy").defer("plan", "metrics", "strategy__draft")
    )
    if len(found) < len(wanted):
        raise BacktestNotFoundError("There is no such backtest on your desk.")
    actor.require(Permission.RUN_BACKTEST)
    return found


def _word(tag: str) -> str:
    word = " ".join(tag.replace("\x00", "").split()).lower()
    if not 0 < len(word) <= BacktestTag.LONGEST or "," in word:
        raise BadTagError(f"A tag has 1 to {BacktestTag.LONGEST} characters and no comma.")
    return word


def _record(subject_id: UUID, data: EventData, actor: Actor, at: datetime) -> None:
    append(tenant_id=actor.tenant_id, subject_id=subject_id, data=data, actor_id=actor.person_id, at=at)
