"""What people said about a strategy and its fields."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from apps.accounts.queries import names_of
from apps.domain.language import DraftSpecification, formula_places
from apps.strategies.models import Comment, Strategy
from apps.strategies.queries.rows import draft_of


@dataclass(frozen=True, slots=True)
class Said:
    """One comment, with who said it. `label` says in words what it is about; empty for the strategy as a whole."""

    id: UUID
    place: str
    label: str
    author_id: UUID
    author: str
    text: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Talk:
    """What was said about one place, oldest first. `key` is fit for an HTML id."""

    place: str
    key: str
    label: str
    said: tuple[Said, ...]
    is_there: bool
    """Whether the draft still has the place."""


def talks(strategy: Strategy, /) -> list[Talk]:
    """The whole strategy first, then each parameter, each formula, and places that rules had when they were spoken of."""
    labels = _labels(draft_of(strategy))
    said: dict[str, list[Said]] = {place: [] for place in labels}
    for row in comments(strategy):
        said.setdefault(row.place, []).append(row)
    return [
        Talk(place, _key(place), labels.get(place, place), tuple(rows), place in labels) for place, rows in said.items()
    ]


def comments(strategy: Strategy, /) -> list[Said]:
    """Every comment, oldest first."""
    labels = _labels(draft_of(strategy))
    found = list(Comment.objects.filter(strategy_id=strategy.id).order_by("created_at", "id"))
    names = names_of(person_ids=[comment.author_id for comment in found])
    return [_row(comment, labels, names) for comment in found]


def comment_row(comment: Comment, /) -> Said:
    """One comment, with who said it."""
    return _row(comment, _labels(draft_of(comment.strategy)), names_of(person_ids=[comment.author_id]))


def label_of(draft: DraftSpecification, /, *, place: str) -> str | None:
    """A place in words; None where the draft has no such parameter or formula."""
    return _labels(draft).get(place)


def _row(comment: Comment, labels: dict[str, str], names: dict[UUID, str]) -> Said:
    return Said(
        id=comment.id,
        place=comment.place,
        label=labels.get(comment.place, comment.place),
        author_id=comment.author_id,
        author=names.get(comment.author_id, "–"),
        text=comment.text,
        at=comment.created_at,
    )


def _labels(draft: DraftSpecification) -> dict[str, str]:
    labels = {"": ""} | {f"/parameters/{name}": parameter.label for name, parameter in draft.parameters.items()}
    return labels | {place.pointer: place.place for place in formula_places(draft)}


def _key(place: str) -> str:
    return place.strip("/").replace("/", "-") or "all"
