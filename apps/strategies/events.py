"""What happens to strategies."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from django.urls import reverse

from apps.events.events import EventData, OnRequest
from apps.notifications.enums import Topic


class StrategiesExtracted(OnRequest):
    type: ClassVar[str] = "strategies.extracted"
    topic: ClassVar[str] = Topic.STRATEGIES_FOUND
    shared: ClassVar[tuple[str, ...]] = ("document_id", "reader", "n_strategies")
    document_title: str
    document_id: UUID
    reader: str
    n_strategies: int

    def sentence(self) -> str:
        n = self.n_strategies
        found = f"{n} strateg{'y' if n == 1 else 'ies'}" if n else "no strategy"
        return f"found {found} in “{self.document_title}”"

    def path(self, subject_id: UUID) -> str | None:
        return reverse("documents:detail", args=[self.document_id])


class _OfBatch(EventData):
    title: str
    n_documents: int

    def path(self, subject_id: UUID) -> str | None:
        return reverse("strategies:batches")


class BatchRequested(_OfBatch):
    type: ClassVar[str] = "strategies.batch_requested"

    def sentence(self) -> str:
        return f"handed in “{self.title}” to be read by Claude in one batch: {_documents(self.n_documents)}"


class BatchRead(_OfBatch):
    type: ClassVar[str] = "strategies.batch_read"
    n_by_rules: int
    n_failed: int

    def sentence(self) -> str:
        rest = f", {self.n_by_rules} of them by the rule reader" if self.n_by_rules else ""
        failed = f"; {self.n_failed} failed" if self.n_failed else ""
        return f"read “{self.title}” in one batch: {_documents(self.n_documents)}{rest}{failed}"


def _documents(n: int) -> str:
    return f"{n} document{'' if n == 1 else 's'}"


class _OfStrategy(EventData):
    """`changes_draft` says whether who did it has a hand in what is approved next."""

    changes_draft: ClassVar[bool] = True
    title: str

    def path(self, subject_id: UUID) -> str | None:
        return reverse("strategies:detail", args=[subject_id])


class StrategyCreated(_OfStrategy):
    type: ClassVar[str] = "strategies.created"

    def sentence(self) -> str:
        return f"created the strategy “{self.title}”"


class ParameterAnswered(_OfStrategy):
    type: ClassVar[str] = "strategies.answered"
    parameter: str
    label: str
    before: str
    after: str
    note: str = ""
    revision: int

    def sentence(self) -> str:
        return f"set {self.label.lower()} of “{self.title}” to {self.after} (was {self.before})"


class FormulaEdited(_OfStrategy):
    type: ClassVar[str] = "strategies.formula_edited"
    pointer: str
    place: str
    before: str
    after: str
    note: str = ""
    revision: int

    def sentence(self) -> str:
        return f"changed {self.place} of “{self.title}” to {self.after} (was {self.before})"


class FormulaAdded(_OfStrategy):
    type: ClassVar[str] = "strategies.formula_added"
    pointer: str
    place: str
    text: str
    note: str = ""
    revision: int

    def sentence(self) -> str:
        return f"added {self.place} to “{self.title}”: {self.text}"


class FormulaRemoved(_OfStrategy):
    type: ClassVar[str] = "strategies.formula_removed"
    pointer: str
    place: str
    text: str
    note: str = ""
    revision: int

    def sentence(self) -> str:
        return f"removed {self.place} from “{self.title}” (was {self.text})"


class ParameterConfirmed(_OfStrategy):
    type: ClassVar[str] = "strategies.confirmed"
    changes_draft: ClassVar[bool] = False
    parameter: str
    label: str
    value: str

    def sentence(self) -> str:
        return f"confirmed {self.label.lower()} of “{self.title}”: {self.value}"


class ParameterCited(_OfStrategy):
    type: ClassVar[str] = "strategies.cited"
    parameter: str
    label: str
    page: int
    quote: str
    before: str
    after: str
    outcome: str
    revision: int

    def sentence(self) -> str:
        return f"cited page {self.page} for {self.label.lower()} of “{self.title}”: {self.after}"


class CitationsLocatedAgain(_OfStrategy):
    type: ClassVar[str] = "strategies.located_again"
    n_moved: int
    n_lost: int

    def sentence(self) -> str:
        lost = f", {self.n_lost} of them no longer found" if self.n_lost else ""
        places = f"{self.n_moved} citation{'s' if self.n_moved != 1 else ''}"
        return f"looked up {places} of “{self.title}” again, its document having been read anew{lost}"


class CommentAdded(_OfStrategy):
    type: ClassVar[str] = "strategies.commented"
    changes_draft: ClassVar[bool] = False
    comment_id: UUID
    label: str

    def sentence(self) -> str:
        of = f" {self.label.lower()} of" if self.label else ""
        return f"commented on{of} “{self.title}”"


class CommentDeleted(_OfStrategy):
    type: ClassVar[str] = "strategies.comment_deleted"
    changes_draft: ClassVar[bool] = False
    comment_id: UUID
    label: str

    def sentence(self) -> str:
        of = f" {self.label.lower()} of" if self.label else ""
        return f"deleted a comment on{of} “{self.title}”"


class _Decided(_OfStrategy):
    """`told` are the people who had a hand in the draft or asked for the decision, but for who took it. Events stored
    before it was written have none."""

    changes_draft: ClassVar[bool] = False
    told: tuple[UUID, ...] = ()

    def concerned(self) -> tuple[UUID, ...]:
        return self.told


class ApprovalAsked(_Decided):
    """Somebody asks those who may for the approval of a draft as it stands at `revision`."""

    type: ClassVar[str] = "strategies.approval_asked"
    topic: ClassVar[str] = Topic.APPROVAL_ASKED
    shared: ClassVar[tuple[str, ...]] = ("revision",)
    revision: int
    note: str = ""

    def sentence(self) -> str:
        return f"asked for the approval of “{self.title}”{f': {self.note}' if self.note else ''}"

    def path(self, subject_id: UUID) -> str | None:
        return reverse("strategies:review", args=[subject_id])


class StrategyApproved(_Decided):
    type: ClassVar[str] = "strategies.approved"
    topic: ClassVar[str] = Topic.STRATEGY_APPROVED
    shared: ClassVar[tuple[str, ...]] = ("number", "execution_hash")
    number: int
    execution_hash: str

    def sentence(self) -> str:
        return f"approved version {self.number} of “{self.title}”"


class StrategyRejected(_Decided):
    type: ClassVar[str] = "strategies.rejected"
    topic: ClassVar[str] = Topic.STRATEGY_REJECTED
    reason: str

    def sentence(self) -> str:
        return f"rejected “{self.title}”: {self.reason}"


class DraftsMerged(_OfStrategy):
    type: ClassVar[str] = "strategies.merged"
    other_id: UUID
    other_title: str
    taken: tuple[str, ...] = ()
    revision: int

    def sentence(self) -> str:
        took = f", and took its {', '.join(self.taken).lower()}" if self.taken else ""
        return f"merged “{self.other_title}” into “{self.title}”{took}"


class DraftMergedAway(_OfStrategy):
    type: ClassVar[str] = "strategies.merged_away"
    changes_draft: ClassVar[bool] = False
    into_id: UUID
    into_title: str

    def sentence(self) -> str:
        return f"set “{self.title}” aside as merged into “{self.into_title}”"

    def path(self, subject_id: UUID) -> str | None:
        return reverse("strategies:detail", args=[self.into_id])


class StrategyReopened(_OfStrategy):
    type: ClassVar[str] = "strategies.reopened"
    changes_draft: ClassVar[bool] = False

    def sentence(self) -> str:
        return f"opened “{self.title}” again"
