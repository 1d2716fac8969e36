"""What the home page shows: where the desk stands, and the one thing to do next."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.urls import reverse

from apps.accounts.enums import Actor, Permission
from apps.backtests import queries as backtests
from apps.documents import queries as documents
from apps.strategies import queries as strategies


@dataclass(frozen=True, slots=True)
class NextStep:
    """One clear next step: what, why, and where."""

    title: str
    text: str
    action: str
    url: str


@dataclass(frozen=True, slots=True)
class Hit:
    """A search result of the command palette."""

    icon: str
    title: str
    note: str
    url: str


def next_step(*, actor: Actor) -> NextStep:
    """The most useful thing that this person can do now: answer questions, run what is approved, bring a document."""
    draft = strategies.draft_with_questions()
    if draft is not None and actor.may(Permission.REVIEW_STRATEGY):
        n = draft.n_questions
        return NextStep(
            title=f"Answer {n} question{'s' if n != 1 else ''} about “{draft.title}”",
            text="The document leaves them open. Each answer is recorded; nothing runs on a guess.",
            action="Review the draft",
            url=reverse("strategies:review", args=[draft.id]),
        )
    untested = _approved_without_backtest()
    if untested is not None and actor.may(Permission.RUN_BACKTEST):
        return NextStep(
            title=f"Test “{untested.title}”",
            text="It is approved and has not been run. A backtest takes seconds.",
            action="Open the strategy",
            url=reverse("strategies:detail", args=[untested.id]),
        )
    if actor.may(Permission.UPLOAD_DOCUMENT):
        return NextStep(
            title="Bring the next piece of research",
            text="Drop a PDF, Word, HTML, Markdown or text file. Its strategies are found, cited and ready for review in seconds.",
            action="Add a document",
            url=reverse("documents:list"),
        )
    return NextStep(
        title="Read the latest verdicts",
        text="Each compares what a document claims with what a run measured.",
        action="Open backtests",
        url=reverse("backtests:list"),
    )


def _approved_without_backtest() -> strategies.Strategy | None:
    approved = strategies.strategies(status="approved")[:50]
    tested = backtests.latest_backtests(strategy_ids=[s.id for s in approved])
    return next((s for s in approved if s.id not in tested), None)


def search(*, text: str, limit: int = 6) -> list[Hit]:
    """Documents, strategies and backtests of the desk whose title contains the text."""
    wanted = text.strip()
    if not wanted:
        return []
    found_strategies = list(strategies.strategies().filter(title__icontains=wanted)[:limit])
    runs = backtests.latest_backtests(strategy_ids=[s.id for s in found_strategies])
    hits = [Hit("workflow", s.title, "Strategy", reverse("strategies:detail", args=[s.id])) for s in found_strategies]
    hits += [
        Hit("chart-line", f"{titles(found_strategies)[key]}", "Backtest", reverse("backtests:detail", args=[run.id]))
        for key, run in runs.items()
    ]
    for document in documents.documents().filter(title__icontains=wanted)[:limit]:
        hits.append(Hit("file-text", document.title, "Document", reverse("documents:detail", args=[document.id])))
    return hits


def titles(found: list[strategies.Strategy]) -> dict[UUID, str]:
    """Titles by id."""
    return {s.id: s.title for s in found}
